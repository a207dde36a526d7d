import type { Clock } from '@ashlar/core/clock'
import { EventLog } from './event-log.ts'
import type { EventType, WorkflowEvent } from './workflow-event.ts'
import { WorkflowError } from './workflow-error.ts'
import type { RunWorkflowOptions, WorkflowProgress, WorkflowRun } from './workflow-run.ts'
import type { StepContext, WorkflowStep } from './workflow-step.ts'

export interface RunnerParts<Result> {
  readonly steps: readonly WorkflowStep[]
  readonly until: EventType<Result>
  readonly clock: Clock
}

interface Waiting {
  readonly fits: (event: WorkflowEvent) => boolean
  readonly reject: (reason: unknown) => void
}

/** All state of one run of a workflow. */
export class WorkflowRunner<Result> {
  readonly #parts: RunnerParts<Result>
  readonly #options: RunWorkflowOptions
  readonly #log = new EventLog<WorkflowEvent>()
  readonly #result = Promise.withResolvers<Result>()
  readonly #controller = new AbortController()
  readonly #running = new Map<WorkflowStep, number>()
  readonly #queued: { readonly step: WorkflowStep; readonly event: WorkflowEvent }[] = []
  readonly #waiting = new Set<Waiting>()
  readonly #collected = new Map<string, unknown[]>()
  /** From outside, before it began. */
  readonly #early: WorkflowEvent[] = []
  /** From outside, and nobody has taken them yet. */
  readonly #untaken: WorkflowEvent[] = []
  #isBegun = false
  readonly #startedAt: number
  #isEnded = false
  constructor(parts: RunnerParts<Result>, options: RunWorkflowOptions) {
    this.#parts = parts
    this.#options = options
    this.#startedAt = parts.clock.now()
  }
  begin(start: WorkflowEvent): WorkflowRun<Result> {
    const { clock } = this.#parts
    const { signal, timeoutMs } = this.#options
    const late = (): void =>
      this.#end({ error: new WorkflowError('timeout', `The workflow took longer than ${timeoutMs} ms`) })
    const timer = timeoutMs === undefined ? undefined : clock.setTimeout(late, timeoutMs)
    const abort = (): void => this.#end({ error: signal?.reason })
    signal?.addEventListener('abort', abort, { once: true })
    const settled = (): void => {
      clock.clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
    }
    this.#result.promise.then(settled, settled)
    // In a turn of its own: whoever began it can look first.
    void Promise.resolve().then(() => {
      this.#tell({ type: 'workflow-started' })
      if (signal?.aborted) abort()
      this.#isBegun = true
      this.#send([start])
      this.#receive(this.#early)
    })
    return {
      result: this.#result.promise,
      send: (...events) => this.#receive(events),
      [Symbol.asyncIterator]: () => this.#log[Symbol.asyncIterator](),
    }
  }
  /** What comes from outside may come early: before the first event, or before who waits for it. */
  #receive(events: readonly WorkflowEvent[]): void {
    if (this.#isBegun) this.#send(events, this.#untaken)
    else this.#early.push(...events)
  }
  #send(events: readonly WorkflowEvent[], untaken?: WorkflowEvent[]): void {
    for (const event of events) {
      if (this.#isEnded) return
      this.#log.push(event)
      if (this.#parts.until.is(event)) return this.#end({ value: event.data })
      const steps = this.#parts.steps.filter(({ on }) => on.includes(event.type))
      const takers = [...this.#waiting].filter(({ fits }) => fits(event))
      this.#queued.push(...steps.map((step) => ({ step, event })))
      if (steps.length + takers.length === 0) untaken?.push(event)
    }
    this.#pump()
  }
  #pump(): void {
    for (let at = 0; at < this.#queued.length && !this.#isEnded;) {
      const next = this.#queued[at]
      const running = (next && this.#running.get(next.step)) ?? 0
      if (!next || running >= next.step.concurrency) at += 1
      else {
        this.#queued.splice(at, 1)
        this.#running.set(next.step, running + 1)
        void this.#run(next.step, next.event)
      }
    }
    const isIdle = this.#running.size === 0 && this.#waiting.size === 0
    if (isIdle && !this.#isEnded) {
      const message = `Nothing runs and nothing waits, and no "${this.#parts.until.type}" has come`
      this.#end({ error: new WorkflowError('stuck', message) })
    }
  }
  async #run(step: WorkflowStep, event: WorkflowEvent): Promise<void> {
    const { clock } = this.#parts
    const { name: stage, timeoutMs } = step
    const startedAt = clock.now()
    this.#tell({ type: 'stage-started', stage, event: event.type })
    const late = Promise.withResolvers<never>()
    const message = `Step "${stage}" took longer than ${timeoutMs} ms`
    const giveUp = (): void => late.reject(new WorkflowError('timeout', message, { stage }))
    const timer = timeoutMs === undefined ? undefined : clock.setTimeout(giveUp, timeoutMs)
    try {
      const given = await Promise.race([
        Promise.resolve().then(() => step.run(event, this.#context(step))),
        late.promise,
      ])
      this.#tell({ type: 'stage-completed', stage, durationMs: clock.now() - startedAt })
      this.#leave(step)
      this.#send(given === undefined ? [] : [given].flat())
    } catch (cause) {
      this.#tell({ type: 'stage-failed', stage, error: cause })
      const why = cause instanceof Error ? cause.message : String(cause)
      this.#end({
        error: new WorkflowError('step-failed', `Step "${stage}" failed: ${why}`, { cause, stage }),
      })
    } finally {
      clock.clearTimeout(timer)
    }
  }
  #leave(step: WorkflowStep): void {
    const left = (this.#running.get(step) ?? 1) - 1
    if (left > 0) this.#running.set(step, left)
    else this.#running.delete(step)
  }
  #context(step: WorkflowStep): StepContext {
    return {
      signal: this.#controller.signal,
      send: (...events) => this.#send(events),
      collect: (event, count, group = '') => {
        const key = JSON.stringify([step.name, event.type, group])
        // What is under a key was put there by events of this type.
        const kept = (this.#collected.get(key) ?? []) as (typeof event.data)[]
        kept.push(event.data)
        this.#collected.set(key, kept)
        if (kept.length < count) return undefined
        this.#collected.delete(key)
        return kept
      },
      waitFor: (type, where = () => true) => this.#waitFor(type, where),
    }
  }
  #waitFor<Data>(type: EventType<Data>, where: (data: Data) => boolean): Promise<Data> {
    const { promise, resolve, reject } = Promise.withResolvers<Data>()
    if (this.#isEnded) reject(this.#controller.signal.reason)
    const waiting: Waiting = {
      fits: (event) => {
        if (!type.is(event) || !where(event.data)) return false
        this.#waiting.delete(waiting)
        resolve(event.data)
        return true
      },
      reject,
    }
    const at = this.#untaken.findIndex(waiting.fits)
    if (at >= 0) this.#untaken.splice(at, 1)
    else if (!this.#isEnded) this.#waiting.add(waiting)
    return promise
  }
  #end(how: { readonly value: Result } | { readonly error: unknown }): void {
    if (this.#isEnded) return
    this.#isEnded = true
    const reason = 'error' in how ? how.error : new DOMException('The workflow has ended', 'AbortError')
    this.#controller.abort(reason)
    for (const { reject } of this.#waiting) reject(reason)
    this.#waiting.clear()
    this.#queued.length = 0
    const durationMs = this.#parts.clock.now() - this.#startedAt
    if ('error' in how) this.#tell({ type: 'workflow-failed', error: how.error })
    else this.#tell({ type: 'workflow-completed', durationMs })
    this.#log.end('error' in how ? { error: how.error } : {})
    if ('error' in how) this.#result.reject(how.error)
    else this.#result.resolve(how.value)
    this.#result.promise.catch(() => {})
  }
  #tell(progress: WorkflowProgress): void {
    try {
      this.#options.onProgress?.(progress)
    } catch (error) {
      this.#end({ error })
    }
  }
}

import { AshlarError } from './ashlar-error.ts'
import type { AgentEvent, RunResult } from './run.ts'
import type { RunStop } from './run-stop.ts'

/** A run in motion. */
export interface Execution<Output> {
  /** Sets the run up. */
  readonly open: () => Promise<AsyncIterator<AgentEvent>>
  /** The result of a run that ended. @throws RunIncomplete when output was asked for and there is none */
  readonly conclude: (result: RunResult<unknown>) => RunResult<Output>
  /** What the caller sees of a failure. */
  readonly toError: (error: unknown) => unknown
  readonly stop: RunStop
  /** Whether anything but its own end can end the run. */
  readonly abortable: boolean
}

type Outcome<Output> = { readonly result: RunResult<Output> } | { readonly error: unknown }
type Step = IteratorResult<AgentEvent, undefined>

/** The step after the last. */
export const done: IteratorReturnResult<undefined> = { done: true, value: undefined }

/** Milliseconds after an abort until a model or hook that ignores it is left behind. */
const grace = 500

const left = (): DOMException => new DOMException('The run was left', 'AbortError')

/** Reads the events of a run and remembers how it ended. */
export class RunReader<Output> implements AsyncIterableIterator<AgentEvent, undefined> {
  readonly #execution: Execution<Output>
  #opening: Promise<AsyncIterator<AgentEvent>> | undefined
  #source: AsyncIterator<AgentEvent> | undefined
  /** What each reading that goes on does when it is given up. */
  readonly #waits: Set<(reason: unknown) => void> = new Set()
  #timer: ReturnType<typeof setTimeout> | undefined
  #closed = false
  #left: Promise<Step> | undefined
  #outcome: Outcome<Output> | undefined
  constructor(execution: Execution<Output>) {
    this.#execution = execution
    if (execution.abortable) execution.stop.on(() => this.#waits.size > 0 && this.#giveUpLater())
  }
  [Symbol.asyncIterator](): this {
    return this
  }
  next(): Promise<Step> {
    if (this.#closed) return this.#end()
    const step = this.#pull()
    if (this.#execution.abortable) return this.#orAborted(step, this.#take, this.#fail)
    return step.then(this.#take, this.#fail)
  }
  /** Reads to the end. Where nothing else can end the run, no event costs a promise here. */
  async result(): Promise<RunResult<Output>> {
    const { abortable } = this.#execution
    try {
      for (let ended = false; !ended;) {
        const step = await (abortable ? this.next() : this.#pull())
        if (!abortable) this.#keep(step)
        ended = step.done ?? false
      }
    } catch (error) {
      if (!this.#closed) this.#lose(error)
    }
    if (this.#outcome && 'result' in this.#outcome) return this.#outcome.result
    throw this.#outcome?.error
  }
  async return(): Promise<Step> {
    if (this.#closed) return this.#end()
    this.#closed = true
    return (this.#left = this.#leave())
  }
  #end(): Promise<Step> {
    return this.#left ?? Promise.resolve(done)
  }
  #pull(): Promise<IteratorResult<AgentEvent>> {
    return this.#source ? this.#source.next() : this.#start()
  }
  async #start(): Promise<IteratorResult<AgentEvent>> {
    const source = await (this.#opening ??= this.#execution.open())
    // Left meanwhile: what has not begun need not end.
    if (this.#closed) return done
    return (this.#source = source).next()
  }
  /** Remembers the result. @throws AshlarError at an end without one */
  #keep({ done: ended, value }: IteratorResult<AgentEvent>): void {
    if (ended) {
      if (!this.#outcome)
        throw new AshlarError('no-result', 'The run ended without a run-end event: a plugin kept it')
      this.#close()
    } else if (value.type === 'run-end') this.#outcome ??= { result: this.#execution.conclude(value.result) }
  }
  /** The run has failed. @returns what the caller sees of it */
  #lose(error: unknown): unknown {
    const shown = this.#outcome ? error : this.#execution.toError(error)
    this.#outcome ??= { error: shown }
    this.#close()
    return shown
  }
  readonly #take = (step: IteratorResult<AgentEvent>): Step | Promise<Step> => {
    if (this.#closed) return this.#end()
    try {
      this.#keep(step)
      return step.done ? done : step
    } catch (error) {
      throw this.#lose(error)
    }
  }
  readonly #fail = (error: unknown): Promise<Step> => {
    if (this.#closed) return this.#end()
    throw this.#lose(error)
  }
  async #leave(): Promise<Step> {
    const { stop, toError } = this.#execution
    // A source that is being read takes note of `return` only at its next event.
    if (this.#waits.size > 0) stop.abort(left())
    try {
      const leaving = this.#source?.return?.()
      if (leaving)
        await this.#orAborted(
          leaving,
          () => done,
          (error) => {
            if (!stop.aborted || error !== stop.reason) throw error
            return done
          },
        )
    } finally {
      stop.abort(left())
      this.#outcome ??= { error: toError(undefined) }
      this.#close()
    }
    return done
  }
  #close(): void {
    this.#closed = true
    const { stop } = this.#execution
    stop.release()
    if (!(this.#outcome && 'result' in this.#outcome)) {
      stop.abort(left())
      this.#source?.return?.()?.catch(() => {})
    }
    clearTimeout(this.#timer)
    for (const giveUp of this.#waits) giveUp(undefined)
  }
  #giveUpLater(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      for (const giveUp of this.#waits) giveUp(this.#execution.stop.reason)
    }, grace)
  }
  /** What becomes of the step; or of the abort, where the source ignores it for a while. */
  #orAborted<T>(
    step: Promise<T>,
    take: (value: T) => Step | Promise<Step>,
    fail: (error: unknown) => Step | Promise<Step>,
  ): Promise<Step> {
    return new Promise((resolve, reject) => {
      const settle = <V>(how: (value: V) => Step | Promise<Step>, value: V): void => {
        if (!this.#waits.delete(giveUp)) return
        try {
          resolve(how(value))
        } catch (error) {
          reject(error)
        }
      }
      const giveUp = (reason: unknown): void => settle(fail, reason)
      this.#waits.add(giveUp)
      if (this.#execution.stop.aborted) this.#giveUpLater()
      step.then((value) => settle(take, value), giveUp)
    })
  }
}

import { type Clock, systemClock } from '@ashlar/core/clock'
import { Attempt } from './attempt.ts'
import { checkRunOptions } from './check-run-options.ts'
import { compensateAll } from './compensate-all.ts'
import type { Graph } from './define-graph.ts'
import { RunCancelled, TaskTimeout } from './graph-errors.ts'
import type { GraphEvent, GraphResult, GraphRun, RunGraphOptions, TaskContext, Work } from './graph-run.ts'
import { ReadyQueue } from './ready-queue.ts'
import { retryDelay } from './retry-delay.ts'
import { countEnds, stateOfAll } from './run-state.ts'
import { TaskBoard } from './task-board.ts'
import { createTaskContext, TaskSkipped } from './task-context.ts'
import type { Task, TaskOutcome, TaskState } from './task.ts'

/** All state of one run; see `runGraph`. */
class Runner<T extends Task, Output> {
  readonly runId: string
  readonly result: Promise<GraphResult<Output>>
  readonly #graph: Graph<T>
  readonly #work: Work<T, Output>
  readonly #options: RunGraphOptions<T, Output>
  readonly #clock: Clock
  readonly #board: TaskBoard
  readonly #queue: ReadyQueue
  readonly #outcomes = new Map<string, TaskOutcome<Output>>()
  readonly #running = new Map<number, Attempt<Output>>()
  /** Timers of the tasks that wait for their next try. */
  readonly #delayed = new Map<number, unknown>()
  readonly #attempts = new Map<number, number>()
  readonly #settled = Promise.withResolvers<void>()
  readonly #startedAt: number
  #cancelled: RunCancelled | undefined
  #listenerError: { readonly error: unknown } | undefined
  #paused = false
  constructor(graph: Graph<T>, work: Work<T, Output>, options: RunGraphOptions<T, Output>) {
    const { runId = globalThis.crypto.randomUUID(), clock = systemClock, keyConcurrency = Infinity } = options
    this.runId = runId
    this.#graph = graph
    this.#work = work
    this.#options = options
    this.#clock = clock
    this.#startedAt = clock.now()
    this.#board = new TaskBoard(graph, {
      onReady: (task) => this.#queue.push(task),
      onPassed: (task, state) => this.#close(task, { state, attempts: 0, durationMs: 0 }),
    })
    this.#queue = new ReadyQueue(
      (task) => ({ task, priority: this.#task(task).priority ?? 0, key: this.#task(task).key }),
      (key) => (typeof keyConcurrency === 'number' ? keyConcurrency : (keyConcurrency[key] ?? Infinity)),
    )
    this.result = this.#finish()
    this.result.catch(() => {}) // Whoever only watches events need not look at the result.
    this.#begin()
  }
  readonly pause = (): void => {
    if (this.#paused) return
    this.#paused = true
    this.#emit({ type: 'graph-pause' })
  }
  readonly resume = (): void => {
    if (!this.#paused) return
    this.#paused = false
    this.#emit({ type: 'graph-resume' })
    this.#pump()
  }
  readonly cancel = (reason?: unknown, id?: string): void => {
    if (id !== undefined) return this.#cancelTask(this.#graph.numberOf(id), reason)
    if (this.#cancelled) return
    this.#cancelled = new RunCancelled(reason)
    for (const attempt of this.#running.values()) attempt.stop(this.#cancelled)
    for (const timer of this.#delayed.values()) this.#clock.clearTimeout(timer)
    this.#delayed.clear()
    this.#pump()
  }
  readonly stateOf = (id: string): TaskState | undefined => {
    const task = this.#graph.numberOf(id)
    if (task === undefined) return undefined
    return this.#outcomes.get(id)?.state ?? (this.#running.has(task) ? 'running' : 'pending')
  }
  readonly counts = (): Record<TaskState, number> => {
    const running = this.#running.size
    const pending = this.#graph.tasks.length - this.#outcomes.size - running
    return { pending, running, ...countEnds(this.#outcomes) }
  }
  #task(task: number): T {
    const found = this.#graph.tasks[task]
    if (!found) throw new RangeError(`no task ${task}`)
    return found
  }
  #begin(): void {
    const { signal, from = [] } = this.#options
    this.#emit({ type: 'graph-start', runId: this.runId, tasks: this.#graph.tasks.length })
    for (const outcome of from) {
      const task = this.#graph.numberOf(outcome.id)
      if (task === undefined || outcome.state !== 'success' || this.#outcomes.has(outcome.id)) continue
      this.#outcomes.set(outcome.id, outcome)
      this.#emit({ type: 'task-end', outcome, replayed: true })
      this.#board.end(task, 'success')
    }
    this.#board.open()
    const abort = (): void => this.cancel(signal?.reason)
    if (signal?.aborted) abort()
    signal?.addEventListener('abort', abort, { once: true })
    void this.#settled.promise.then(() => signal?.removeEventListener('abort', abort))
    this.#pump()
  }
  /** Starts what may start; when nothing runs and nothing will, the run is over. */
  #pump(): void {
    const { concurrency = 8 } = this.#options
    while (!this.#cancelled && !this.#paused && this.#running.size < concurrency) {
      const task = this.#queue.take()
      if (task === undefined) break
      if (this.#outcomes.has(this.#task(task).id)) this.#queue.end(task)
      else void this.#start(task)
    }
    if (this.#running.size > 0) return
    if (this.#cancelled || this.#outcomes.size === this.#graph.tasks.length) this.#settled.resolve()
  }
  async #start(task: number): Promise<void> {
    const { graceMs = 1_000, timeoutMs: usual } = this.#options
    const clock = this.#clock
    const { id, timeoutMs = usual } = this.#task(task)
    const attempt = new Attempt<Output>({ clock, graceMs })
    const number = (this.#attempts.get(task) ?? 0) + 1
    this.#attempts.set(task, number)
    this.#running.set(task, attempt)
    this.#emit({ type: 'task-start', id, attempt: number })
    const startedAt = clock.now()
    const end = (rest: Pick<TaskOutcome<Output>, 'state' | 'output' | 'error'>): void =>
      this.#close(task, { ...rest, attempts: number, durationMs: clock.now() - startedAt })
    const context = this.#contextOf(task, { attempt, number })
    const onTimeout = (): TaskTimeout => new TaskTimeout(id, timeoutMs ?? 0)
    const leave = (): void => void (this.#running.delete(task) && this.#queue.end(task))
    try {
      const output = await attempt.run(() => this.#work(this.#task(task), context), { timeoutMs, onTimeout })
      leave()
      const reason = attempt.stopped?.reason
      if (TaskTimeout.isInstance(reason)) this.#fail(task, reason, end)
      else end({ state: 'success', output })
    } catch (thrown) {
      leave()
      const { reason: error } = attempt.stopped ?? { reason: thrown }
      if (thrown instanceof TaskSkipped) end({ state: 'skipped', error: thrown.message })
      else if (RunCancelled.isInstance(error)) end({ state: 'cancelled', error })
      else this.#fail(task, error, end)
    }
    this.#pump()
  }
  #fail(
    task: number,
    error: unknown,
    end: (rest: Pick<TaskOutcome<Output>, 'state' | 'error'>) => void,
  ): void {
    const { id, retry = this.#options.retry ?? {} } = this.#task(task)
    const { random = Math.random } = this.#options
    const tries = this.#attempts.get(task) ?? 1
    const delayMs = retryDelay(error, { retry, tries, random })
    if (delayMs === undefined || this.#cancelled) return end({ state: 'failed', error })
    this.#emit({ type: 'task-retry', id, attempt: tries, error, delayMs })
    if (this.#cancelled) return
    const again = (): void => {
      this.#delayed.delete(task)
      this.#queue.push(task)
      this.#pump()
    }
    this.#delayed.set(task, this.#clock.setTimeout(again, delayMs))
  }
  #close(task: number, rest: Omit<TaskOutcome<Output>, 'id'>): void {
    const { id } = this.#task(task)
    if (this.#outcomes.has(id)) return
    const outcome = { id, ...rest }
    this.#outcomes.set(id, outcome)
    this.#attempts.delete(task)
    this.#emit({ type: 'task-end', outcome })
    // A task that is passed over is spread by the board itself.
    if (rest.state === 'upstream_failed' || (rest.state === 'skipped' && rest.attempts === 0)) return
    if (!this.#cancelled) this.#board.end(task, rest.state)
  }
  #cancelTask(task: number | undefined, reason: unknown): void {
    if (task === undefined || this.#outcomes.has(this.#task(task).id)) return
    const error = new RunCancelled(reason)
    const attempt = this.#running.get(task)
    if (attempt) return attempt.stop(error)
    this.#clock.clearTimeout(this.#delayed.get(task))
    this.#delayed.delete(task)
    this.#close(task, { state: 'cancelled', error, attempts: this.#attempts.get(task) ?? 0, durationMs: 0 })
    this.#pump()
  }
  #contextOf(
    task: number,
    { attempt, number }: { attempt: Attempt<Output>; number: number },
  ): TaskContext<Output> {
    const { id, dependsOn = [] } = this.#task(task)
    return createTaskContext({
      runId: this.runId,
      id,
      number,
      attempt,
      upstream: () => dependsOn.flatMap((name) => this.#outcomes.get(name) ?? []),
      report: (update) => {
        if (this.#running.get(task) === attempt) this.#emit({ type: 'task-progress', id, update })
      },
    })
  }
  #emit(event: GraphEvent): void {
    try {
      this.#options.onEvent?.(event)
    } catch (error) {
      this.#listenerError ??= { error }
      this.cancel(error)
    }
  }
  async #finish(): Promise<GraphResult<Output>> {
    await this.#settled.promise
    const error = this.#cancelled
    if (error)
      for (const [task, { id }] of this.#graph.tasks.entries())
        if (!this.#outcomes.has(id))
          this.#close(task, { state: 'cancelled', error, attempts: 0, durationMs: 0 })
    const outcomes = this.#outcomes
    const state = error ? 'cancelled' : stateOfAll(outcomes)
    const { compensate, compensateFailure = false } = this.#options
    const undoes = state === 'cancelled' || (state === 'failed' && compensateFailure)
    const compensated = await compensateAll(undoes ? outcomes.values() : [], {
      undo:
        compensate && ((outcome) => compensate(this.#task(this.#graph.numberOf(outcome.id) ?? -1), outcome)),
      onDone: (done) => this.#emit({ type: 'task-compensated', ...done }),
    })
    this.#emit({ type: 'graph-end', state })
    if (this.#listenerError) throw this.#listenerError.error
    const durationMs = this.#clock.now() - this.#startedAt
    return { runId: this.runId, state, outcomes, compensated, durationMs }
  }
}

/**
 * Runs a graph: each task once what it depends on has ended as its trigger rule wants, `concurrency` at a time,
 * the highest priority first. A task that failed for good marks as `upstream_failed` only what needs its success;
 * everything else goes on. The run begins at once.
 * @throws InvalidArgument when an option is wrong
 */
export const runGraph = <T extends Task, Output>(
  graph: Graph<T>,
  work: Work<T, Output>,
  options: RunGraphOptions<T, Output> = {},
): GraphRun<Output> => {
  checkRunOptions(options)
  const { runId, result, pause, resume, cancel, stateOf, counts } = new Runner(graph, work, options)
  return { runId, result, pause, resume, cancel, stateOf, counts }
}

import { type Clock, systemClock } from '@ashlar/core/clock'
import { Attempt } from './attempt.ts'
import { checkRunOptions } from './check-run-options.ts'
import { Compensation } from './compensation.ts'
import type { Graph } from './define-graph.ts'
import { RunCancelled, TaskTimeout } from './graph-errors.ts'
import type { GraphEvent, GraphResult, GraphRun, RunGraphOptions, Work } from './graph-run.ts'
import { onAbort } from './on-abort.ts'
import { ReadyQueue } from './ready-queue.ts'
import { retryDelay } from './retry-delay.ts'
import { countStates, isPaused, openApprovals, stateOfAll } from './run-state.ts'
import { TaskBoard } from './task-board.ts'
import { createTaskContext, TaskSkipped } from './task-context.ts'
import { TaskPaused } from './task-paused.ts'
import type { Task, TaskOutcome, TaskState } from './task.ts'
import { Tries } from './tries.ts'

const never = { attempts: 0, durationMs: 0 } as const

type End<Output> = (rest: Pick<TaskOutcome<Output>, 'state' | 'output' | 'error'>) => void

/** All state of one run. */
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
  readonly #tries: Tries
  /** Where tasks stood when they paused, in an earlier run. */
  readonly #stood = new Map<string, Output>()
  readonly #compensation: Compensation<T, Output>
  readonly #settled = Promise.withResolvers<void>()
  readonly #startedAt: number
  #cancelled: RunCancelled | undefined
  #listenerError: { readonly error: unknown } | undefined
  #paused = false
  constructor(graph: Graph<T>, work: Work<T, Output>, options: RunGraphOptions<T, Output>) {
    const { runId = crypto.randomUUID(), clock = systemClock } = options
    this.runId = runId
    this.#graph = graph
    this.#work = work
    this.#options = { ...options, from: [...(options.from ?? [])] }
    this.#clock = clock
    this.#tries = new Tries(clock)
    this.#startedAt = clock.now()
    this.#board = new TaskBoard(graph, {
      onReady: (task) => this.#queue.push(task),
      onPassed: (task, state) => this.#close(task, { state, ...never }),
    })
    this.#queue = ReadyQueue.of(graph, options.keyConcurrency)
    this.#compensation = new Compensation({
      ...this.#options,
      graph,
      runId,
      clock,
      onDone: (done) => this.#emit({ type: 'task-compensated', ...done }),
    })
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
    if (this.#paused) this.#emit({ type: 'graph-resume' })
    this.#paused = false
    this.#pump()
  }
  readonly cancel = (reason?: unknown, id?: string): void => {
    if (id !== undefined) return this.#cancelTask(this.#graph.numberOf(id), reason)
    if (this.#cancelled) return
    this.#cancelled = RunCancelled.isInstance(reason) ? reason : new RunCancelled(reason)
    for (const attempt of this.#running.values()) attempt.stop(this.#cancelled)
    this.#tries.dropAll()
    this.#pump()
  }
  readonly stateOf = (id: string): TaskState | undefined => {
    const task = this.#graph.numberOf(id)
    const current = this.#running.has(task ?? -1) ? 'running' : 'pending'
    return task === undefined ? undefined : (this.#outcomes.get(id)?.state ?? current)
  }
  readonly counts = (): Record<TaskState, number> =>
    countStates(this.#outcomes, { tasks: this.#graph.tasks.length, running: this.#running.size })
  #task(task: number): T {
    const found = this.#graph.tasks[task]
    if (!found) throw new RangeError(`no task ${task}`)
    return found
  }
  #begin(): void {
    const { signal, from = [] } = this.#options
    this.#emit({ type: 'graph-start', runId: this.runId, tasks: this.#graph.tasks.length })
    for (const outcome of from) {
      const { id, state, output } = outcome
      const task = this.#graph.numberOf(id)
      if (state === 'paused' && output !== undefined) this.#stood.set(id, output)
      if (task === undefined || state !== 'success' || this.#outcomes.has(id)) continue
      this.#outcomes.set(id, outcome)
      this.#emit({ type: 'task-end', outcome, replayed: true })
      this.#board.end(task, 'success')
    }
    this.#board.open()
    void this.#settled.promise.then(onAbort(signal, () => this.cancel(signal?.reason)))
    this.#pump()
  }
  /** Starts what may start; once nothing runs or will, the run is over. */
  #pump(): void {
    const { concurrency = 8 } = this.#options
    while (!this.#cancelled && !this.#paused && this.#running.size < concurrency) {
      const task = this.#queue.take()
      if (task === undefined) break
      if (this.#outcomes.has(this.#task(task).id)) this.#queue.end(task)
      else void this.#start(task)
    }
    if (this.#running.size > 0) return
    const waits = !this.#paused && !this.#tries.areAwaited && isPaused(this.#outcomes)
    if (waits || this.#cancelled || this.#outcomes.size === this.#graph.tasks.length) this.#settled.resolve()
  }
  async #start(task: number): Promise<void> {
    const { graceMs = 1_000, timeoutMs: usual } = this.#options
    const { id, timeoutMs = usual } = this.#task(task)
    const number = this.#tries.begin(task)
    const onLate = (output: Output): void => {
      this.#emit({ type: 'task-late', id })
      void this.#compensation.late({ id, state: 'success', output, attempts: number, durationMs: 0 })
    }
    const attempt = new Attempt<Output>({ clock: this.#clock, graceMs, onLate })
    this.#running.set(task, attempt)
    this.#emit({ type: 'task-start', id, attempt: number })
    const startedAt = this.#clock.now()
    const end: End<Output> = (rest) =>
      this.#close(task, { ...rest, attempts: number, durationMs: this.#clock.now() - startedAt })
    const context = createTaskContext({
      runId: this.runId,
      task: this.#task(task),
      number,
      attempt,
      outcomes: this.#outcomes,
      stood: this.#stood,
      approvals: this.#options.approvals,
      report: (update) =>
        void (this.#running.get(task) === attempt && this.#emit({ type: 'task-progress', id, update })),
    })
    const onTimeout = (): TaskTimeout => new TaskTimeout(id, timeoutMs ?? 0)
    const leave = (): void => void (this.#running.delete(task) && this.#queue.end(task))
    try {
      const output = await attempt.run(() => this.#work(this.#task(task), context), { timeoutMs, onTimeout })
      leave()
      const reason = attempt.stopped?.reason
      if (TaskTimeout.isInstance(reason)) {
        onLate(output)
        this.#fail(task, reason, end)
      } else end({ state: 'success', output })
    } catch (thrown) {
      leave()
      const { reason: error } = attempt.stopped ?? { reason: thrown }
      if (thrown instanceof TaskSkipped) end({ state: 'skipped', error: thrown.message })
      else if (RunCancelled.isInstance(error)) end({ state: 'cancelled', error })
      // Where it stands is what the work says.
      else if (TaskPaused.isInstance(error)) end({ state: 'paused', output: error.output as Output, error })
      else this.#fail(task, error, end)
    }
    this.#pump()
  }
  #fail(task: number, error: unknown, end: End<Output>): void {
    const { id, retry = this.#options.retry ?? {} } = this.#task(task)
    const { random = Math.random } = this.#options
    const tries = this.#tries.made(task)
    const delayMs = retryDelay(error, { retry, tries, random })
    if (delayMs === undefined || this.#cancelled) return end({ state: 'failed', error })
    this.#emit({ type: 'task-retry', id, attempt: tries, error, delayMs })
    if (this.#cancelled) return
    this.#tries.again(task, delayMs, () => {
      this.#queue.push(task)
      this.#pump()
    })
  }
  #close(task: number, rest: Omit<TaskOutcome<Output>, 'id'>): void {
    const { id } = this.#task(task)
    if (this.#outcomes.has(id)) return
    const outcome = { id, ...rest }
    this.#outcomes.set(id, outcome)
    this.#tries.end(task)
    this.#emit({ type: 'task-end', outcome })
    // A task that is passed over is spread by the board itself; one that waits is not over.
    if (rest.state === 'paused') return
    if (rest.state === 'upstream_failed' || (rest.state === 'skipped' && rest.attempts === 0)) return
    if (!this.#cancelled) this.#board.end(task, rest.state)
  }
  #cancelTask(task: number | undefined, reason: unknown): void {
    if (task === undefined || !this.#isOpen(this.#task(task).id)) return
    const error = new RunCancelled(reason)
    const attempt = this.#running.get(task)
    if (attempt) return attempt.stop(error)
    this.#close(task, { state: 'cancelled', error, attempts: this.#tries.made(task), durationMs: 0 })
    this.#pump()
  }
  /** Whether a task has not ended; one that waits for an answer has not, and ends otherwise. */
  #isOpen(id: string): boolean {
    if (this.#outcomes.get(id)?.state === 'paused') this.#outcomes.delete(id)
    return !this.#outcomes.has(id)
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
    const [error, outcomes] = [this.#cancelled, this.#outcomes]
    for (const [task, { id }] of this.#graph.tasks.entries())
      if (error && this.#isOpen(id)) this.#close(task, { state: 'cancelled', error, ...never })
      // It waits for what has paused.
      else if (!outcomes.has(id)) outcomes.set(id, { id, state: 'pending', ...never })
    const state = error ? 'cancelled' : stateOfAll(outcomes)
    const undoes = state === 'cancelled' || (state === 'failed' && this.#options.compensateFailure === true)
    const compensated = await this.#compensation.end(outcomes, undoes)
    this.#emit({ type: 'graph-end', state })
    if (this.#listenerError) throw this.#listenerError.error
    const ended = { runId: this.runId, state, outcomes, compensated, pending: openApprovals(outcomes) }
    return { ...ended, durationMs: this.#clock.now() - this.#startedAt }
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

import { InvalidArgument } from '@ashlar/core'
import { systemClock } from '@ashlar/core/clock'
import type { Compensated } from './compensated.ts'
import { Compensation } from './compensation.ts'
import type { Graph } from './define-graph.ts'
import type { GraphResult, GraphRun, RunGraphOptions, Work } from './graph-run.ts'
import { onAbort } from './on-abort.ts'
import { runGraph } from './run-graph.ts'
import type { Task, TaskOutcome } from './task.ts'

/** A graph in which tasks failed. */
export interface FailedGraph<T extends Task = Task, Output = unknown> {
  readonly graph: Graph<T>
  readonly result: GraphResult<Output>
  /** The tasks of the graphs before this one. */
  readonly earlier: readonly T[]
  /** Aborted when the run is cancelled. */
  readonly signal: AbortSignal
}

export interface ReplanOptions<T extends Task = Task, Output = unknown> {
  /**
   * Makes another graph when tasks failed. What succeeded is kept by its id and not done again; a task that is another
   * than the one that failed needs another id. Undefined: the failure stands, as it does without this.
   */
  readonly replan?: (failed: FailedGraph<T, Output>) => Promise<Graph<T> | undefined>
  /** How often. @default 1 */
  readonly replans?: number
  /** Told of each graph that takes over, one that was recorded included. */
  readonly onReplan?: (graph: Graph<T>) => void
}

export type RunReplannedOptions<T extends Task, Output> = RunGraphOptions<T, Output> &
  ReplanOptions<T, Output>

/** What a promise gives, or undefined as soon as the signal aborts. */
const unlessAborted = async <V>(promise: Promise<V>, signal: AbortSignal): Promise<V | undefined> => {
  const aborted = Promise.withResolvers<undefined>()
  const leave = onAbort(signal, () => aborted.resolve(undefined))
  try {
    return await Promise.race([promise, aborted.promise])
  } catch (error) {
    if (signal.aborted) return undefined
    throw error
  } finally {
    leave()
  }
}

/** What succeeded in the graphs of a run, and which of them runs. */
class Replanned<T extends Task, Output> {
  readonly #work: Work<T, Output>
  readonly #options: RunReplannedOptions<T, Output>
  readonly #done: Map<string, TaskOutcome<Output>>
  readonly #earlier: T[]
  readonly #stop = new AbortController()
  readonly #signal: AbortSignal
  #graph: Graph<T>
  #run: GraphRun<Output>
  #isPaused = false
  constructor(first: Graph<T>, work: Work<T, Output>, options: RunReplannedOptions<T, Output>) {
    const { earlier = [], from = [], signal, replans = 1 } = options
    this.#work = work
    this.#options = options
    this.#done = new Map(Array.from(from, (outcome) => [outcome.id, outcome]))
    this.#earlier = [...earlier]
    this.#signal = signal ? AbortSignal.any([signal, this.#stop.signal]) : this.#stop.signal
    this.#graph = first
    this.#run = this.#begin(replans, options.runId)
  }
  start(): GraphRun<Output> {
    const result = this.#finish()
    result.catch(() => {})
    return {
      runId: this.#run.runId,
      result,
      pause: () => {
        this.#isPaused = true
        this.#run.pause()
      },
      resume: () => {
        this.#isPaused = false
        this.#run.resume()
      },
      cancel: (reason, id) => (id === undefined ? this.#stop.abort(reason) : this.#run.cancel(reason, id)),
      stateOf: (id) => this.#run.stateOf(id),
      counts: () => this.#run.counts(),
    }
  }
  /** What succeeded is kept where another graph may come, which starts from it. */
  #begin(left: number, runId: string | undefined): GraphRun<Output> {
    const { replan: _r, replans: _n, onReplan: _o, compensateFailure = false, ...rest } = this.#options
    return runGraph(this.#graph, this.#work, {
      ...rest,
      ...(runId !== undefined && { runId }),
      signal: this.#signal,
      from: [...this.#done.values()],
      earlier: [...this.#earlier],
      compensateFailure: compensateFailure && left === 0,
    })
  }
  async #finish(): Promise<GraphResult<Output>> {
    const { replan, replans = 1, onReplan } = this.#options
    for (let left = replans; ; left--) {
      const result = await this.#run.result
      if (result.state !== 'failed' || left === 0 || !replan) return result
      for (const outcome of result.outcomes.values())
        if (outcome.state === 'success') this.#done.set(outcome.id, outcome)
      const [graph, earlier, signal] = [this.#graph, [...this.#earlier], this.#signal]
      const made = replan({ graph, result, earlier, signal })
      const next = await unlessAborted(made, signal).catch(async (error: unknown) => {
        await this.#end(result)
        throw error
      })
      if (!next || signal.aborted) return this.#end(result)
      this.#earlier.push(...graph.tasks)
      this.#graph = next
      onReplan?.(next)
      this.#run = this.#begin(left - 1, this.#run.runId)
      if (this.#isPaused) this.#run.pause()
    }
  }
  /** The end of a graph in which tasks failed, and that no other follows. */
  async #end(failed: GraphResult<Output>): Promise<GraphResult<Output>> {
    const isCancelled = this.#signal.aborted
    if (!isCancelled && !this.#options.compensateFailure) return failed
    const compensated = await this.#undo(failed)
    return { ...failed, ...(isCancelled && { state: 'cancelled' }), compensated }
  }
  /** Undoes what succeeded in the graph that ended, and in those before it. */
  async #undo({ outcomes, runId }: GraphResult<Output>): Promise<Compensated[]> {
    const { clock = systemClock, onEvent } = this.#options
    const thrown: unknown[] = []
    const undoing = new Compensation({
      ...this.#options,
      graph: this.#graph,
      from: [...this.#done.values()],
      earlier: this.#earlier,
      runId,
      clock,
      onDone: (one) => {
        try {
          onEvent?.({ type: 'task-compensated', ...one })
        } catch (error) {
          thrown.push(error)
        }
      },
    })
    const compensated = await undoing.end(outcomes, true)
    if (thrown.length > 0) throw thrown[0]
    return compensated
  }
}

/**
 * Runs a graph, and where tasks failed another one that is made of what is left, as one run. What is undone is what
 * succeeded in any of them, last first.
 * @throws InvalidArgument when an option is wrong
 */
export const runReplanned = <T extends Task, Output>(
  first: Graph<T>,
  work: Work<T, Output>,
  options: RunReplannedOptions<T, Output>,
): GraphRun<Output> => {
  const { replan, replans = 1, onReplan: _, ...rest } = options
  if (!replan) return runGraph(first, work, rest)
  if (!Number.isInteger(replans) || replans < 0)
    throw new InvalidArgument('replans', 'a whole number from 0', replans)
  return new Replanned(first, work, options).start()
}

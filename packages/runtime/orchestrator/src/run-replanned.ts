import { InvalidArgument } from '@ashlar/core'
import type { Graph } from './define-graph.ts'
import type { GraphResult, GraphRun, RunGraphOptions, Work } from './graph-run.ts'
import { runGraph } from './run-graph.ts'
import type { Task } from './task.ts'

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
  ReplanOptions<T, Output> & {
    /** The tasks of graphs that failed before the first. @default none */
    readonly earlier?: readonly T[]
  }

const check = ({
  replans = 1,
  compensateFailure,
}: {
  replans?: number
  compensateFailure?: boolean
}): void => {
  if (!Number.isInteger(replans) || replans < 0)
    throw new InvalidArgument('replans', 'a whole number from 0', replans)
  if (compensateFailure)
    throw new InvalidArgument('compensateFailure', 'false: another graph starts from what succeeded', true)
}

/**
 * Runs a graph, and where tasks failed another one that is made of what is left, as one run.
 * @throws InvalidArgument when an option is wrong
 */
export const runReplanned = <T extends Task, Output>(
  first: Graph<T>,
  work: Work<T, Output>,
  options: RunReplannedOptions<T, Output>,
): GraphRun<Output> => {
  const { replan, replans = 1, onReplan, earlier = [], from = [], ...rest } = options
  if (!replan) return runGraph(first, work, { ...rest, from })
  check(options)
  const done = new Map(Array.from(from, (outcome) => [outcome.id, outcome]))
  const stop = new AbortController()
  const signal = rest.signal ? AbortSignal.any([rest.signal, stop.signal]) : stop.signal
  let run = runGraph(first, work, { ...rest, from: done.values() })
  let isPaused = false

  const goOn = (graph: Graph<T>): void => {
    onReplan?.(graph)
    run = runGraph(graph, work, { ...rest, runId: run.runId, from: [...done.values()] })
    if (isPaused) run.pause()
    // Cancelled while it was planned.
    if (signal.aborted) run.cancel(signal.reason)
  }
  const finish = async (): Promise<GraphResult<Output>> => {
    const before = [...earlier]
    let graph = first
    for (let left = replans; ; left--) {
      const result = await run.result
      if (result.state !== 'failed' || left === 0) return result
      for (const outcome of result.outcomes.values())
        if (outcome.state === 'success') done.set(outcome.id, outcome)
      const next = await replan({ graph, result, earlier: before, signal }).catch((error: unknown) => {
        if (!signal.aborted) throw error
      })
      if (!next) return signal.aborted ? { ...result, state: 'cancelled' } : result
      before.push(...graph.tasks)
      graph = next
      goOn(graph)
    }
  }
  const result = finish()
  result.catch(() => {})
  return {
    runId: run.runId,
    result,
    pause: () => {
      isPaused = true
      run.pause()
    },
    resume: () => {
      isPaused = false
      run.resume()
    },
    cancel: (reason, id) => {
      if (id === undefined) stop.abort(reason)
      run.cancel(reason, id)
    },
    stateOf: (id) => run.stateOf(id),
    counts: () => run.counts(),
  }
}

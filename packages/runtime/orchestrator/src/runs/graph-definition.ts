import type { Plugin } from '@ashlar/core'
import { defineGraph } from '../define-graph.ts'
import type { DurableRuns } from '../durable/durable-runs.ts'
import type { RunRecord } from '../durable/journal.ts'
import type { RunGraphOptions, Work } from '../graph-run.ts'
import type { ReplanOptions } from '../run-replanned.ts'
import type { Task } from '../task.ts'
import { pendingOf } from '../view/run-view.ts'
import { approvalsOf, type Approvals, tasksOf } from './queued-input.ts'

/** What is given to whatever makes an agent, or the work of a graph. */
export interface RunParts {
  /** They record it; put them last. */
  readonly plugins: readonly Plugin[]
}

export interface GraphDefinitionOptions<T extends Task, Output>
  extends
    Pick<
      RunGraphOptions<T, Output>,
      | 'concurrency'
      | 'keyConcurrency'
      | 'retry'
      | 'timeoutMs'
      | 'graceMs'
      | 'compensate'
      | 'compensateTimeoutMs'
      | 'compensateFailure'
    >,
    ReplanOptions<T, Output> {
  /** Makes the work of its tasks, with the plugins that record the agents inside. */
  readonly work: (parts: RunParts) => Work<T, Output>
}

/** A graph that can be enqueued: its work, which the workers have, for tasks that each run brings. */
export interface GraphDefinition<in T extends Task = never> {
  /** Does a run of it. `tasks` is there for its type: those of a run are in its record. */
  run(
    runs: DurableRuns,
    run: { readonly record: RunRecord; readonly signal: AbortSignal; readonly tasks?: readonly T[] },
  ): Promise<void>
}

/** Those answers that a task still waits for: others were used before a crash. */
const openApprovals = async (
  { journal }: Pick<DurableRuns, 'journal'>,
  record: RunRecord,
): Promise<Approvals> => {
  const approvals = Object.entries(approvalsOf(record))
  if (approvals.length === 0) return {}
  const prefix = `${record.runId}:task/`
  const open = (await journal.steps(record.runId)).flatMap(({ key, state, value }) => {
    const isOpen = key.startsWith(prefix) && state !== 'done'
    const calls = isOpen ? pendingOf({ state: 'paused', result: value ?? null }) : []
    return calls.map(({ callId }) => `${key.slice(prefix.length)}/${callId}`)
  })
  return Object.fromEntries(approvals.filter(([id]) => open.includes(id)))
}

/** A graph for the `graphs` of `openRuns`. */
export const graphDefinition = <T extends Task, Output>(
  options: GraphDefinitionOptions<T, Output>,
): GraphDefinition<T> => {
  const { work, ...how } = options
  return {
    run: async (runs, { record, signal }) => {
      const { runId, name } = record
      const approvals = await openApprovals(runs, record)
      // They are those that `startGraph` was given for this graph, as JSON.
      const graph = defineGraph(tasksOf(record) as unknown as readonly T[])
      const given = { ...how, runId, name, approvals, signal }
      const run = await runs.runGraph(graph, work({ plugins: [runs.plugin] }), given)
      await run.result
    },
  }
}

import { InvalidArgument, type JsonValue, type Plugin } from '@ashlar/core'
import { defineGraph } from '../define-graph.ts'
import type { DurableRuns } from '../durable/durable-runs.ts'
import type { RunGraphOptions, Work } from '../graph-run.ts'
import type { Task } from '../task.ts'

/** What an agent that runs on DBOS is made of. */
export interface DbosAgentParts {
  /** They record it; put them last. */
  readonly plugins: readonly Plugin[]
}

export interface DbosGraphOptions<T extends Task, Output> extends Pick<
  RunGraphOptions<T, Output>,
  'concurrency' | 'keyConcurrency' | 'retry' | 'timeoutMs' | 'graceMs'
> {
  /** Makes the work of its tasks, with the plugins that record the agents inside. */
  readonly work: (parts: DbosAgentParts) => Work<T, Output>
}

/** A graph that can be enqueued: its work, which the workers have, for tasks that each job brings. */
export interface DbosGraph {
  run(
    runs: DurableRuns,
    job: { readonly runId: string; readonly name: string; readonly input: JsonValue },
  ): Promise<void>
}

/** A graph for `dbosRuns`. */
export const dbosGraph = <T extends Task, Output>(options: DbosGraphOptions<T, Output>): DbosGraph => {
  const { work, ...how } = options
  return {
    run: async (runs, { runId, name, input }) => {
      if (!Array.isArray(input)) throw new InvalidArgument('tasks', 'a list', typeof input)
      // They are those that `startGraph` was given for this graph.
      const graph = defineGraph(input as unknown as readonly T[])
      const run = await runs.runGraph(graph, work({ plugins: [runs.plugin] }), { ...how, runId, name })
      await run.result
    },
  }
}

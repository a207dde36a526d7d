import { type Agent, InvalidArgument } from '@ashlar/core'
import { LeaseLost, RunChanged, RunLeased } from '../durable/durable-errors.ts'
import { durableRuns } from '../durable/durable-runs.ts'
import type { Journal, RunRecord } from '../durable/journal.ts'
import { toJson } from '../durable/recorded-model.ts'
import { toErrorInfo } from '../error-info.ts'
import { onAbort } from '../on-abort.ts'
import type { GraphDefinition, RunParts } from './graph-definition.ts'
import { leavingJournal } from './leaving-journal.ts'
import { kindOf } from './queued-input.ts'
import type { Worker } from './runs-engine.ts'

export type AgentFactory = (parts: RunParts) => Agent | Promise<Agent>

export interface WorkerOptions extends Pick<Worker, 'version' | 'concurrency' | 'leaseMs' | 'leaving'> {
  readonly agents: Readonly<Record<string, AgentFactory>>
  readonly graphs: Readonly<Record<string, GraphDefinition>>
  readonly onAgentChange?: (change: string) => void
  /** Told when this process is through with a run. */
  readonly onOver: (runId: string) => void
}

/** Somebody else has the run: this is no failure of it. */
const isHeld = (error: unknown): boolean => {
  for (let one = error; one instanceof Error; one = one.cause)
    if (LeaseLost.isInstance(one) || RunLeased.isInstance(one) || RunChanged.isInstance(one)) return true
  return false
}

/** What is made for a run, unless this process leaves before it is. @throws the reason to leave */
const unlessLeft = async <T>(making: T | Promise<T>, leaving: AbortSignal): Promise<T> => {
  const { promise: left, reject } = Promise.withResolvers<never>()
  const stay = onAbort(leaving, () => reject(leaving.reason))
  return Promise.race([making, left]).finally(stay)
}

/** Says in the journal why a run could not even begin, so that nobody takes it up again and again. */
const fail = async (journal: Journal, record: RunRecord, error: unknown): Promise<void> => {
  const { runId, name, version, input } = record
  const now = await journal.run(runId)
  if (now?.state !== 'running') return
  const claim = await journal.claim({ runId, name, version, input, leaseMs: 1_000 })
  await claim.end('failed', toJson(toErrorInfo(error)))
}

/** What does the runs of this process. */
export const runWorker = (journal: Journal, options: WorkerOptions): Worker => {
  const { version, concurrency, leaseMs, leaving, agents, graphs, onAgentChange, onOver } = options
  const own = leavingJournal(journal, leaving)
  const runs = durableRuns(own, {
    version,
    leaseMs,
    deltas: true,
    ...(onAgentChange && { onAgentChange }),
  })
  const has = (record: RunRecord): boolean =>
    Object.hasOwn(kindOf(record) === 'graph' ? graphs : agents, record.name)
  const perform = async (record: RunRecord): Promise<void> => {
    const { runId, name } = record
    const graph = kindOf(record) === 'graph' ? graphs[name] : undefined
    if (graph) return graph.run(runs, { record, signal: leaving })
    const agent = await unlessLeft(agents[name]?.({ plugins: [runs.plugin] }), leaving)
    if (!agent) throw new InvalidArgument('name', 'an agent or a graph that this worker has', name)
    await runs.resume(agent, runId, { signal: leaving })
  }
  const knows: Worker['knows'] = (record) =>
    kindOf(record) !== undefined && record.version === version && has(record)
  return {
    version,
    names: [...new Set([...Object.keys(agents), ...Object.keys(graphs)])],
    concurrency,
    leaseMs,
    leaving,
    knows,
    work: async (runId) => {
      const record = await journal.run(runId).catch(() => undefined)
      // One of other code may be cancelled or gone on with here; those that have its code do it.
      if (record?.state !== 'running' || leaving.aborted || !knows(record)) return
      try {
        await perform(record)
      } catch (error) {
        // A journal that cannot be reached leaves the run to whoever comes next.
        if (!isHeld(error) && !leaving.aborted) await fail(own, record, error).catch(() => {})
      } finally {
        onOver(runId)
      }
    },
  }
}

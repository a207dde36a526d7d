import { type Agent, InvalidArgument, userText } from '@ashlar/core'
import { durableRuns, type DurableRuns } from '../durable/durable-runs.ts'
import type { Journal } from '../durable/journal.ts'
import { postgresJournal } from '../durable/postgres-journal.ts'
import { toJson } from '../durable/recorded-model.ts'
import { defineGraph } from '../define-graph.ts'
import type { Task } from '../task.ts'
import type { DbosAgentParts, DbosGraph } from './dbos-graph.ts'
import { type DbosOutcome, dispatch, type Job } from './dispatch.ts'
import { openEngine } from './engine.ts'

export interface DbosOptions {
  /** Of a PostgreSQL database; both the queue and the journal are in it. */
  readonly url: string
  /** Agents by the name that jobs have. */
  readonly agents?: Readonly<Record<string, (parts: DbosAgentParts) => Agent | Promise<Agent>>>
  /** Graphs by the name that jobs have. */
  readonly graphs?: Readonly<Record<string, DbosGraph>>
  /** Names the application: its queue, and its schemas. Lower case letters, digits and `_`. @default 'ashlar' */
  readonly name?: string
  /** Names the code: a run that other code began is left to workers with that code. @default '1' */
  readonly version?: string
  /** Runs at once in this process; 0 only enqueues and waits. @default 4 */
  readonly concurrency?: number
  /** How long a worker that died keeps others from its runs, in milliseconds. @default 30_000 */
  readonly leaseMs?: number
}

/** Runs on DBOS: enqueued by any process, done by any worker, taken up by another when that one dies. */
export interface DbosRuns {
  /** Where their steps are; `ashlar runs --journal` shows it. */
  readonly journal: Journal
  /** Enqueues a run of an agent; the same `runId` again is the same run. @returns its id */
  startAgent(name: string, input: string, options?: { readonly runId?: string }): Promise<string>
  /** Enqueues a run of a graph. @returns its id */
  startGraph(name: string, tasks: readonly Task[], options?: { readonly runId?: string }): Promise<string>
  /** Waits for a run, whoever does it. */
  result(runId: string): Promise<DbosOutcome>
  /** Takes no more runs, and leaves those that are under way to others after `leaseMs`. */
  close(): Promise<void>
}

const check = ({ name = 'ashlar', concurrency = 4, leaseMs = 30_000, url, version = '1' }: DbosOptions) => {
  if (!/^[a-z_][a-z0-9_]{0,40}$/.test(name))
    throw new InvalidArgument('name', 'at most 41 lower case letters, digits and _', name)
  if (!Number.isInteger(concurrency) || concurrency < 0)
    throw new InvalidArgument('concurrency', 'a whole number from 0', concurrency)
  if (!(leaseMs >= 100)) throw new InvalidArgument('leaseMs', 'milliseconds from 100', leaseMs)
  if (!/^postgres(?:ql)?:/.test(url)) throw new InvalidArgument('url', 'a postgres:// URL', 'another')
  return { name, concurrency, leaseMs, url, version }
}

const known = (names: object | undefined, name: string, what: string): void => {
  if (names && Object.hasOwn(names, name)) return
  throw new InvalidArgument(what, Object.keys(names ?? {}).join(', ') || 'none: there are none here', name)
}

/** Does a job; what it did before is in the journal. */
const workOf = (runs: DurableRuns, { agents, graphs }: DbosOptions) => {
  const parts: DbosAgentParts = { plugins: [runs.plugin] }
  return async ({ kind, name, runId, input }: Job): Promise<void> => {
    if (kind === 'graph') {
      const graph = graphs?.[name]
      if (!graph) throw new InvalidArgument('name', 'a graph that this worker has', name)
      return graph.run(runs, { runId, name, input })
    }
    const agent = await agents?.[name]?.(parts)
    if (!agent) throw new InvalidArgument('name', 'an agent that this worker has', name)
    if (typeof input !== 'string') throw new InvalidArgument('input', 'a text', typeof input)
    const before = await runs.journal.run(runId)
    if (before) await runs.resume(agent, runId)
    else await agent.run({ messages: [userText(input)] }, { runId })
  }
}

/**
 * Runs agents and graphs on DBOS: a queue in PostgreSQL, any number of workers, and recovery of what a worker left that
 * was killed. Each run is a DBOS workflow whose steps are in a journal beside it, under their names: DBOS knows its
 * steps by their order, which those that run at the same time do not have. One per process, as DBOS itself.
 * @throws InvalidArgument for a wrong option, and what DBOS and the driver throw
 */
export const dbosRuns = async (options: DbosOptions): Promise<DbosRuns> => {
  const { name, concurrency, leaseMs, url, version } = check(options)
  const journal = await postgresJournal(url, { schema: `${name}_runs` })
  try {
    const runs = durableRuns(journal, { version, leaseMs, deltas: true })
    const work = workOf(runs, options)
    const engine = await openEngine({
      name,
      url,
      version,
      concurrency,
      leaseMs,
      journal,
      dispatch: (job) => dispatch(job, { journal, work, leaseMs }),
    })
    const start = async (job: Omit<Job, 'runId'>, runId: string = crypto.randomUUID()): Promise<string> => {
      if (runId.includes('/') || runId === '') throw new InvalidArgument('runId', 'a text without /', runId)
      await engine.enqueue({ ...job, runId })
      return runId
    }
    return {
      journal,
      startAgent: async (agent, input, { runId } = {}) => {
        known(options.agents, agent, 'name')
        return start({ kind: 'agent', name: agent, input }, runId)
      },
      startGraph: async (graph, tasks, { runId } = {}) => {
        known(options.graphs, graph, 'name')
        return start({ kind: 'graph', name: graph, input: toJson(defineGraph(tasks).tasks) }, runId)
      },
      result: (runId) => engine.result(runId),
      close: async () => {
        await engine.close()
        await journal.close()
      },
    }
  } catch (error) {
    await journal.close()
    throw error
  }
}

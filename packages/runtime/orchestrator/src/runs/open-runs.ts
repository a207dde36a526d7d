import { InvalidArgument, type JsonObject, type Message, userText } from '@ashlar/core'
import { defineGraph } from '../define-graph.ts'
import type { Journal, RunFilter, RunRecord } from '../durable/journal.ts'
import { toJson } from '../durable/recorded-model.ts'
import type { Task } from '../task.ts'
import { embedded } from './embedded.ts'
import type { GraphDefinition } from './graph-definition.ts'
import type { Approvals } from './queued-input.ts'
import { RunDesk, type RunOutcome, type StartOptions } from './run-desk.ts'
import { RunWaiters, RunsClosed } from './run-waiters.ts'
import { type AgentFactory, runWorker } from './run-worker.ts'
import type { RunsEngine } from './runs-engine.ts'

type Graphs = Readonly<Record<string, GraphDefinition>>
type TaskOf<Definition> = Definition extends GraphDefinition<infer T> ? T : never

export interface RunsOptions<AgentName extends string = string, G extends Graphs = Graphs> {
  /** Agents by the name that runs have. */
  readonly agents?: Readonly<Record<AgentName, AgentFactory>>
  /** Graphs by the name that runs have; made by `graphDefinition`. */
  readonly graphs?: G
  /** Where runs are kept, and who does them. @default embedded(): a file, and the processes that have it open */
  readonly engine?: RunsEngine
  /** Names the code: a run that other code began is left to workers with that code. @default '1' */
  readonly version?: string
  /** Runs at once in this process; 0 only enqueues and waits. @default 4 */
  readonly concurrency?: number
  /** How long a worker that died keeps others from its runs, in milliseconds. @default 30_000 */
  readonly leaseMs?: number
  /** As of `durableRuns`: told, in words, what has changed of an agent since a run of it was recorded. */
  readonly onAgentChange?: (change: string) => void
}

/** Runs that are enqueued by any process and done by any worker; another takes up what one left that died. */
export interface Runs<AgentName extends string = string, Tasks = Readonly<Record<string, Task>>> {
  /** Where their steps are; `ashlar runs --journal` shows it. */
  readonly journal: Journal
  /** Enqueues a run of an agent, from a question or a transcript. @returns its id */
  startAgent(name: AgentName, input: string | readonly Message[], options?: StartOptions): Promise<string>
  /** Enqueues a run of a graph. @returns its id */
  startGraph<Name extends keyof Tasks & string>(
    name: Name,
    tasks: readonly Tasks[Name][],
    options?: StartOptions,
  ): Promise<string>
  /** Waits until a run has ended or paused, whoever does it. @throws InvalidArgument when there is no such run */
  result(runId: string, options?: { readonly signal?: AbortSignal }): Promise<RunOutcome>
  /**
   * Enqueues a run again that paused, failed or was aborted. What is answered is recorded first.
   * @throws InvalidArgument for a run that is under way or done, and for an answer to what nobody asked; RunChanged when
   * somebody else was first
   */
  resume(runId: string, options?: { readonly approvals?: Approvals }): Promise<void>
  /**
   * Ends a run, whoever has it: one that waits never starts, one that runs stops within a second, and a graph undoes its
   * successes, last first. `result` tells when that is done.
   * @returns false when it had ended
   */
  cancel(runId: string): Promise<boolean>
  /** The latest first. */
  list(filter?: RunFilter): Promise<RunRecord[]>
  /** Takes no more runs, and leaves those that are under way to others. Whatever is asked after it is a `RunsClosed`. */
  close(): Promise<void>
}

/** @throws InvalidArgument */
const check = ({ version = '1', concurrency = 4, leaseMs = 30_000 }: RunsOptions): void => {
  if (version === '') throw new InvalidArgument('version', 'a text that is not empty', version)
  if (!Number.isInteger(concurrency) || concurrency < 0)
    throw new InvalidArgument('concurrency', 'a whole number from 0', concurrency)
  if (!(leaseMs >= 100)) throw new InvalidArgument('leaseMs', 'milliseconds from 100', leaseMs)
}

const mustKnow = (names: object, name: string, what: string): void => {
  if (Object.hasOwn(names, name)) return
  throw new InvalidArgument(what, Object.keys(names).join(', ') || 'none: there are none here', name)
}

/** @throws InvalidArgument for what no worker could ever begin */
const messagesOf = (input: string | readonly Message[]): JsonObject => {
  if (typeof input === 'string') return { messages: toJson([userText(input)]) }
  if (Array.isArray(input) && input.length > 0) return { messages: toJson(input) }
  throw new InvalidArgument('input', 'a text, or messages', input)
}

interface OpenDesk {
  readonly desk: RunDesk
  /** Does something at the desk while it is open. @throws RunsClosed */
  readonly at: <T>(does: () => Promise<T>) => Promise<T>
  readonly close: () => Promise<void>
}

/** The desk of this process, and what closes it. */
const openDesk = async (options: RunsOptions): Promise<OpenDesk> => {
  const { agents = {}, graphs = {}, engine = embedded(), onAgentChange } = options
  const { version = '1', concurrency = 4, leaseMs = 30_000 } = options
  const journal = await engine.openJournal()
  const leaving = new AbortController()
  const waiters = new RunWaiters(leaving.signal)
  const worker = runWorker(journal, {
    agents,
    graphs,
    version,
    concurrency,
    leaseMs,
    leaving: leaving.signal,
    onOver: (runId) => waiters.wake(runId),
    ...(onAgentChange && { onAgentChange }),
  })
  try {
    const queue = await engine.serve(journal, worker)
    const desk = new RunDesk({ journal, queue, waiters, version, leaseMs })
    const leave = async (): Promise<void> => {
      leaving.abort(new RunsClosed())
      try {
        await queue.close()
      } finally {
        await journal.close()
      }
    }
    let left: Promise<void> | undefined
    return {
      desk,
      at: async (does) => {
        leaving.signal.throwIfAborted()
        return does()
      },
      close: () => (left ??= leave()),
    }
  } catch (error) {
    leaving.abort(error)
    await journal.close()
    throw error
  }
}

/**
 * Runs of agents and graphs that are enqueued, done by workers, paused, answered, cancelled and gone on with, in one
 * process or on many machines: `engine` decides it. Each step is recorded before it is used, so that whoever takes a run
 * up repeats none.
 * @throws InvalidArgument for a wrong option, and what the engine throws
 */
export const openRuns = async <AgentName extends string = never, G extends Graphs = {}>(
  options: RunsOptions<AgentName, G>,
): Promise<Runs<AgentName, { readonly [Name in keyof G]: TaskOf<G[Name]> }>> => {
  check(options)
  const { agents = {}, graphs = {} } = options
  const { desk, at, close } = await openDesk(options)
  return {
    journal: desk.journal,
    startAgent: async (name, input, how) => {
      mustKnow(agents, name, 'agent')
      return at(async () => desk.start(name, messagesOf(input), how))
    },
    startGraph: async (name, tasks, how) => {
      mustKnow(graphs, name, 'graph')
      // Each is a `Task`: `graphDefinition` takes no others.
      const graph = defineGraph(tasks as readonly Task[])
      return at(() => desk.start(name, { tasks: toJson(graph.tasks) }, how))
    },
    result: (runId, { signal } = {}) => at(() => desk.result(runId, signal)),
    resume: (runId, { approvals = {} } = {}) => at(() => desk.resume(runId, approvals)),
    cancel: (runId) => at(() => desk.cancel(runId)),
    list: (filter) => at(() => desk.list(filter)),
    close,
  }
}

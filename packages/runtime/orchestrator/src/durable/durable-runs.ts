import {
  type Agent,
  type AgentEvent,
  type AgentRun,
  InvalidArgument,
  isObject,
  type JsonObject,
  type Plugin,
  type RunContext,
  type RunInput,
  type RunOptions,
  type RunResult,
} from '@ashlar/core'
import { type Clock, systemClock } from '@ashlar/core/clock'
import type { Graph } from '../define-graph.ts'
import { toErrorInfo } from '../error-info.ts'
import type { GraphRun, RunGraphOptions, Work } from '../graph-run.ts'
import type { ReplanOptions } from '../run-replanned.ts'
import type { Task } from '../task.ts'
import { createDefinitions } from './agent-definition.ts'
import { type HeldClaim, HeldClaims } from './held-claims.ts'
import type { ClaimRequest, Journal, RunRecord } from './journal.ts'
import { recordedModel, toJson } from './recorded-model.ts'
import { recordedTool } from './recorded-tool.ts'
import { runRecordedGraph } from './recorded-graph.ts'
import { StepKeys } from './step-keys.ts'
import { untilLost } from './until-lost.ts'

export interface DurableOptions {
  /** Names the code: a run that other code began is refused. @default '1' */
  readonly version?: string
  /** How long a process that died keeps others from its runs, in milliseconds. @default 30_000 */
  readonly leaseMs?: number
  /**
   * Asks models for text as they write it also where the caller only awaits, so that whoever watches a run sees it.
   * @default false: it is seen where the caller asks for it
   */
  readonly deltas?: boolean
  /**
   * Told, in words, what has changed of an agent since what is replayed was recorded: its instructions, its tools. Where
   * that must not be, change `version` with them.
   */
  readonly onAgentChange?: (change: string) => void
  readonly clock?: Clock
}

export interface ResumeOptions extends Pick<RunOptions, 'signal'> {
  /** By call id: `true` to run a pending call, or the reason it was denied. Kept, should the process end again. */
  readonly approvals?: Readonly<Record<string, true | string>>
}

export interface RecordedGraphOptions<T extends Task, Output>
  extends RunGraphOptions<T, Output>, ReplanOptions<T, Output> {
  readonly runId: string
  /** What the run is called. @default 'graph' */
  readonly name?: string
  /** Kept with the tasks, for whoever goes on with the run. */
  readonly about?: JsonObject
}

/** Runs that survive their process, recorded in one journal. */
export interface DurableRuns {
  readonly journal: Journal
  /** Records the runs of every agent that has it; put it last, next to the model and the tools. */
  readonly plugin: Plugin
  /**
   * Goes on with a run: from its records, or from where it paused.
   * @throws InvalidArgument when there is no such run, or the agent does not have the plugin
   */
  resume(agent: Agent, runId: string, options?: ResumeOptions): Promise<RunResult>
  /**
   * Runs a graph whose tasks are recorded, and with them each graph that takes over when tasks fail; the same `runId`
   * again goes on with it.
   */
  runGraph<T extends Task, Output>(
    graph: Graph<T>,
    work: Work<T, Output>,
    options: RecordedGraphOptions<T, Output>,
  ): Promise<GraphRun<Output>>
}

const isRunInput = (value: unknown): value is RunInput => isObject(value) && Array.isArray(value['messages'])

const isApprovals = (value: unknown): value is NonNullable<ResumeOptions['approvals']> =>
  isObject(value) && Object.values(value).every((one) => one === true || typeof one === 'string')

/** What a run goes on from: where it paused, or what it began with; its records bring it back to where it was. */
const inputOf = ({ state, input, result }: RunRecord): unknown => (state === 'paused' ? result : input)

const endOf = ({ reason }: RunResult<unknown>): 'paused' | 'done' => (reason === 'paused' ? 'paused' : 'done')

/** Records one run. What it is part of, if anything, has the claim and ends it. */
async function* recordedRun(
  input: RunInput,
  next: (input: RunInput) => AsyncIterable<AgentEvent>,
  held: HeldClaim,
): AsyncGenerator<AgentEvent> {
  const { claim, owned, lost, cancelled, isPart } = held
  // What is part of another run is stopped by that.
  const stop = isPart ? lost : AbortSignal.any([lost, cancelled])
  let isEnded = false
  const end: typeof claim.end = async (...how) => {
    if (isEnded || !owned) return
    isEnded = true
    await claim.end(...how)
  }
  try {
    for await (const event of untilLost(next(input), stop)) {
      if (event.type === 'run-end') await end(endOf(event.result), toJson(event.result))
      yield event
    }
  } catch (error) {
    // The first error is the one to know; a claim that was lost needs no end.
    await end(cancelled.aborted ? 'aborted' : 'failed', toJson(toErrorInfo(error))).catch(() => {})
    throw error
  } finally {
    await end('aborted').catch(() => {})
    held.release()
  }
}

/** Reads a run to its start, before which it asks no model and runs no tool, and leaves it there if `check` throws. */
const begin = async (run: AgentRun, check: () => void): Promise<void> => {
  const events = run[Symbol.asyncIterator]()
  try {
    for (let step = await events.next(); !step.done; step = await events.next())
      if (step.value.type === 'run-start') return check()
  } catch (error) {
    await events.return?.()
    throw error
  }
}

/** Goes on with a run, whose claim holds the approvals too. */
const resumeRun = async (
  { journal, agent, runId }: { readonly journal: Journal; readonly agent: Agent; readonly runId: string },
  hold: (input: unknown) => Promise<HeldClaim>,
  { approvals: given, signal }: ResumeOptions,
): Promise<RunResult> => {
  const record = await journal.run(runId)
  if (!record) throw new InvalidArgument('runId', 'a run that is in the journal', runId)
  const from = inputOf(record)
  if (!isRunInput(from)) throw new InvalidArgument('runId', 'the run of an agent', runId)
  const { messages, steps, usage } = from
  const state = { messages, ...(steps !== undefined && { steps }), ...(usage && { usage }) }
  const before = isObject(record.input) ? record.input['approvals'] : undefined
  const approvals = given ?? (isApprovals(before) ? before : undefined)
  const options = { ...(approvals && { approvals }), ...(signal && { signal }) }
  const { claim, admit, cancelled, release } = await hold({ ...state, ...(approvals && { approvals }) })
  try {
    const result = await admit(async (isRecorded) => {
      const run = agent.run(state, { runId, deltas: false, ...options })
      await begin(run, () => {
        if (!isRecorded()) throw new InvalidArgument('agent', 'an agent that has their plugin', agent.name)
      })
      return run
    })
    await claim.end(endOf(result), toJson(result))
    return result
  } catch (error) {
    const isStopped = cancelled.aborted || signal?.aborted
    await claim.end(isStopped ? 'aborted' : 'failed', toJson(toErrorInfo(error))).catch(() => {})
    throw error
  } finally {
    release()
  }
}

/**
 * Runs that survive their process: every answer of a model and every outcome of a tool is recorded before it is used,
 * and a run that is begun again under its name does none of them again.
 * @throws InvalidArgument when an option is wrong
 */
export const durableRuns = (journal: Journal, options: DurableOptions = {}): DurableRuns => {
  const { version = '1', leaseMs = 30_000, deltas = false, clock = systemClock } = options
  if (!(leaseMs >= 100)) throw new InvalidArgument('leaseMs', 'milliseconds from 100', leaseMs)
  if (version === '') throw new InvalidArgument('version', 'a text that is not empty', version)
  const claims = new HeldClaims(journal, clock)
  const definitionsOf = createDefinitions(options.onAgentChange)
  const requestFor = (runId: string, name: string, input: unknown): ClaimRequest => ({
    runId,
    name,
    version,
    leaseMs,
    input: toJson(input),
  })

  const setup = (run: RunContext): ReturnType<NonNullable<Plugin['setup']>> => {
    const { runId } = run
    const holding = Promise.withResolvers<HeldClaim>()
    holding.promise.catch(() => {})
    const keys = new StepKeys(runId)
    const definitions = definitionsOf(run.agent.name)
    const at = async (name: string) => ({ ...(await holding.promise), step: keys.of(name) })
    return {
      aroundRun: async function* (input, next) {
        try {
          holding.resolve(await claims.hold(requestFor(runId, run.agent.name, input)))
        } catch (error) {
          holding.reject(error)
          throw error
        }
        yield* recordedRun(input, next, await holding.promise)
      },
      aroundModel: async function* (call, next) {
        yield* recordedModel(call, next, { ...(await at(`model/${call.step}`)), deltas, definitions })
      },
      aroundTool: async (call, next) =>
        recordedTool(call, next, await at(`tool/${call.step}/${call.call.callId}`)),
    }
  }

  return {
    journal,
    plugin: { name: 'durable', setup },
    resume: (agent, runId, how = {}) =>
      resumeRun({ journal, agent, runId }, (input) => claims.hold(requestFor(runId, agent.name, input)), how),
    runGraph: async (graph, work, { name = 'graph', about = {}, ...rest }) => {
      const held = await claims.hold(requestFor(rest.runId, name, { ...about, tasks: graph.tasks }))
      try {
        return await runRecordedGraph({ graph, work, held }, rest)
      } catch (error) {
        // It never began: nobody else is to wait for it, and it is what it was.
        held.release()
        const { state = 'failed', result = toJson(toErrorInfo(error)) } = held.claim.before ?? {}
        if (held.owned) await held.claim.end(state, result).catch(() => {})
        throw error
      }
    },
  }
}

/** The plugin of `durableRuns(journal, options)`, for those who need no more. Put it last. */
export const durable = (journal: Journal, options?: DurableOptions): Plugin =>
  durableRuns(journal, options).plugin

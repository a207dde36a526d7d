import type { RunOptions } from './agent.ts'
import type { Execution } from './run-reader.ts'
import type * as Answering from './answering.ts'
import { messageOf } from './ashlar-error.ts'
import { InvalidArgument, ModelError, RunAborted, RunIncomplete } from './errors.ts'
import type { Limits } from './limits.ts'
import { type Answers, type Ask, type LoopSetup, runLoop, type Used } from './loop.ts'
import {
  type LanguageModel,
  type Meter,
  type Metered,
  type ModelEvent,
  type ModelRequest,
  type RunMeters,
  runMeters,
} from './model.ts'
import { bareSeams, type seamsLoader } from './load-seams.ts'
import type { ModelCall } from './plugin.ts'
import type { AgentEvent, RunContext, RunInput, RunResult, RunState } from './run.ts'
import { createRunContext, type LiveRun } from './run-context.ts'
import { createRunStop } from './run-stop.ts'
import { type Schema, toJsonSchema, toValidator } from './schema.ts'
import type { Seams } from './seams.ts'
import type { Tools } from './tool.ts'
import { openCalls } from './transcript.ts'
import { noUsage, type Usage } from './usage.ts'

/** What all runs of one agent share. */
export interface AgentParts {
  readonly agent: RunContext['agent']
  readonly model: LanguageModel
  readonly tools: Tools
  readonly limits: Required<Limits>
  readonly request: Omit<ModelRequest, 'messages'>
  readonly seams: ReturnType<typeof seamsLoader>
  /** What runs tools and takes up saved states; for tools loaded while the first model call is under way. */
  readonly loadAnswering: () => Promise<typeof Answering>
}

/** Hears what every upstream call settles, whoever else meters it. */
const tap = (meter: Meter | undefined, counted: (usage: Usage) => void): Meter => ({
  reserve: async (model, request) => {
    const settle = await meter?.reserve(model, request)
    return (usage) => {
      if (usage) counted(usage)
      settle?.(usage)
    }
  },
})

const asker =
  (model: LanguageModel, seam: Seams['model'], meters: RunMeters) =>
  ({ request, step, counted }: Ask): AsyncIterable<ModelEvent> =>
    seam({ model, request, step }, (call: ModelCall) => {
      const meter = (meters.last = call.request.meter ?? meters.last)
      return call.model.stream({ ...call.request, meter: tap(meter, counted) })
    })

/** Checks final answers; loaded only by runs that ask for output. */
const reviewer = (output: Schema): NonNullable<LoopSetup['review']> => {
  const validate = toValidator(output)
  return async (text) => (await import('./review-answer.ts')).reviewAnswer(text, validate)
}

export interface RunStart {
  readonly runId: string
  readonly input: RunInput
  /** Whether the input is of the caller's making: it is checked. */
  readonly isSaved: boolean
  /** Whether the caller reads the events, and so may leave at any time. */
  readonly iterated: boolean
}

/** Runs the calls of a turn; the code that does is loaded on demand, and given what it shares with the rest. */
const answerer = ({ tools, limits, loadAnswering }: AgentParts, live: LiveRun) => {
  let answer: ReturnType<typeof Answering.createAnswerer> | undefined
  return async (...turn: Parameters<NonNullable<typeof answer>>): Promise<Answers> => {
    const shared = { tools, limits, live, createRunContext, messageOf }
    answer ??= (await loadAnswering()).createAnswerer(shared)
    return answer(...turn)
  }
}

/** What an error says of the cost of the call it ended. */
const usedBy = (error: unknown): Used => (ModelError.isInstance(error) ? error : {})

const toState = ({ messages, steps = 0, usage = noUsage }: RunInput): RunState => ({
  messages,
  steps,
  usage,
})

const withOutput = (result: RunResult<unknown>): RunResult<unknown> => {
  if (result.reason === 'done') return result
  throw new RunIncomplete(`The run ended as "${result.reason}" without the output asked for`, result)
}

/** Puts one run of an agent in motion: its state, its end, its plugins, the loop. */
export const executeRun = (parts: AgentParts, start: RunStart, options: RunOptions): Execution<unknown> => {
  let state = toState(start.input)
  let from = state.steps
  const { runId } = start
  const { output, approvals, deltas = start.iterated } = options
  const parent: (RunContext & Metered) | undefined = options.parent
  const above = parent?.[runMeters]
  const meters: RunMeters = { tree: new Map(), last: above?.last }
  const outside = [options.signal, parent?.signal].filter((signal) => signal !== undefined)
  const abortable = start.iterated || outside.length > 0
  const stop = createRunStop(outside)
  const live: LiveRun = { runId, agent: parts.agent, stop, state: () => state, meters }
  const run = createRunContext(`${runId}/child`, live)
  const answer = answerer(parts, live)
  const takeUp = async (approved: object = {}): Promise<void> => {
    state = (await parts.loadAnswering()).takeUp(state, { openCalls, InvalidArgument, approvals: approved })
  }
  const open = async (): Promise<AsyncIterator<AgentEvent>> => {
    if (start.isSaved) await takeUp()
    const schema = output && toJsonSchema(output, 'output')
    // Beside the first model call; if it fails, it is tried again for the first tool call.
    if (parts.request.tools) parts.loadAnswering().catch(() => {})
    const seams = await parts.seams({ run, stop })
    const meter = above?.tree.size && (await parts.loadAnswering()).inheritMeters(meters.tree, above.tree)
    const setup: LoopSetup = {
      request: { ...parts.request, ...(schema && { output: schema }), ...(meter && { meter }), deltas },
      limits: parts.limits,
      ask: asker(parts.model, seams.model, meters),
      usedBy,
      // Approvals are for the calls the run started with: a later turn may use their ids again.
      answer: (calls) =>
        answer(calls, { seam: seams.tool, approvals: (state.steps === from && approvals) || {} }),
      ...(output && { review: reviewer(output) }),
      stopWhen: seams.stopWhen,
      run,
      watched: start.iterated || seams !== bareSeams,
      signal: abortable ? stop.signal : undefined,
      stop,
      update: (change) => (state = { ...state, ...change }),
    }
    const { messages } = state
    const events = seams.run(state, (input) => {
      state = toState(input)
      from = state.steps
      // A plugin may bring calls that are left open, as the caller may.
      const isNew = input.messages !== messages || approvals
      return runLoop(isNew ? { ...setup, begin: () => takeUp(approvals) } : setup)
    })
    return events[Symbol.asyncIterator]()
  }
  return {
    open,
    stop,
    abortable,
    conclude: (result) => (output ? withOutput(result) : result),
    toError: (error) => (stop.aborted ? new RunAborted({ ...state, runId }, { cause: stop.reason }) : error),
  }
}

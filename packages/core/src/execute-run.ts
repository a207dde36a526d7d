import type { RunOptions } from './agent.ts'
import type { Execution } from './agent-run.ts'
import type * as Answering from './answer-calls.ts'
import { messageOf } from './ashlar-error.ts'
import { ModelError, RunAborted, RunIncomplete } from './errors.ts'
import type { Limits } from './limits.ts'
import { type Answers, type Ask, type LoopSetup, runLoop, type Used } from './loop.ts'
import type { LanguageModel, Meter, ModelEvent, ModelRequest } from './model.ts'
import type { seamsLoader } from './load-seams.ts'
import type { ToolCallPart } from './message.ts'
import type { ModelCall } from './plugin.ts'
import type { AgentEvent, RunContext, RunState } from './run.ts'
import { createRunContext, type LiveRun } from './run-context.ts'
import { createRunStop } from './run-stop.ts'
import type { ToolSetting } from './run-tool.ts'
import { type Checked, toChecked } from './schema-result.ts'
import { type Schema, toJsonSchema, toValidator } from './schema.ts'
import type { Seams } from './seams.ts'
import type { Tools } from './tool.ts'
import { closeAbandonedCalls } from './transcript.ts'
import { noUsage, type Usage } from './usage.ts'

/** What all runs of one agent share. */
export interface AgentParts {
  readonly agent: RunContext['agent']
  readonly model: LanguageModel
  readonly tools: Tools
  readonly limits: Required<Limits>
  readonly request: Omit<ModelRequest, 'messages'>
  readonly seams: ReturnType<typeof seamsLoader>
  /** What runs tools; loaded while the first model call is under way. */
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
  (model: LanguageModel, seam: Seams['model']) =>
  ({ request, step, counted }: Ask): AsyncIterable<ModelEvent> =>
    seam({ model, request, step }, (call: ModelCall) =>
      call.model.stream({ ...call.request, meter: tap(call.request.meter, counted) }),
    )

/** Checks final answers; loaded only by runs that ask for output. */
const reviewer = (output: Schema): NonNullable<LoopSetup['review']> => {
  const validate = toValidator(output)
  const check = async (value: unknown): Promise<Checked> => toChecked(await validate(value))
  return async (text) => (await import('./review-answer.ts')).reviewAnswer(check, text)
}

export interface RunStart {
  readonly runId: string
  readonly state: RunState
  /** Whether the caller reads the events, and so may leave at any time. */
  readonly iterated: boolean
}

/** Runs the calls of a turn; the code that does is loaded on demand, and given what it shares with the rest. */
const answerer =
  ({ tools, limits, loadAnswering }: AgentParts, live: LiveRun) =>
  async (calls: ToolCallPart[], own: Pick<ToolSetting, 'seam' | 'approvals'>): Promise<Answers> => {
    const { runId, stop, state } = live
    const contextOf: ToolSetting['contextOf'] = (callId, ending) =>
      createRunContext(`${runId}/${callId}`, { ...live, stop: ending })
    const shared = { contextOf, messageOf, toChecked }
    const { answerCalls } = await loadAnswering()
    return answerCalls(calls, { ...own, ...shared, tools, limits, runId, stop, step: state().steps })
  }

/** What an error says of the cost of the call it ended. */
const usedBy = (error: unknown): Used => (ModelError.isInstance(error) ? error : {})

/** Puts one run of an agent in motion: its state, its end, its plugins, the loop. */
export const executeRun = (parts: AgentParts, start: RunStart, options: RunOptions): Execution<unknown> => {
  let { state } = start
  let from = state.steps
  const { runId } = start
  const { output, approvals = {}, deltas = start.iterated } = options
  const outside = [options.signal, options.parent?.signal].filter((signal) => signal !== undefined)
  const abortable = start.iterated || outside.length > 0
  const stop = createRunStop(outside)
  const live: LiveRun = { runId, agent: parts.agent, stop, state: () => state }
  const run = createRunContext(`${runId}/child`, live)
  const answer = answerer(parts, live)
  const open = async (): Promise<AsyncIterator<AgentEvent>> => {
    const schema = output && toJsonSchema(output, 'output')
    // Beside the first model call; if it fails, it is tried again for the first tool call.
    if (parts.request.tools) parts.loadAnswering().catch(() => {})
    const seams = await parts.seams({ run, stop })
    const setup: LoopSetup = {
      request: { ...parts.request, ...(schema && { output: schema }), deltas },
      limits: parts.limits,
      ask: asker(parts.model, seams.model),
      usedBy,
      // Approvals are for the calls the run started with: a later turn may use their ids again.
      answer: (calls) =>
        answer(calls, { seam: seams.tool, approvals: state.steps === from ? approvals : {} }),
      ...(output && { review: reviewer(output) }),
      stopWhen: seams.stopWhen,
      run,
      signal: abortable ? stop.signal : undefined,
      stop,
      update: (change) => (state = { ...state, ...change }),
    }
    const { messages: own } = state
    const events = seams.run(state, ({ messages, steps = 0, usage = noUsage }) => {
      // A plugin may bring calls that are left open, as the caller may.
      state = { messages: messages === own ? own : closeAbandonedCalls(messages), steps, usage }
      from = steps
      return runLoop(setup)
    })
    return events[Symbol.asyncIterator]()
  }
  return {
    open,
    stop,
    abortable,
    conclude: (result) => {
      const { reason } = result
      if (!output || reason === 'done') return result
      throw new RunIncomplete(`The run ended as "${reason}" without the output asked for`, result)
    },
    toError: (error) => (stop.aborted ? new RunAborted(state, { cause: stop.reason }) : error),
  }
}

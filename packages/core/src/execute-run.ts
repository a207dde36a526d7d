import type { RunOptions } from './agent.ts'
import type { Execution } from './agent-run.ts'
import { answerCalls } from './answer-calls.ts'
import { ModelError, RunAborted, RunIncomplete } from './errors.ts'
import type { Limits } from './limits.ts'
import { type Ask, type LoopSetup, runLoop, type Used } from './loop.ts'
import type { LanguageModel, Meter, ModelEvent, ModelRequest } from './model.ts'
import type { seamsLoader } from './load-seams.ts'
import type { ModelCall } from './plugin.ts'
import type { AgentEvent, RunContext, RunResult, RunState } from './run.ts'
import { createRunStop, type RunStop } from './run-stop.ts'
import { childIds } from './run-tool.ts'
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

/** The run as plugins and tools see it. */
const contextOf = (
  start: RunStart,
  agent: RunContext['agent'],
  live: { stop: RunStop; state: () => RunState },
): RunContext => ({
  runId: start.runId,
  agent,
  get signal() {
    return live.stop.signal
  },
  get state() {
    return live.state()
  },
  childId: childIds(`${start.runId}/child`),
})

/** What a run does that has no output though it was asked for one. */
const incomplete = (result: RunResult<unknown>): RunIncomplete =>
  new RunIncomplete(`The run ended as "${result.reason}" without the output asked for`, result)

/** What an error says of the cost of the call it ended. */
const usedBy = (error: unknown): Used => (ModelError.isInstance(error) ? error : {})

/** Puts one run of an agent in motion: its state, its end, its plugins, the loop. */
export const executeRun = (parts: AgentParts, start: RunStart, options: RunOptions): Execution<unknown> => {
  let { state } = start
  let from = state.steps
  const { limits, tools } = parts
  const { output, approvals = {}, deltas = start.iterated } = options
  const outside = [options.signal, options.parent?.signal].filter((signal) => signal !== undefined)
  const abortable = start.iterated || outside.length > 0
  const stop = createRunStop(outside)
  const run = contextOf(start, parts.agent, { stop, state: () => state })
  const open = async (): Promise<AsyncIterator<AgentEvent>> => {
    const schema = output && toJsonSchema(output, 'output')
    const seams = await parts.seams({ run, stop })
    const setup: LoopSetup = {
      request: { ...parts.request, ...(schema && { output: schema }), deltas },
      limits,
      ask: asker(parts.model, seams.model),
      usedBy,
      answer: (calls) =>
        answerCalls(calls, {
          tools,
          seam: seams.tool,
          run,
          stop,
          step: state.steps,
          timeoutMs: limits.toolTimeoutMs,
          // For the calls the run started with: a later turn may use their ids again.
          approvals: state.steps === from ? approvals : {},
          parallel: limits.parallelCalls,
          callsPerTurn: limits.callsPerTurn,
        }),
      ...(output && { review: reviewer(output) }),
      stopWhen: seams.stopWhen,
      run,
      signal: abortable ? stop.signal : undefined,
      throwIfAborted: () => {
        if (stop.aborted) throw stop.reason
      },
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
    conclude: (result) => {
      if (output && result.reason !== 'done') throw incomplete(result)
      return result
    },
    toError: (error) => (stop.aborted ? new RunAborted(state, { cause: stop.reason }) : error),
  }
}

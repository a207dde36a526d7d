import type { RunOptions } from './agent.ts'
import type { Execution } from './agent-run.ts'
import { answerCalls } from './answer-calls.ts'
import { RunAborted, RunIncomplete } from './errors.ts'
import type { Limits } from './limits.ts'
import { type Ask, type LoopSetup, runLoop } from './loop.ts'
import type { LanguageModel, Meter, ModelEvent, ModelRequest } from './model.ts'
import type { ModelCall, Plugin } from './plugin.ts'
import type { AgentEvent, RunContext, RunResult, RunState } from './run.ts'
import { createRunStop, type RunStop } from './run-stop.ts'
import { childIds } from './run-tool.ts'
import { type Schema, toJsonSchema, toValidator } from './schema.ts'
import { type Seams, setUp } from './seams.ts'
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
  readonly plugins: readonly Plugin[]
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
  return async (text) => (await import('./review-answer.ts')).reviewAnswer(validate, text)
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

const incomplete = ({ reason, messages, usage }: RunResult<unknown>): RunIncomplete =>
  new RunIncomplete(`The run ended as "${reason}" without the output asked for`, { reason, messages, usage })

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
  const open = (): AsyncIterator<AgentEvent> => {
    const schema = output && toJsonSchema(output, 'output')
    const seams = setUp(parts.plugins, { run, stop })
    const setup: LoopSetup = {
      request: { ...parts.request, ...(schema && { output: schema }), deltas },
      limits,
      ask: asker(parts.model, seams.model),
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
    const events = seams.run(state, ({ messages, steps = 0, usage = noUsage }) => {
      state = { messages: closeAbandonedCalls(messages), steps, usage }
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
      if (output && result.reason !== 'done') throw incomplete(result)
      return result
    },
    toError: (error) =>
      stop.aborted
        ? new RunAborted({ messages: state.messages, usage: state.usage }, { cause: stop.reason })
        : error,
  }
}

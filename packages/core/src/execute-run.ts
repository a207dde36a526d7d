import type { RunOptions } from './agent.ts'
import type { Execution } from './agent-run.ts'
import { answerCalls } from './answer-calls.ts'
import { RunAborted, RunIncomplete } from './errors.ts'
import { followSignals } from './follow-signals.ts'
import type { Limits } from './limits.ts'
import { type Ask, type LoopSetup, runLoop } from './loop.ts'
import type { LanguageModel, Meter, ModelEvent, ModelRequest } from './model.ts'
import type { ModelCall, Plugin } from './plugin.ts'
import type { RunContext, RunState } from './run.ts'
import { childIds } from './run-tool.ts'
import { type Schema, toJsonSchema, toValidator } from './schema.ts'
import { type Seams, setUp } from './seams.ts'
import type { Tools } from './tool.ts'
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

const answerer =
  (
    parts: AgentParts,
    run: RunContext,
    options: { seam: Seams['tool']; approvals: RunOptions['approvals'] },
  ): LoopSetup['answer'] =>
  (calls) =>
    answerCalls(calls, {
      tools: parts.tools,
      seam: options.seam,
      run,
      step: run.state.steps,
      timeoutMs: parts.limits.toolTimeoutMs,
      approvals: options.approvals ?? {},
      parallel: parts.limits.parallelCalls,
      callsPerTurn: parts.limits.callsPerTurn,
    })

/** Checks final answers; loaded only by runs that ask for output. */
const reviewer = (output: Schema): NonNullable<LoopSetup['review']> => {
  const validate = toValidator(output)
  return async (text) => (await import('./review-answer.ts')).reviewAnswer(validate, text)
}

export interface RunStart {
  readonly runId: string
  readonly state: RunState
  readonly deltas: boolean
}

/** Puts one run of an agent in motion: its state, its signal, its plugins, the loop. */
export const executeRun = (parts: AgentParts, start: RunStart, options: RunOptions): Execution<unknown> => {
  let { state } = start
  const { controller, release } = followSignals([options.signal, options.parent?.signal])
  const run: RunContext = {
    runId: start.runId,
    agent: parts.agent,
    signal: controller.signal,
    get state() {
      return state
    },
    childId: childIds(`${start.runId}/child`),
  }
  const { output } = options
  async function* events() {
    const schema = output && toJsonSchema(output, 'output')
    const seams = setUp(parts.plugins, run)
    const setup: LoopSetup = {
      request: { ...parts.request, ...(schema && { output: schema }), deltas: start.deltas },
      limits: parts.limits,
      ask: asker(parts.model, seams.model),
      answer: answerer(parts, run, { seam: seams.tool, approvals: options.approvals }),
      ...(output && { review: reviewer(output) }),
      stopWhen: seams.stopWhen,
      run,
      update: (change) => (state = { ...state, ...change }),
    }
    yield* seams.run(state, ({ messages, steps = 0, usage = noUsage }) => {
      state = { messages, steps, usage }
      return runLoop(setup)
    })
  }
  return {
    events: events(),
    aborted: controller.signal,
    conclude: (result) => {
      if (!output || result.reason === 'done') return result
      const { reason, messages, usage } = result
      throw new RunIncomplete(`The run ended as "${reason}" without the output asked for`, {
        reason,
        messages,
        usage,
      })
    },
    toError: (error) =>
      error === undefined || controller.signal.aborted
        ? new RunAborted(
            { messages: state.messages, usage: state.usage },
            { cause: controller.signal.reason },
          )
        : error,
    release: (concluded) => {
      release()
      if (!concluded) controller.abort(new DOMException('The run was left', 'AbortError'))
    },
  }
}

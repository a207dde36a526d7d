import { AshlarError } from './ashlar-error.ts'
import { createDoomLoop } from './doom-loop.ts'
import type { Limits } from './limits.ts'
import {
  type AssistantPart,
  type Message,
  textOf,
  type ToolCallPart,
  type ToolResultPart,
  userText,
} from './message.ts'
import type { FinishEvent, ModelEvent, ModelRequest } from './model.ts'
import type { AgentEvent, EndReason, RunContext, RunResult, RunState } from './run.ts'
import { appendResults, openCalls } from './transcript.ts'
import { addUsage, noUsage, type Usage } from './usage.ts'

/** A checked answer, or what is wrong with it in words for the model. */
export type Verdict = { readonly output: unknown } | { readonly problem: string }

/** One model call as the loop makes it; `counted` hears what each upstream call settles. */
export interface Ask {
  readonly request: ModelRequest
  readonly step: number
  readonly counted: (usage: Usage) => void
}

/** All the loop needs: who answers, and where the run's state is kept. */
export interface LoopSetup {
  /** Everything of a request but its messages. */
  readonly request: Omit<ModelRequest, 'messages'>
  readonly limits: Pick<Required<Limits>, 'steps' | 'tokens' | 'repeats'>
  readonly ask: (ask: Ask) => AsyncIterable<ModelEvent>
  /** Runs calls; returns the results there are, fewer than calls when some stay pending. */
  readonly answer: (calls: ToolCallPart[]) => AsyncGenerator<AgentEvent, ToolResultPart[]>
  /** Looks at a final answer; a problem is put to the model again, at most twice. */
  readonly review?: (text: string) => Promise<Verdict>
  readonly stopWhen: (run: RunContext) => Promise<boolean>
  readonly run: RunContext
  /** Replaces the run's state; `run.state` reads it. */
  readonly update: (change: Partial<RunState>) => void
}

const reasonOf = {
  stop: 'done',
  other: 'done',
  'tool-calls': 'done',
  length: 'length',
  'content-filter': 'content-filter',
} as const satisfies Record<FinishEvent['reason'], EndReason>

/** Times an answer that does not fit `output` is put to the model again. */
const reviews = 2

async function* takeTurn(setup: LoopSetup): AsyncGenerator<AgentEvent, FinishEvent> {
  const { run, update } = setup
  const step = run.state.steps + 1
  update({ steps: step })
  yield { type: 'step-start', step }
  const parts: AssistantPart[] = []
  let finish: FinishEvent | undefined
  let counted = noUsage
  const request = { ...setup.request, messages: run.state.messages, signal: run.signal }
  const count = (usage: Usage): void => void (counted = addUsage(counted, usage))
  try {
    for await (const event of setup.ask({ request, step, counted: count })) {
      if (event.type === 'part') parts.push(event.part)
      else if (event.type === 'finish') finish = event
      else yield event
    }
  } finally {
    update({ usage: addUsage(run.state.usage, finish ? finish.usage : counted) })
  }
  run.signal.throwIfAborted()
  if (!finish) throw new AshlarError('no-finish', 'The model ended without a finish event')
  const message: Message = { role: 'assistant', content: parts }
  update({ messages: [...run.state.messages, message] })
  yield { type: 'message', message }
  yield { type: 'step-end', step, reason: finish.reason, usage: finish.usage, response: finish.response }
  return finish
}

async function* answerOpenCalls(
  setup: LoopSetup,
  isLooping: ReturnType<typeof createDoomLoop>['seen'],
): AsyncGenerator<AgentEvent, EndReason | undefined> {
  const { run, update } = setup
  const calls = openCalls(run.state.messages)
  if (calls.length === 0) return undefined
  const results = yield* setup.answer(calls)
  if (results.length > 0) {
    update({ messages: appendResults(run.state.messages, results) })
    const message = run.state.messages.at(-1)
    if (message) yield { type: 'message', message }
  }
  if (results.length < calls.length) return 'paused'
  return isLooping(calls, results) ? 'doom-loop' : undefined
}

const overLimit = ({ limits, run: { state } }: LoopSetup): EndReason | undefined => {
  if (state.steps >= limits.steps) return 'steps'
  if (state.usage.inputTokens + state.usage.outputTokens >= limits.tokens) return 'tokens'
  return undefined
}

const resultOf = ({ run }: LoopSetup, reason: EndReason, output: unknown): RunResult<unknown> => {
  const last = run.state.messages.findLast(({ role }) => role === 'assistant')
  const pending = openCalls(run.state.messages)
  return { ...run.state, runId: run.runId, reason, text: textOf(last), output, pending }
}

/**
 * The agent loop. What comes next is read off the tail of the transcript: unanswered calls are run, an answer
 * without calls ends the run, anything else asks the model.
 */
export async function* runLoop(setup: LoopSetup): AsyncGenerator<AgentEvent> {
  const { run, update } = setup
  const doomLoop = createDoomLoop(setup.limits.repeats)
  let reviewsLeft = reviews
  yield { type: 'run-start', runId: run.runId }
  const end = (reason: EndReason, output?: unknown): AgentEvent => ({
    type: 'run-end',
    result: resultOf(setup, reason, output),
  })

  for (let first = true, finish: FinishEvent | undefined; ; first = false) {
    run.signal.throwIfAborted()
    const ended = yield* answerOpenCalls(setup, doomLoop.seen)
    if (ended) return yield end(ended)

    const tail = run.state.messages.at(-1)
    if (tail?.role === 'assistant') {
      const reason = reasonOf[finish?.reason ?? 'stop']
      const verdict = reason === 'done' ? await setup.review?.(textOf(tail)) : undefined
      if (!verdict || 'output' in verdict) return yield end(reason, verdict?.output)
      if (reviewsLeft-- === 0) return yield end('invalid-output')
      const message = userText(verdict.problem)
      update({ messages: [...run.state.messages, message] })
      yield { type: 'message', message }
    }
    const limit = overLimit(setup)
    if (limit) return yield end(limit)
    if (!first && (await setup.stopWhen(run))) return yield end('stopped')
    finish = yield* takeTurn(setup)
  }
}

import { AshlarError } from './ashlar-error.ts'
import type { Limits } from './limits.ts'
import { type AssistantPart, type Message, textOf, type ToolCallPart, userText } from './message.ts'
import type { Attempt, FinishEvent, FinishReason, ModelEvent, ModelRequest } from './model.ts'
import type { AgentEvent, EndReason, RunContext, RunResult, RunState } from './run.ts'
import { openCalls, withOwnIds } from './transcript.ts'
import { addUsage, largerUsage, noUsage, type Usage } from './usage.ts'

/** A checked answer, or what is wrong with it in words for the model. */
export type Verdict = { readonly output: unknown } | { readonly problem: string }

/** One model call as the loop makes it; `counted` hears what each upstream call settles. */
export interface Ask {
  readonly request: ModelRequest
  readonly step: number
  readonly counted: (usage: Usage) => void
}

/** What the end of a model call, or its error, says of its cost. */
export interface Used {
  readonly usage?: Usage
  readonly attempts?: readonly Attempt[]
}

/** The calls of a turn, being answered. */
export interface Answers {
  /** What happens, until all calls are done; `undefined` at the end. An abort throws, whatever the tools do. */
  readonly next: () => AgentEvent | undefined | Promise<AgentEvent | undefined>
  /** The transcript with what there is of results, in the order of the calls; undefined when there are none. */
  readonly addTo: (messages: readonly Message[]) => Message[] | undefined
  /** Whether the model goes round in circles; asked once, when all is answered. */
  readonly looping: () => boolean
  /** Starts no more calls and lets go of the run. */
  readonly close: () => void
}

/** All the loop needs: who answers, and where the run's state is kept. */
export interface LoopSetup {
  /** Everything of a request but its messages. */
  readonly request: Omit<ModelRequest, 'messages'>
  /** What comes before the first event, if anything. */
  readonly begin?: () => Promise<void>
  readonly limits: Pick<Required<Limits>, 'steps' | 'tokens'>
  readonly ask: (ask: Ask) => AsyncIterable<ModelEvent>
  /** What a call that failed has used, by its error. */
  readonly usedBy: (error: unknown) => Used
  /** Starts to run calls. */
  readonly answer: (calls: ToolCallPart[]) => Promise<Answers>
  /** Looks at a final answer; a problem is put to the model again, at most twice. */
  readonly review?: (text: string) => Promise<Verdict>
  readonly stopWhen: (run: RunContext) => Promise<boolean>
  readonly run: RunContext
  /** Whether anybody sees more of the run than its end. */
  readonly watched: boolean
  /** What model requests are sent with, if the run can be aborted or left. */
  readonly signal: AbortSignal | undefined
  /** Throws once the run was aborted. */
  readonly stop: { readonly throwIfAborted: () => void }
  /** Replaces the run's state; `run.state` reads it. */
  readonly update: (change: Partial<RunState>) => void
}

/** How an answer without calls ends the run. Nothing is sure of what a provider gives as its reason. */
const endOf = (reason: FinishReason | undefined): EndReason =>
  reason === 'length' || reason === 'content-filter' ? reason : 'done'

/** What an end says was used: `usage` is of the last try alone. */
const reported = ({ usage = noUsage, attempts }: Used): Usage => {
  if (!attempts) return usage
  const all = attempts.reduce((sum, attempt) => addUsage(sum, attempt.usage ?? noUsage), noUsage)
  return largerUsage(usage, all)
}

/** Times an answer that does not fit `output` is put to the model again. */
const reviews = 2

type StepEnd = Extract<AgentEvent, { readonly type: 'step-end' }>

/** One model call: what it has said so far, and what becomes of it. */
class Turn {
  readonly step: number
  readonly events: AsyncIterable<ModelEvent>
  readonly #setup: LoopSetup
  readonly #parts: AssistantPart[] = []
  #finish: FinishEvent | undefined
  #used: Used = {}
  #counted = noUsage
  #usage = noUsage
  constructor(setup: LoopSetup, shared: LoopSetup['request']) {
    const { run, update, signal } = setup
    this.#setup = setup
    this.step = run.state.steps + 1
    update({ steps: this.step })
    this.events = setup.ask({
      request: { ...shared, messages: run.state.messages, ...(signal && { signal }) },
      step: this.step,
      counted: (settled) =>
        (this.#counted = this.#counted === noUsage ? settled : addUsage(this.#counted, settled)),
    })
  }
  /** Keeps what is for the transcript; gives back what is for the screen. */
  keep(event: ModelEvent): AgentEvent | undefined {
    if (event.type === 'part') this.#parts.push(event.part)
    else if (event.type === 'finish') this.#used = this.#finish = event
    else return event
    return undefined
  }
  fail(error: unknown): unknown {
    this.#used = this.#setup.usedBy(error)
    return error
  }
  /**
   * Counts the usage, whether or not the call came to its end: what was reported or what the meter heard, as either
   * may be incomplete (a model without a meter, a replayed answer; a try that nothing tells of).
   */
  count(): void {
    const { run, update } = this.#setup
    this.#usage = largerUsage(this.#counted, reported(this.#used))
    update({ usage: addUsage(run.state.usage, this.#usage) })
  }
  /** Puts the message into the transcript. */
  end(): { readonly message: Message; readonly end: StepEnd } {
    const { run, update, stop } = this.#setup
    const finish = this.#finish
    stop.throwIfAborted()
    if (!finish) throw new AshlarError('no-finish', 'The model ended without a finish event')
    // A provider may leave it out, whatever its type says.
    const reason = finish.reason ?? 'other'
    const { response } = finish
    const message: Message = { role: 'assistant', content: withOwnIds(this.#parts) }
    if (reason === 'pause') message.unfinished = true
    update({ messages: [...run.state.messages, message] })
    return { message, end: { type: 'step-end', step: this.step, reason, usage: this.#usage, response } }
  }
}

/** A model that must call a tool would never come to an answer. */
const freed = (request: LoopSetup['request']): LoopSetup['request'] =>
  request.toolChoice && request.toolChoice !== 'none' ? { ...request, toolChoice: 'auto' } : request

const overLimit = ({ limits, run: { state } }: LoopSetup): EndReason | undefined => {
  if (state.steps >= limits.steps) return 'steps'
  if (state.usage.inputTokens + state.usage.outputTokens >= limits.tokens) return 'tokens'
  return undefined
}

const resultOf = ({ run }: LoopSetup, reason: EndReason, output: unknown): RunResult<unknown> => {
  const last = run.state.messages.findLast(({ role }) => role !== 'tool')
  const pending = openCalls(run.state.messages)
  return {
    ...run.state,
    runId: run.runId,
    reason,
    text: last?.role === 'user' ? '' : textOf(last),
    output,
    pending,
  }
}

/** What an answer without calls means: the end, or one more question. */
const judge = async (
  setup: LoopSetup,
  answer: Message,
  given: FinishReason | undefined,
): Promise<Judgement> => {
  const reason = endOf(given)
  const verdict = reason === 'done' ? await setup.review?.(textOf(answer)) : undefined
  if (!verdict || 'output' in verdict) return { end: resultOf(setup, reason, verdict?.output) }
  return { ask: userText(verdict.problem) }
}

type Judgement = { readonly end: RunResult<unknown> } | { readonly ask: Message }

/**
 * The agent loop. What comes next is read off the tail of the transcript: unanswered calls are run, an answer
 * without calls ends the run, anything else asks the model.
 */
export async function* runLoop(setup: LoopSetup): AsyncGenerator<AgentEvent, void> {
  const { run, update, watched } = setup
  let { request } = setup
  let reviewsLeft = reviews
  let reason: FinishReason | undefined
  if (setup.begin) await setup.begin()
  if (watched) yield { type: 'run-start', runId: run.runId }
  for (let first = true; ; first = false) {
    setup.stop.throwIfAborted()
    let ended: EndReason | undefined
    const calls = openCalls(run.state.messages)
    if (calls.length > 0) {
      const answers = await setup.answer(calls)
      let answered: Message[] | undefined
      try {
        for (let event = await answers.next(); event; event = await answers.next()) if (watched) yield event
      } finally {
        answers.close()
        // Also when left halfway: what was done is not done again on resume.
        answered = answers.addTo(run.state.messages)
        if (answered) update({ messages: answered })
      }
      const message = answered?.at(-1)
      if (message && watched) yield { type: 'message', message }
      if (openCalls(run.state.messages).length > 0) ended = 'paused'
      else if (answers.looping()) ended = 'doom-loop'
    }
    const tail = run.state.messages.at(-1)
    if (!ended && tail?.role === 'assistant' && !tail.unfinished) {
      const judgement = await judge(setup, tail, reason)
      if ('end' in judgement) return yield { type: 'run-end', result: judgement.end }
      if (reviewsLeft-- === 0) ended = 'invalid-output'
      else {
        update({ messages: [...run.state.messages, judgement.ask] })
        if (watched) yield { type: 'message', message: judgement.ask }
      }
    }
    ended ??= overLimit(setup) ?? (!first && (await setup.stopWhen(run)) ? 'stopped' : undefined)
    if (ended) return yield { type: 'run-end', result: resultOf(setup, ended, undefined) }

    if (tail?.role === 'tool') request = freed(request)
    const turn = new Turn(setup, request)
    if (watched) yield { type: 'step-start', step: turn.step }
    try {
      for await (const event of turn.events) {
        const shown = turn.keep(event)
        setup.stop.throwIfAborted()
        if (shown && watched) yield shown
      }
    } catch (error) {
      throw turn.fail(error)
    } finally {
      turn.count()
    }
    const { message, end } = turn.end()
    reason = end.reason
    if (watched) yield { type: 'message', message }
    if (watched) yield end
  }
}

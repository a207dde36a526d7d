import { type FinishReason, isObject, type ModelResponse, type Usage } from '@ashlar/core'
import type { Assembler } from '@ashlar/wire'

/** Reads one answer into an assembler. */
export interface ChatReader {
  /** The next object of a stream, or a whole answer; true when it was the last, and the turn is finished. */
  read(value: Record<string, unknown>): boolean
}

const isCount = (value: unknown): value is number => typeof value === 'number' && value >= 0

/** Both counts or none: half a count is not exact. */
const toUsage = (value: Record<string, unknown>): Usage | undefined => {
  const { prompt_eval_count: input, eval_count: output } = value
  return isCount(input) && isCount(output) ? { inputTokens: input, outputTokens: output } : undefined
}

/** Ollama sends arguments parsed; servers that imitate it may not. */
const toInput = (given: unknown): unknown => {
  if (typeof given !== 'string') return given ?? {}
  try {
    return given === '' ? {} : JSON.parse(given)
  } catch {
    return given
  }
}

const toReason = (given: unknown, hasCalls: boolean): FinishReason => {
  if (given === 'length') return 'length'
  if (given !== undefined && given !== '' && given !== 'stop') return 'other'
  return hasCalls ? 'tool-calls' : 'stop'
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

class Reader implements ChatReader {
  readonly #turn: Assembler
  readonly #response: ModelResponse
  #calls = 0

  constructor(turn: Assembler, response: ModelResponse) {
    this.#turn = turn
    this.#response = response
  }

  read(value: Record<string, unknown>): boolean {
    const { message, model, done } = value
    if (isObject(message)) {
      this.#turn.reasoning(textOf(message['thinking']))
      this.#turn.text(textOf(message['content']))
      if (Array.isArray(message['tool_calls'])) for (const call of message['tool_calls']) this.#call(call)
    }
    if (done !== true) return false
    this.#turn.usage = toUsage(value)
    this.#turn.finish({
      reason: toReason(value['done_reason'], this.#calls > 0),
      response: { ...this.#response, ...(typeof model === 'string' && model !== '' && { modelId: model }) },
    })
    return true
  }

  #call(call: unknown): void {
    if (!isObject(call) || !isObject(call['function'])) return
    const { name, arguments: given } = call['function']
    if (typeof name !== 'string') return
    // Servers before 0.12 give no ids; counting makes the same answer the same transcript.
    const callId = textOf(call['id']) || `call_${this.#calls}`
    this.#calls += 1
    this.#turn.characters += JSON.stringify(given)?.length ?? 0
    this.#turn.part({ type: 'tool-call', callId, name, input: toInput(given) })
  }
}

/** A reader of one answer of `/api/chat`; `response` says who is asked. */
export const createChatReader = (turn: Assembler, response: ModelResponse): ChatReader =>
  new Reader(turn, response)

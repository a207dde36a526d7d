import type { FinishReason, JsonObject, ToolCallPart } from '@ashlar/core'
import type { ChatCompletion, ChatCompletionChunk } from 'openai/resources/chat/completions'
import {
  type AnswerContext,
  AnswerFailure,
  type AnswerReader,
  parseArguments,
  toResponse,
} from './answer-reader.ts'
import { addReasoningDetails } from './reasoning-details.ts'
import { fromChatUsage } from './usage.ts'

type WireCall = Partial<ChatCompletionChunk.Choice.Delta.ToolCall> & { extra_content?: JsonObject }

/** What a delta may bring: OpenAI's fields, and the thinking of compatible servers. All may be missing. */
interface Delta {
  content?: string | null
  refusal?: string | null
  tool_calls?: WireCall[] | null
  /** DeepSeek, vLLM, LM Studio, llama.cpp. */
  reasoning_content?: string | null
  /** OpenRouter, Groq, newer vLLM. */
  reasoning?: string | null
  reasoning_details?: JsonObject[] | null
}

/** A chunk of a stream or a whole completion: what a message has whole, deltas bring in pieces. */
type Answer = Partial<Omit<ChatCompletionChunk, 'choices'>> & {
  choices?: {
    delta?: Delta
    message?: Delta
    finish_reason?: ChatCompletion.Choice['finish_reason'] | null
  }[]
  error?: unknown
}

const reasons: Readonly<Record<ChatCompletion.Choice['finish_reason'], FinishReason>> = {
  stop: 'stop',
  length: 'length',
  tool_calls: 'tool-calls',
  function_call: 'tool-calls',
  content_filter: 'content-filter',
}

interface OpenCall {
  id: string
  name: string
  text: string
  extra: JsonObject | undefined
}

/** Collects tool calls from their fragments. */
class Calls {
  readonly list: OpenCall[] = []
  readonly #byIndex = new Map<number, OpenCall>()

  /** Gives the characters of arguments that came. */
  add(fragments: readonly WireCall[]): number {
    let characters = 0
    for (const fragment of fragments) {
      const call = this.#callFor(fragment)
      if (fragment.id) call.id = fragment.id
      call.name ||= fragment.function?.name ?? ''
      call.extra = fragment.extra_content ?? call.extra
      const more: unknown = fragment.function?.arguments
      if (more === undefined || more === null) continue
      const text = typeof more === 'string' ? more : JSON.stringify(more)
      call.text += text
      characters += text.length
    }
    return characters
  }

  #callFor({ index, id }: WireCall): OpenCall {
    const last = id ? this.list.find((call) => call.id === id) : this.list.at(-1)
    const begun = index === undefined ? last : this.#byIndex.get(index)
    // Some servers give every parallel call the index 0; a second id is a second call.
    if (begun && (!id || !begun.id || begun.id === id)) return begun
    const call: OpenCall = { id: '', name: '', text: '', extra: undefined }
    if (index !== undefined) this.#byIndex.set(index, call)
    this.list.push(call)
    return call
  }
}

class ChatReader implements AnswerReader {
  readonly #context: AnswerContext
  readonly #calls = new Calls()
  #id: string | undefined
  #model: string | undefined
  #reason: FinishReason | undefined
  #refused = false
  #thinkingIn: 'reasoning_content' | 'reasoning' | undefined
  #details: JsonObject[] = []

  constructor(context: AnswerContext) {
    this.#context = context
  }

  read(value: Answer): boolean {
    const { turn } = this.#context
    if (value.error) throw new AnswerFailure(value)
    this.#id ||= value.id
    this.#model ||= value.model
    if (value.usage) turn.usage = fromChatUsage(value.usage)
    const choice = value.choices?.[0]
    if (!choice) return false
    const delta = choice.delta ?? choice.message
    if (delta) this.#grow(delta)
    if (choice.message) this.#reason = 'other'
    if (choice.finish_reason) this.#reason = reasons[choice.finish_reason] ?? 'other'
    return false
  }

  end(complete: boolean): boolean {
    if (this.#reason === undefined && !complete) return false
    const { turn } = this.#context
    const { list } = this.#calls
    this.#endThinking()
    for (const [index, call] of list.entries()) turn.part(this.#toPart(call, index))
    const response = toResponse(this.#context, { id: this.#id, model: this.#model })
    turn.finish({ reason: this.#finishReason(list.length > 0), response })
    return true
  }

  #grow(delta: Delta): void {
    const { turn } = this.#context
    this.#think(delta)
    const text = delta.content || delta.refusal
    if (text) {
      this.#endThinking()
      this.#refused ||= !delta.content
      turn.text(text)
    }
    if (delta.tool_calls) turn.characters += this.#calls.add(delta.tool_calls)
  }

  #think(delta: Delta): void {
    const field = delta.reasoning_content ? 'reasoning_content' : 'reasoning'
    const text = delta[field]
    if (typeof text === 'string' && text !== '') {
      this.#thinkingIn = field
      this.#context.turn.reasoning(text)
    }
    if (delta.reasoning_details) addReasoningDetails(this.#details, delta.reasoning_details)
  }

  /** Ends the reasoning part, with what must travel back beside it. */
  #endThinking(): void {
    const field = this.#thinkingIn
    const details = this.#details
    if (field === undefined && details.length === 0) return
    const { turn, provider } = this.#context
    const providerData = { [provider]: { ...(field && { field }), ...(details.length > 0 && { details }) } }
    if (field) turn.close(providerData)
    else turn.part({ type: 'reasoning', text: '', providerData })
    this.#thinkingIn = undefined
    this.#details = []
  }

  #toPart(call: OpenCall, index: number): ToolCallPart {
    return {
      type: 'tool-call',
      callId: call.id || `${this.#id ?? 'call'}_${index}`,
      name: call.name,
      // Cut off by the limit, no arguments are not the same as empty ones.
      input: call.text === '' && this.#reason !== 'length' ? {} : parseArguments(call.text),
      ...(call.extra && { providerData: { [this.#context.provider]: { extra_content: call.extra } } }),
    }
  }

  /** Servers are not agreed on what ends an answer with calls. */
  #finishReason(hasCalls: boolean): FinishReason {
    const reason = this.#reason
    if (hasCalls && (reason === 'stop' || reason === undefined)) return 'tool-calls'
    if (reason === 'stop' || (reason === 'tool-calls' && !hasCalls))
      return this.#refused ? 'content-filter' : 'stop'
    return reason ?? 'other'
  }
}

/** Reads chat completions, whole or in chunks. */
export const createChatReader = (context: AnswerContext): AnswerReader => new ChatReader(context)

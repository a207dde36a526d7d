import type { FinishReason, JsonObject, ToolCallPart } from '@ashlar/core'
import type { ChatCompletion, ChatCompletionChunk } from 'openai/resources/chat/completions'
import {
  type AnswerContext,
  type AnswerReader,
  failureOf,
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
const createCalls = (): {
  add(fragments: readonly WireCall[]): number
  readonly list: readonly OpenCall[]
} => {
  const list: OpenCall[] = []
  const byIndex = new Map<number, OpenCall>()
  const callFor = ({ index, id }: WireCall): OpenCall => {
    const last = id ? list.find((call) => call.id === id) : list.at(-1)
    const begun = index === undefined ? last : byIndex.get(index)
    // Some servers give every parallel call the index 0; a second id is a second call.
    if (begun && (!id || !begun.id || begun.id === id)) return begun
    const call: OpenCall = { id: '', name: '', text: '', extra: undefined }
    if (index !== undefined) byIndex.set(index, call)
    list.push(call)
    return call
  }
  const add = (fragments: readonly WireCall[]): number => {
    let characters = 0
    for (const fragment of fragments) {
      const call = callFor(fragment)
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
  return { add, list }
}

/** Reads chat completions, whole or in chunks. */
export const createChatReader = (context: AnswerContext): AnswerReader => {
  const { turn, provider } = context
  const calls = createCalls()
  const answer: { id?: string | undefined; model?: string | undefined } = {}
  let reason: FinishReason | undefined
  let refused = false
  let thinkingIn: 'reasoning_content' | 'reasoning' | undefined
  let details: JsonObject[] = []

  /** Ends the reasoning part, with what must travel back beside it. */
  const endThinking = (): void => {
    if (thinkingIn === undefined && details.length === 0) return
    const data: JsonObject = {
      ...(thinkingIn && { field: thinkingIn }),
      ...(details.length > 0 && { details }),
    }
    if (thinkingIn) turn.close({ [provider]: data })
    else turn.part({ type: 'reasoning', text: '', providerData: { [provider]: data } })
    thinkingIn = undefined
    details = []
  }
  const think = (delta: Delta): void => {
    const field = delta.reasoning_content ? 'reasoning_content' : 'reasoning'
    const text = delta[field]
    if (typeof text === 'string' && text !== '') {
      thinkingIn = field
      turn.reasoning(text)
    }
    if (delta.reasoning_details) addReasoningDetails(details, delta.reasoning_details)
  }
  const grow = (delta: Delta): void => {
    think(delta)
    const text = delta.content || delta.refusal
    if (text) {
      endThinking()
      refused ||= !delta.content
      turn.text(text)
    }
    if (delta.tool_calls) turn.characters += calls.add(delta.tool_calls)
  }
  const read = (value: Answer): boolean => {
    if (value.error) throw failureOf(value, context)
    answer.id ||= value.id
    answer.model ||= value.model
    if (value.usage) turn.usage = fromChatUsage(value.usage)
    const choice = value.choices?.[0]
    if (!choice) return false
    const delta = choice.delta ?? choice.message
    if (delta) grow(delta)
    if (choice.message) reason = 'other'
    if (choice.finish_reason) reason = reasons[choice.finish_reason] ?? 'other'
    return false
  }
  const toCall = (call: OpenCall, index: number): ToolCallPart => ({
    type: 'tool-call',
    callId: call.id || `${answer.id ?? 'call'}_${index}`,
    name: call.name,
    // Cut off by the limit, no arguments are not the same as empty ones.
    input: call.text === '' && reason !== 'length' ? {} : parseArguments(call.text),
    ...(call.extra && { providerData: { [provider]: { extra_content: call.extra } } }),
  })
  return {
    read,
    end: (complete) => {
      if (reason === undefined && !complete) return false
      endThinking()
      for (const [index, call] of calls.list.entries()) turn.part(toCall(call, index))
      const called = calls.list.length > 0 && (reason === 'stop' || reason === undefined)
      const said = reason === 'tool-calls' && calls.list.length === 0 ? 'stop' : (reason ?? 'other')
      turn.finish({
        reason: called ? 'tool-calls' : refused && said === 'stop' ? 'content-filter' : said,
        response: toResponse(context, answer),
      })
      return true
    },
  }
}

import type { FinishReason, JsonObject } from '@ashlar/core'
import type { ChatCompletion, ChatCompletionChunk } from 'openai/resources/chat/completions'
import {
  type AnswerContext,
  AnswerFailure,
  type AnswerReader,
  parseArguments,
  type ReadAnswer,
  readAnswer,
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
  readonly index: number | undefined
  id: string
  name: string
  text: string
  extra: JsonObject | undefined
}

/** Collects tool calls from their fragments. */
const createCallReader = ({ turn, provider }: AnswerContext) => {
  const calls: OpenCall[] = []

  const callFor = ({ index, id }: WireCall): OpenCall => {
    const begun = calls.findLast((call) =>
      index === undefined ? !id || call.id === id : call.index === index,
    )
    // Some servers give every parallel call the index 0; a second id is a second call.
    if (begun && (!id || !begun.id || begun.id === id)) return begun
    const call: OpenCall = { index, id: '', name: '', text: '', extra: undefined }
    calls.push(call)
    return call
  }

  return {
    add: (fragment: WireCall): void => {
      const call = callFor(fragment)
      const more: unknown = fragment.function?.arguments ?? ''
      const text = typeof more === 'string' ? more : JSON.stringify(more)
      call.id = fragment.id || call.id
      call.name ||= fragment.function?.name ?? ''
      call.extra = fragment.extra_content ?? call.extra
      call.text += text
      turn.characters += text.length
    },
    /** Adds the calls to the turn, and tells whether there are any. */
    end: (answerId: string | undefined, isCut: boolean): boolean => {
      for (const [position, { id, name, text, extra }] of calls.entries())
        turn.part({
          type: 'tool-call',
          callId: id || `${answerId ?? 'call'}_${position}`,
          name,
          // Cut off by the limit, no arguments are not the same as empty ones.
          input: text || isCut ? parseArguments(text) : {},
          ...(extra && { providerData: { [provider]: { extra_content: extra } } }),
        })
      return calls.length > 0
    },
  }
}

/** Collects thinking, and what must travel back beside it. */
const createThoughtReader = ({ turn, provider }: AnswerContext) => {
  let field: 'reasoning_content' | 'reasoning' | undefined
  let details: JsonObject[] = []
  return {
    add: (delta: Delta): void => {
      const key = delta.reasoning_content ? 'reasoning_content' : 'reasoning'
      const text = delta[key]
      if (text && typeof text === 'string') {
        field = key
        turn.reasoning(text)
      }
      if (delta.reasoning_details) addReasoningDetails(details, delta.reasoning_details)
    },
    /** Ends the reasoning part, if there is one. */
    end: (): void => {
      if (!field && details.length === 0) return
      const providerData = { [provider]: { ...(field && { field }), ...(details.length > 0 && { details }) } }
      if (field) turn.close(providerData)
      else turn.part({ type: 'reasoning', text: '', providerData })
      field = undefined
      details = []
    },
  }
}

/** Reads chat completions, whole or in chunks. */
export const createChatReader = (context: AnswerContext): AnswerReader => {
  const { turn } = context
  const calls = createCallReader(context)
  const thoughts = createThoughtReader(context)
  let id: string | undefined
  let model: string | undefined
  let tier: unknown
  let reason: FinishReason | undefined
  let refused = false

  const grow = (delta: Delta): void => {
    thoughts.add(delta)
    const text = delta.content || delta.refusal
    if (text) {
      thoughts.end()
      refused ||= !delta.content
      turn.text(text)
    }
    delta.tool_calls?.forEach(calls.add)
  }

  return {
    read: (value: Answer) => {
      if (value.error) throw new AnswerFailure(value)
      id ||= value.id
      model ||= value.model
      turn.usage = fromChatUsage(value.usage, (tier ||= value.service_tier)) ?? turn.usage
      const choice = value.choices?.[0]
      const delta = choice?.delta ?? choice?.message
      if (delta) grow(delta)
      if (choice?.message) reason = 'other'
      if (choice?.finish_reason) reason = reasons[choice.finish_reason] ?? 'other'
      return false
    },
    end: (complete) => {
      if (!reason && !complete) return false
      thoughts.end()
      const called = calls.end(id, reason === 'length')
      // Servers are not agreed on what ends an answer with calls.
      if (called && (!reason || reason === 'stop')) reason = 'tool-calls'
      else if (reason === 'stop' || (reason === 'tool-calls' && !called))
        reason = refused ? 'content-filter' : 'stop'
      turn.finish({ reason: reason ?? 'other', response: toResponse(context, { id, model }) })
      return true
    },
  }
}

/** Reads answers of this API as they come. */
export const readChatAnswer: ReadAnswer = (options) => readAnswer(options, createChatReader)

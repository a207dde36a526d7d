import type { FinishReason, JsonObject } from '@ashlar/core'
import type { Response, ResponseOutputItem, ResponseStreamEvent } from 'openai/resources/responses/responses'
import {
  type AnswerContext,
  type AnswerReader,
  failureOf,
  parseArguments,
  toResponse,
} from '../answer-reader.ts'
import { fromResponseUsage } from '../usage.ts'

type Item<Type extends ResponseOutputItem['type']> = Extract<ResponseOutputItem, { type: Type }>

/** A whole response has no `type`; compatible servers leave out what they like. */
type Answer = ResponseStreamEvent | (Partial<Response> & { type?: undefined })

const cutBy: Readonly<Record<string, FinishReason>> = {
  max_output_tokens: 'length',
  content_filter: 'content-filter',
}

const textOfMessage = (item: Item<'message'>): string =>
  item.content.map((part) => (part.type === 'refusal' ? part.refusal : part.text)).join('')

/** What the thinking says: its summary, or all of it where a server shows that. */
const textOfReasoning = (item: Item<'reasoning'>): string =>
  [...item.summary, ...(item.content ?? [])].map(({ text }) => text).join('\n\n')

/** Reads responses, whole or as events. */
export const createResponseReader = (context: AnswerContext): AnswerReader => {
  const { turn, provider } = context
  const answer: { id?: string | undefined; model?: string | undefined } = {}
  let finished: Partial<Response> | undefined
  let called = false
  let refused = false
  /** Characters of the item being read that came as deltas. */
  let streamed = 0

  const grow = (kind: 'text' | 'reasoning', delta: string): void => {
    streamed += delta.length
    turn[kind](delta)
  }
  const message = (item: Item<'message'>): void => {
    refused ||= item.content.some((part) => part.type === 'refusal')
    if (streamed === 0) turn.text(textOfMessage(item))
    turn.close(item.phase ? { [provider]: { phase: item.phase } } : undefined)
  }
  const reasoning = ({ status: _, ...item }: Item<'reasoning'>): void => {
    const data: JsonObject = JSON.parse(JSON.stringify(item))
    if (streamed === 0) turn.reasoning(textOfReasoning(item))
    if (streamed === 0 && textOfReasoning(item) === '')
      turn.part({ type: 'reasoning', text: '', providerData: { [provider]: { item: data } } })
    else turn.close({ [provider]: { item: data } })
  }
  const call = (item: Item<'function_call'>): void => {
    called = true
    if (streamed === 0) turn.characters += item.arguments.length
    turn.part({
      type: 'tool-call',
      callId: item.call_id,
      name: item.name,
      // Cut off by the limit, no arguments are not the same as empty ones.
      input: item.arguments === '' && item.status !== 'incomplete' ? {} : parseArguments(item.arguments),
    })
  }
  const readItem = (item: ResponseOutputItem): void => {
    if (item.type === 'message') message(item)
    else if (item.type === 'reasoning') reasoning(item)
    else if (item.type === 'function_call') call(item)
    streamed = 0
  }
  const begin = (response: Partial<Response>): void => {
    answer.id ||= response.id
    answer.model ||= response.model
    turn.usage = fromResponseUsage(response.usage) ?? turn.usage
  }
  const finish = (response: Partial<Response>): void => {
    begin(response)
    if (response.error || response.status === 'failed' || response.status === 'cancelled')
      throw failureOf(response.error ?? { message: `the response was ${response.status}` }, context)
    finished = response
  }
  const readEvent = (event: ResponseStreamEvent): void => {
    if (event.type === 'response.output_text.delta') grow('text', event.delta)
    else if (event.type === 'response.refusal.delta') grow('text', event.delta)
    else if (event.type === 'response.reasoning_summary_text.delta') grow('reasoning', event.delta)
    else if (event.type === 'response.reasoning_text.delta') grow('reasoning', event.delta)
    else if (event.type === 'response.reasoning_summary_part.added') {
      if (event.summary_index > 0) grow('reasoning', '\n\n')
    } else if (event.type === 'response.function_call_arguments.delta') {
      streamed += event.delta.length
      turn.characters += event.delta.length
    } else if (event.type === 'response.output_item.done') readItem(event.item)
    else if (event.type === 'response.created') begin(event.response)
    else if (event.type === 'response.completed' || event.type === 'response.incomplete')
      finish(event.response)
    else if (event.type === 'response.failed') finish({ ...event.response, status: 'failed' })
    else if (event.type === 'error') throw failureOf({ error: event }, context)
  }
  return {
    read: (value: Answer) => {
      if (value.type !== undefined) readEvent(value)
      else {
        if (value.output || value.error) finish(value)
        for (const item of value.output ?? []) readItem(item)
      }
      return finished !== undefined
    },
    end: () => {
      if (!finished) return false
      const cut = finished.incomplete_details?.reason
      const stop = refused ? 'content-filter' : called ? 'tool-calls' : 'stop'
      turn.finish({
        reason: finished.status === 'incomplete' ? ((cut && cutBy[cut]) ?? 'other') : stop,
        response: toResponse(context, answer),
      })
      return true
    },
  }
}

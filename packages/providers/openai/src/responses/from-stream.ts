import type { FinishReason, JsonObject } from '@ashlar/core'
import type { Response, ResponseOutputItem, ResponseStreamEvent } from 'openai/resources/responses/responses'
import {
  type AnswerContext,
  AnswerFailure,
  type AnswerReader,
  parseArguments,
  type ReadAnswer,
  readAnswer,
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

class ResponseReader implements AnswerReader {
  readonly #context: AnswerContext
  #id: string | undefined
  #model: string | undefined
  #finished: Partial<Response> | undefined
  #called = false
  #refused = false
  /** At the server; only the searches themselves have a price. */
  #searches = 0
  /** Characters of the item being read that came as deltas. */
  #streamed = 0

  constructor(context: AnswerContext) {
    this.#context = context
  }

  read(value: Answer): boolean {
    if (value.type !== undefined) this.#readEvent(value)
    else {
      if (value.output || value.error) this.#finish(value)
      for (const item of value.output ?? []) this.#readItem(item)
    }
    return this.#finished !== undefined
  }

  end(): boolean {
    if (!this.#finished) return false
    const { status, incomplete_details: details } = this.#finished
    const cut = details?.reason
    const stop = this.#refused ? 'content-filter' : this.#called ? 'tool-calls' : 'stop'
    const { turn } = this.#context
    if (turn.usage && this.#searches > 0) turn.usage.webSearches = this.#searches
    turn.finish({
      reason: status === 'incomplete' ? ((cut && cutBy[cut]) ?? 'other') : stop,
      response: toResponse(this.#context, { id: this.#id, model: this.#model }),
    })
    return true
  }

  #readEvent(event: ResponseStreamEvent): void {
    if (event.type === 'response.output_text.delta') this.#grow('text', event.delta)
    else if (event.type === 'response.refusal.delta') this.#grow('text', event.delta)
    else if (event.type === 'response.reasoning_summary_text.delta') this.#grow('reasoning', event.delta)
    else if (event.type === 'response.reasoning_text.delta') this.#grow('reasoning', event.delta)
    else if (event.type === 'response.reasoning_summary_part.added') {
      if (event.summary_index > 0) this.#grow('reasoning', '\n\n')
    } else if (event.type === 'response.function_call_arguments.delta') {
      this.#streamed += event.delta.length
      this.#context.turn.characters += event.delta.length
    } else if (event.type === 'response.output_item.done') this.#readItem(event.item)
    else if (event.type === 'response.created') this.#begin(event.response)
    else if (event.type === 'response.completed' || event.type === 'response.incomplete')
      this.#finish(event.response)
    else if (event.type === 'response.failed') this.#finish({ ...event.response, status: 'failed' })
    else if (event.type === 'error') throw new AnswerFailure({ error: event })
  }

  #grow(kind: 'text' | 'reasoning', delta: string): void {
    this.#streamed += delta.length
    this.#context.turn[kind](delta)
  }

  #begin(response: Partial<Response>): void {
    const { turn } = this.#context
    this.#id ||= response.id
    this.#model ||= response.model
    turn.usage = fromResponseUsage(response.usage, response.service_tier) ?? turn.usage
  }

  #finish(response: Partial<Response>): void {
    this.#begin(response)
    const { error, status } = response
    if (error || status === 'failed' || status === 'cancelled')
      throw new AnswerFailure(error ?? { message: `the response was ${status}` })
    this.#finished = response
  }

  #readItem(item: ResponseOutputItem): void {
    if (item.type === 'message') this.#readMessage(item)
    else if (item.type === 'reasoning') this.#readReasoning(item)
    else if (item.type === 'function_call') this.#readCall(item)
    else if (item.type === 'web_search_call' && (item.action?.type ?? 'search') === 'search') this.#searches++
    this.#streamed = 0
  }

  #readMessage(item: Item<'message'>): void {
    const { turn, provider } = this.#context
    this.#refused ||= item.content.some((part) => part.type === 'refusal')
    if (this.#streamed === 0) turn.text(textOfMessage(item))
    turn.close(item.phase ? { [provider]: { phase: item.phase } } : undefined)
  }

  #readReasoning({ status: _, ...item }: Item<'reasoning'>): void {
    const { turn, provider } = this.#context
    const data: JsonObject = JSON.parse(JSON.stringify(item))
    const providerData = { [provider]: { item: data } }
    const text = this.#streamed === 0 ? textOfReasoning(item) : ''
    turn.reasoning(text)
    if (this.#streamed === 0 && text === '') turn.part({ type: 'reasoning', text, providerData })
    else turn.close(providerData)
  }

  #readCall(item: Item<'function_call'>): void {
    const { turn } = this.#context
    this.#called = true
    if (this.#streamed === 0) turn.characters += item.arguments.length
    turn.part({
      type: 'tool-call',
      callId: item.call_id,
      name: item.name,
      // Cut off by the limit, no arguments are not the same as empty ones.
      input: item.arguments === '' && item.status !== 'incomplete' ? {} : parseArguments(item.arguments),
    })
  }
}

/** Reads responses, whole or as events. */
export const createResponseReader = (context: AnswerContext): AnswerReader => new ResponseReader(context)

/** Reads answers of this API as they come. */
export const readResponseAnswer: ReadAnswer = (options) => readAnswer(options, createResponseReader)

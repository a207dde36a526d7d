import { isObject, type ModelEvent, type ModelResponse } from '@ashlar/core'
import { type ApiCaller, type Assembler, type HttpResponse, parseJson } from '@ashlar/wire'
import { toModelError } from '@ashlar/wire/model-error'
import { rateLimitOf } from '@ashlar/wire/rate-limit'
import type { Message, RawMessageStreamEvent } from '@anthropic-ai/sdk/resources/messages'
import { createMessageReader } from './from-stream.ts'

// What the server sends is trusted to be one of the API's events; the reader passes over what it does not know.
const isStreamEvent = (value: unknown): value is RawMessageStreamEvent =>
  isObject(value) && typeof value['type'] === 'string'
const isMessage = (value: unknown): value is Message => isObject(value) && Array.isArray(value['content'])
const isError = (value: unknown): boolean =>
  isObject(value) && (value['type'] === 'error' || Boolean(value['error']))

const responseOf = ({ headers }: HttpResponse, { provider, modelId }: ApiCaller): ModelResponse => {
  const requestId = headers['request-id'] ?? headers['x-request-id'] ?? headers['x-amzn-requestid']
  const rateLimit = rateLimitOf(headers)
  return { provider, modelId, ...(requestId !== undefined && { requestId }), ...(rateLimit && { rateLimit }) }
}

/**
 * Reads the answer of `/v1/messages` into the assembler: a stream of events, or one message where that was
 * asked for or the server does not stream.
 * @throws ModelError for an error inside a 200; ConnectionError when the connection breaks or what comes is malformed
 */
export async function* readAnswer(
  answer: HttpResponse,
  turn: Assembler,
  caller: ApiCaller,
): AsyncGenerator<readonly ModelEvent[], void, undefined> {
  const reader = createMessageReader(turn, responseOf(answer, caller))
  const check = (value: unknown): void => {
    if (isError(value)) throw toModelError({ ...caller, headers: answer.headers, body: value })
  }
  if (!answer.headers['content-type']?.includes('text/event-stream')) {
    const value = await answer.json()
    check(value)
    if (isMessage(value)) reader.message(value)
    else throw toModelError({ ...caller, status: answer.status, body: 'something else than a message' })
    yield turn.take()
    return
  }
  const batches = answer.events()[Symbol.asyncIterator]()
  let finished = false
  try {
    for (;;) {
      const { value: batch, done } = await batches.next()
      if (done) return
      for (const { data } of batch) {
        const event = parseJson(data)
        check(event)
        if (!isStreamEvent(event)) continue
        reader.event(event)
        finished ||= event.type === 'message_stop'
      }
      yield turn.take()
    }
  } finally {
    // After its last event a stream ends at once: the connection can be used again.
    if (finished) answer.drain()
    else answer.destroy()
  }
}

import { isObject, type ModelEvent } from '@ashlar/core'
import { type ApiCaller, type Assembler, ConnectionError, type HttpResponse, parseJson } from '@ashlar/wire'
import { toModelError } from '@ashlar/wire/model-error'
import { rateLimitOf } from '@ashlar/wire/rate-limit'
import { createChatReader } from './from-stream.ts'
import { createLineDecoder } from './line-decoder.ts'

const broken = (message: string, cause?: unknown): ConnectionError =>
  new ConnectionError(message, { code: 'network', phase: 'body', sent: true }, { cause })

/** What a server sent as an object. @throws ModelError for the error it carries, ConnectionError when it is none */
export const toObject = (
  value: unknown,
  { headers }: HttpResponse,
  caller: ApiCaller,
): Record<string, unknown> => {
  if (!isObject(value))
    throw broken(`the server sent ${JSON.stringify(value)?.slice(0, 200)} where an object belongs`)
  if (value['error']) throw toModelError({ ...caller, headers, body: value })
  return value
}

const decode = (push: () => readonly string[]): readonly string[] => {
  try {
    return push()
  } catch (cause) {
    throw broken(String(cause), cause)
  }
}

/**
 * Reads the answer of `/api/chat` into the assembler: lines of JSON, or one object where that was asked for.
 * @throws ModelError for an error inside a 200; ConnectionError when the connection breaks or what comes is malformed
 */
export async function* readAnswer(
  answer: HttpResponse,
  turn: Assembler,
  caller: ApiCaller & { readonly stream: boolean },
): AsyncGenerator<readonly ModelEvent[], void, undefined> {
  const { stream, provider, modelId } = caller
  const rateLimit = rateLimitOf(answer.headers)
  const reader = createChatReader(turn, { provider, modelId, ...(rateLimit && { rateLimit }) })
  if (!stream) {
    if (!reader.read(toObject(await answer.json(), answer, caller)))
      throw broken('the answer was not finished')
    yield turn.take()
    return
  }
  const decoder = createLineDecoder()
  const readLines = (lines: readonly string[]): boolean => {
    for (const line of lines) if (reader.read(toObject(parseJson(line), answer, caller))) return true
    return false
  }
  for await (const bytes of answer.chunks()) {
    const finished = readLines(decode(() => decoder.push(bytes)))
    // Nothing but the end of the body follows: the connection can be used again.
    if (finished) answer.drain()
    const taken = turn.take()
    if (taken.length > 0) yield taken
    if (finished) return
  }
  readLines(decoder.end())
  yield turn.take()
}

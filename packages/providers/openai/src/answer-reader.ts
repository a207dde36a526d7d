import { isObject, type ModelEvent, type ModelResponse, type RateLimit } from '@ashlar/core'
import { type Assembler, ConnectionError, type HttpResponse, parseJson, readFailure } from '@ashlar/wire'
import type { RateLimitReader } from './rate-limit-reader.ts'

/** Whose answer it is. */
export interface AnswerOrigin {
  readonly provider: string
  readonly modelId: string
  readonly headers: HttpResponse['headers']
  /** Known before the end of the answer. */
  readonly rateLimit?: RateLimit | undefined
}

/** What a decoder needs to know of the call whose answer it reads. */
export interface AnswerContext extends AnswerOrigin {
  readonly turn: Assembler
  readonly secrets: readonly string[]
}

/** Reads what a server sends for one call into the assembler. */
export interface AnswerReader {
  /** A whole answer, or one event of a stream; true when it was the last. @throws AnswerFailure for an error in it */
  read(value: Record<string, unknown>): boolean
  /** Nothing more comes; `complete` when the server said so itself. True when that finishes the turn. */
  end(complete: boolean): boolean
}

/** An error inside an answer that began well, with what the server said; `readAnswer` makes a `ModelError` of it. */
export class AnswerFailure extends Error {
  readonly body: unknown
  constructor(body: unknown) {
    super('the server answered with an error')
    this.body = body
  }
}

/** Who answered. */
export const toResponse = (
  context: AnswerOrigin,
  answer: { id?: string | undefined; model?: string | undefined },
): ModelResponse => {
  const { provider, modelId, headers, rateLimit } = context
  const requestId = headers['x-request-id']
  return {
    provider,
    modelId: answer.model || modelId,
    ...(answer.id && { id: answer.id }),
    ...(requestId !== undefined && { requestId }),
    ...(rateLimit && { rateLimit }),
  }
}

const toRecord = (value: unknown): Record<string, unknown> => {
  if (isObject(value)) return value
  const shown = JSON.stringify(value)?.slice(0, 200)
  throw new ConnectionError(`the server sent ${shown} where an object belongs`, {
    code: 'network',
    phase: 'body',
    sent: true,
  })
}

/** Arguments as the model wrote them; a string when they do not parse. */
export const parseArguments = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

const notAnAnswer = 'something else than an answer of this API'

export interface AnswerOptions {
  readonly send: () => Promise<HttpResponse>
  readonly createReader: (context: AnswerContext) => AnswerReader
  readonly context: Omit<AnswerContext, 'headers' | 'rateLimit'>
  readonly rateLimitOf: RateLimitReader
  /** Whether a stream was asked for. */
  readonly stream: boolean
}

/** Sends, and reads a whole answer or a stream to its end; yields what each packet brought. */
export async function* readAnswer(
  options: AnswerOptions,
): AsyncGenerator<readonly ModelEvent[], void, undefined> {
  const response = await options.send()
  const { status, headers } = response
  // Loads while the answer comes.
  const limits = options.rateLimitOf(headers)
  const context = { ...options.context, headers, rateLimit: limits instanceof Promise ? undefined : limits }
  const { turn } = context
  const reader = options.createReader(context)
  try {
    // Some servers do not stream although they are asked to.
    if (!options.stream || headers['content-type']?.startsWith('application/json')) {
      reader.read(toRecord(await response.json()))
      if (limits instanceof Promise) context.rateLimit = await limits
      if (!reader.end(false)) throw await readFailure({ ...context, status, body: notAnAnswer })
      yield turn.take()
      return
    }
    let complete = false
    for await (const events of response.events()) {
      for (const { data } of events) {
        complete = data === '[DONE]' || reader.read(toRecord(parseJson(data)))
        if (complete) break
      }
      if (complete) {
        response.drain()
        break
      }
      const taken = turn.take()
      if (taken.length > 0) yield taken
    }
    if (limits instanceof Promise) context.rateLimit = await limits
    reader.end(complete)
    yield turn.take()
  } catch (cause) {
    throw cause instanceof AnswerFailure ? await readFailure({ ...context, body: cause.body }) : cause
  }
}

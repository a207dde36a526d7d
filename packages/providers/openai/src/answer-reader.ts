import { isObject, type ModelEvent, type ModelResponse, type RateLimit } from '@ashlar/core'
import {
  type ApiCaller,
  type Assembler,
  ConnectionError,
  type HttpResponse,
  parseJson,
  readFailure,
} from '@ashlar/wire'
import type { RateLimitReader } from './rate-limit-reader.ts'

/** Whose answer it is. */
export interface AnswerOrigin extends ApiCaller {
  readonly headers: HttpResponse['headers']
  /** Known before the end of the answer. */
  rateLimit?: RateLimit | undefined
}

/** What a decoder needs to know of the call whose answer it reads. */
export interface AnswerContext extends AnswerOrigin {
  readonly turn: Assembler
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
  readonly status: number | undefined
  constructor(body: unknown, status?: number) {
    super('the server answered with an error')
    this.body = body
    this.status = status
  }
}

/** Who answered. */
export const toResponse = (
  { provider, modelId, headers, rateLimit }: AnswerOrigin,
  { id, model }: { id?: string | undefined; model?: string | undefined },
): ModelResponse => {
  const requestId = headers['x-request-id']
  return {
    provider,
    modelId: model || modelId,
    ...(id && { id }),
    ...(requestId && { requestId }),
    ...(rateLimit && { rateLimit }),
  }
}

/** Arguments as the model wrote them; a string when they do not parse. */
export const parseArguments = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

export interface AnswerOptions {
  readonly send: () => Promise<HttpResponse>
  readonly createReader: (context: AnswerContext) => AnswerReader
  readonly caller: ApiCaller
  readonly turn: Assembler
  readonly readRateLimit: RateLimitReader
  /** Whether a stream was asked for. */
  readonly stream: boolean
}

/** Sends, and reads a whole answer or a stream to its end; yields what each packet brought. */
export async function* readAnswer(
  options: AnswerOptions,
): AsyncGenerator<readonly ModelEvent[], void, undefined> {
  const { caller, turn, readRateLimit } = options
  const response = await options.send()
  const { status, headers } = response
  // Loads while the answer comes.
  const limits = readRateLimit(headers)
  const context: AnswerContext = { ...caller, turn, headers }
  const reader = options.createReader(context)
  const read = (value: unknown): boolean => {
    if (isObject(value)) return reader.read(value)
    const shown = JSON.stringify(value)?.slice(0, 200)
    throw new ConnectionError(`the server sent ${shown} where an object belongs`)
  }
  // Some servers do not stream although they are asked to.
  const isWhole = !options.stream || headers['content-type']?.startsWith('application/json')
  let complete = false
  try {
    if (isWhole) complete = read(await response.json())
    else
      for await (const events of response.events()) {
        complete = events.some(({ data }) => data === '[DONE]' || read(parseJson(data)))
        if (complete) {
          response.drain()
          break
        }
        const taken = turn.take()
        if (taken.length > 0) yield taken
      }
    context.rateLimit = await limits
    if (!reader.end(complete) && isWhole)
      throw new AnswerFailure('something else than an answer of this API', status)
    yield turn.take()
  } catch (cause) {
    if (!(cause instanceof AnswerFailure)) throw cause
    throw await readFailure({ ...caller, headers, status: cause.status, body: cause.body })
  }
}

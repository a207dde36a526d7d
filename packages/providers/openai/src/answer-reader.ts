// Loaded while the first answer comes. What it needs of core and wire it is given: a module of both, those that are
// loaded at once and this one, would be split off by a bundler.
import type { isObject, ModelEvent, ModelResponse } from '@ashlar/core'
import type { ApiCaller, Assembler, HttpResponse, parseJson, readFailure } from '@ashlar/wire'
import { rateLimitOf } from '@ashlar/wire/rate-limit'

/** Whose answer it is. */
export interface AnswerOrigin extends ApiCaller {
  readonly headers: HttpResponse['headers']
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
  { provider, modelId, headers }: AnswerOrigin,
  { id, model }: { id?: string | undefined; model?: string | undefined },
): ModelResponse => {
  const requestId = headers['x-request-id']
  const rateLimit = rateLimitOf(headers)
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

/** What is loaded before an answer comes. */
export interface AnswerTools {
  readonly isObject: typeof isObject
  readonly parseJson: typeof parseJson
  readonly readFailure: typeof readFailure
}

export interface AnswerOptions {
  readonly response: HttpResponse
  readonly caller: ApiCaller
  readonly turn: Assembler
  /** Whether a stream was asked for. */
  readonly stream: boolean
  readonly tools: AnswerTools
}

/** How the answers of one API are read. */
export type ReadAnswer = (options: AnswerOptions) => AsyncIterable<readonly ModelEvent[]>

/** Reads a whole answer or a stream to its end; yields what each packet brought. */
export async function* readAnswer(
  { response, caller, turn, stream, tools }: AnswerOptions,
  createReader: (context: AnswerContext) => AnswerReader,
): AsyncGenerator<readonly ModelEvent[], void, undefined> {
  const { status, headers } = response
  const reader = createReader({ ...caller, turn, headers })
  const read = (value: unknown): boolean => {
    if (tools.isObject(value)) return reader.read(value)
    throw new Error(`the server sent ${JSON.stringify(value)?.slice(0, 200)} where an object belongs`)
  }
  // Some servers do not stream although they are asked to.
  const isWhole = !stream || headers['content-type']?.startsWith('application/json')
  let complete = false
  try {
    if (isWhole) complete = read(await response.json())
    else
      for await (const events of response.events()) {
        complete = events.some(({ data }) => data === '[DONE]' || read(tools.parseJson(data)))
        if (complete) {
          response.drain()
          break
        }
        const taken = turn.take()
        if (taken.length > 0) yield taken
      }
    if (!reader.end(complete) && isWhole)
      throw new AnswerFailure('something else than an answer of this API', status)
    yield turn.take()
  } catch (cause) {
    if (!(cause instanceof AnswerFailure)) throw cause
    throw await tools.readFailure({ ...caller, headers, status: cause.status, body: cause.body })
  }
}

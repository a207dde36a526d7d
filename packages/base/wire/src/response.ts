import type { HttpResponse } from './http.ts'
import { parseJson } from './parse-json.ts'
import { createSseDecoder, type SseEvent } from './sse.ts'

type Head = Pick<HttpResponse, 'status' | 'headers'>

/** Where the body of an answer comes from. */
export interface ByteSource {
  /** What has arrived, or arrives next; undefined at the end. Throws what broke the connection once all of it was read. */
  read(): Promise<Uint8Array | undefined>
  drain(): void
  destroy(): void
}

const done: IteratorReturnResult<undefined> = { done: true, value: undefined }

/** What is made of the bytes as they arrive: one promise a pull, however much has arrived. */
const iterate = <T>(source: ByteSource, decode: (bytes: Uint8Array) => T): AsyncIterable<T> => {
  const take = (bytes: Uint8Array | undefined): IteratorResult<T, undefined> => {
    if (!bytes) return done
    try {
      return { done: false, value: decode(bytes) }
    } catch (error) {
      return fail(error)
    }
  }
  const fail = (error: unknown): never => {
    source.destroy()
    throw error
  }
  const iterator: AsyncIterator<T, undefined> = {
    next: () => source.read().then(take, fail),
    return: async () => {
      source.destroy()
      return done
    },
  }
  return { [Symbol.asyncIterator]: () => iterator }
}

class Answer implements HttpResponse {
  readonly status: number
  readonly headers: HttpResponse['headers']
  readonly #source: ByteSource
  constructor({ status, headers }: Head, source: ByteSource) {
    this.status = status
    this.headers = headers
    this.#source = source
  }
  async text(maxBytes: number = Number.POSITIVE_INFINITY): Promise<string> {
    const decoder = new TextDecoder()
    let read = ''
    let last: Uint8Array | undefined
    for (let left = maxBytes; left > 0;) {
      const bytes = await this.#source.read()
      if (!bytes) break
      // The last one, mostly the only one, is decoded in one go.
      if (last) read += decoder.decode(last, { stream: true })
      last = left < bytes.length ? bytes.subarray(0, left) : bytes
      left -= bytes.length
    }
    this.#source.destroy()
    return read + decoder.decode(last)
  }
  async json(): Promise<unknown> {
    return parseJson(await this.text())
  }
  chunks(): AsyncIterable<Uint8Array> {
    return iterate(this.#source, (bytes) => bytes)
  }
  events(): AsyncIterable<readonly SseEvent[]> {
    return iterate(this.#source, createSseDecoder().push)
  }
  drain(): void {
    this.#source.drain()
  }
  destroy(): void {
    this.#source.destroy()
  }
}

/** An answer: its head, and the readers of its body. */
export const createResponse = (head: Head, source: ByteSource): HttpResponse => new Answer(head, source)

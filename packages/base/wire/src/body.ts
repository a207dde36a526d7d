import { concat } from './concat.ts'
import { ConnectionError } from './connection-error.ts'
import type { HttpResponse } from './http.ts'
import { createSseDecoder, type SseEvent } from './sse.ts'

/** Where a body comes from. */
export interface ByteSource {
  /** What has arrived since the last call, without waiting. Throws what broke the connection once all of it was taken. */
  take(): Uint8Array | undefined
  /** True once everything was taken and nothing more comes. */
  readonly ended: boolean
  /** Resolves when there is something to take, or nothing more comes. */
  wait(): Promise<void>
  drain(): void
  destroy(): void
}

const broken = (message: string, cause: unknown): ConnectionError =>
  new ConnectionError(message, { code: 'network', phase: 'body', sent: true }, { cause })

const readText = async (source: ByteSource, maxBytes: number): Promise<string> => {
  const chunks: Uint8Array[] = []
  let length = 0
  while (!source.ended && length < maxBytes) {
    const bytes = source.take()
    if (bytes === undefined) await source.wait()
    else {
      chunks.push(bytes)
      length += bytes.length
    }
  }
  source.destroy()
  const [only] = chunks
  const whole = chunks.length === 1 && only ? only : concat(chunks, length)
  return new TextDecoder().decode(length > maxBytes ? whole.subarray(0, maxBytes) : whole)
}

/** Parses what a server sent as JSON. @throws ConnectionError with the start of what came instead */
export const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw broken(`the server sent malformed JSON: ${text.slice(0, 200)}`, cause)
  }
}

const done: IteratorReturnResult<undefined> = { done: true, value: undefined }

/** Pulls until the bytes at hand make something; one promise a pull, however much has arrived. */
const iterate = <T>(source: ByteSource, read: (bytes: Uint8Array) => T | undefined): AsyncIterable<T> => {
  const iterator: AsyncIterator<T, undefined> = {
    next: async () => {
      for (;;) {
        const bytes = source.take()
        if (bytes !== undefined) {
          const value = read(bytes)
          if (value !== undefined) return { done: false, value }
        } else if (source.ended) return done
        else await source.wait()
      }
    },
    return: async () => {
      source.destroy()
      return done
    },
  }
  return { [Symbol.asyncIterator]: () => iterator }
}

const readEvents = (source: ByteSource): AsyncIterable<readonly SseEvent[]> => {
  const decoder = createSseDecoder()
  return iterate(source, (bytes) => {
    try {
      const events = decoder.push(bytes)
      return events.length > 0 ? events : undefined
    } catch (cause) {
      source.destroy()
      throw broken(String(cause), cause)
    }
  })
}

/** An answer over the source of its body. */
export class SourceResponse implements HttpResponse {
  readonly status: number
  readonly #source: ByteSource
  readonly #readHeaders: () => Record<string, string>
  #headers: Record<string, string> | undefined

  constructor(
    status: number,
    parts: { readonly source: ByteSource; readonly readHeaders: () => Record<string, string> },
  ) {
    this.status = status
    this.#source = parts.source
    this.#readHeaders = parts.readHeaders
  }

  get headers(): Readonly<Record<string, string>> {
    this.#headers ??= this.#readHeaders()
    return this.#headers
  }

  text(maxBytes: number = Number.POSITIVE_INFINITY): Promise<string> {
    return readText(this.#source, maxBytes)
  }

  async json(): Promise<unknown> {
    return parseJson(await this.text())
  }

  chunks(): AsyncIterable<Uint8Array> {
    return iterate(this.#source, (bytes) => bytes)
  }

  events(): AsyncIterable<readonly SseEvent[]> {
    return readEvents(this.#source)
  }

  drain(): void {
    this.#source.drain()
  }

  destroy(): void {
    this.#source.destroy()
  }
}

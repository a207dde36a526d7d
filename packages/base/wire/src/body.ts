import { ConnectionError } from './connection-error.ts'
import type { HttpResponse } from './http.ts'
import { createSseDecoder, type SseEvent } from './sse.ts'

/** Where a body comes from. */
export interface ByteSource {
  /** What has arrived since the last pull, waiting for it if need be; undefined at the end. */
  next(): Promise<Uint8Array | undefined>
  drain(): void
  destroy(): void
}

const broken = (message: string, cause: unknown): ConnectionError =>
  new ConnectionError(message, { code: 'network', phase: 'body', sent: true }, { cause })

const readText = async (source: ByteSource, maxBytes: number): Promise<string> => {
  const decoder = new TextDecoder()
  let bytes = await source.next()
  if (bytes === undefined) return ''
  let text = ''
  let length = 0
  for (let next: Uint8Array | undefined; ; bytes = next) {
    length += bytes.length
    if (length >= maxBytes) {
      source.destroy()
      return text + decoder.decode(bytes.subarray(0, bytes.length - (length - maxBytes)))
    }
    next = await source.next()
    if (next === undefined) return text + decoder.decode(bytes)
    text += decoder.decode(bytes, { stream: true })
  }
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

const iterate = <T>(source: ByteSource, pull: () => Promise<T | undefined>): AsyncIterable<T> => {
  const iterator: AsyncIterator<T, undefined> = {
    next: async () => {
      const value = await pull()
      return value === undefined ? done : { done: false, value }
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
  return iterate(source, async () => {
    for (;;) {
      const bytes = await source.next()
      if (bytes === undefined) return undefined
      try {
        const events = decoder.push(bytes)
        if (events.length > 0) return events
      } catch (cause) {
        source.destroy()
        throw broken(String(cause), cause)
      }
    }
  })
}

/** The readers of a body over its source. */
export const readersOf = (source: ByteSource): Omit<HttpResponse, 'status' | 'headers'> => ({
  text: (maxBytes = Number.POSITIVE_INFINITY) => readText(source, maxBytes),
  json: async () => parseJson(await readText(source, Number.POSITIVE_INFINITY)),
  chunks: () => iterate(source, () => source.next()),
  events: () => readEvents(source),
  drain: () => source.drain(),
  destroy: () => source.destroy(),
})

import type { HttpResponse } from './http.ts'
import { parseJson } from './parse-json.ts'
import { createSseDecoder } from './sse.ts'

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
  const iterator: AsyncIterator<T, undefined> = {
    next: async () => {
      try {
        const bytes = await source.read()
        return bytes ? { done: false, value: decode(bytes) } : done
      } catch (error) {
        source.destroy()
        throw error
      }
    },
    return: async () => {
      source.destroy()
      return done
    },
  }
  return { [Symbol.asyncIterator]: () => iterator }
}

/** An answer: its head, and the readers of its body. */
export const createResponse = (
  head: Pick<HttpResponse, 'status' | 'headers'>,
  source: ByteSource,
): HttpResponse => {
  const text = async (maxBytes = Number.POSITIVE_INFINITY): Promise<string> => {
    const decoder = new TextDecoder()
    let read = ''
    for (let left = maxBytes; left > 0;) {
      const bytes = await source.read()
      if (!bytes) break
      read += decoder.decode(bytes.subarray(0, left), { stream: true })
      left -= bytes.length
    }
    source.destroy()
    return read + decoder.decode()
  }
  return {
    ...head,
    text,
    json: async () => parseJson(await text()),
    chunks: () => iterate(source, (bytes) => bytes),
    events: () => iterate(source, createSseDecoder().push),
    drain: () => source.drain(),
    destroy: () => source.destroy(),
  }
}

import { lost, tooLarge } from './answer-error.ts'

export interface WholeEventsOptions {
  readonly maxBytes: number
  /** The request that the stream answers. */
  readonly id?: string | number | undefined
}

const separator = /\r\n\r\n|\n\n|\r\r/g

/** Where the last event in the text ends; 0 when none does. */
const endOfEvents = (text: string): number => {
  let end = 0
  for (const found of text.matchAll(separator)) end = found.index + found[0].length
  return end
}

const latin1 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')

const errorEvent = (id: string | number, error: { code: number; message: string }): Buffer =>
  Buffer.from(`\n\nevent: message\ndata: ${JSON.stringify({ jsonrpc: '2.0', id, error })}\n\n`)

/** Bytes cut where events end, each byte looked at once; undefined in place of an event that is too long. */
async function* cutEvents(
  body: AsyncIterable<Uint8Array>,
  maxBytes: number,
): AsyncGenerator<Buffer | undefined> {
  let parts: Uint8Array[] = []
  let length = 0
  for await (const chunk of body) {
    // A separator may be cut in two, so the bytes before the chunk are looked at again.
    const before = latin1(parts.at(-1)?.subarray(-3) ?? new Uint8Array())
    const end = endOfEvents(before + latin1(chunk)) - before.length
    if (end > 0) {
      yield Buffer.concat([...parts, chunk.subarray(0, end)])
      parts = end < chunk.length ? [chunk.subarray(end)] : []
      length = chunk.length - end
    } else {
      parts.push(chunk)
      length += chunk.length
    }
    if (length > maxBytes) {
      yield undefined
      return
    }
  }
  if (parts.length > 0) yield Buffer.concat(parts)
}

/**
 * A stream of server-sent events, passed on in whole events so that the parser behind it reads each byte once. What
 * would leave a request without an answer becomes its error: an event that is too long, and a stream that ends early
 * and cannot be taken up again.
 */
export async function* wholeEvents(
  body: AsyncIterable<Uint8Array>,
  { maxBytes, id }: WholeEventsOptions,
): AsyncGenerator<Buffer> {
  const answer = id === undefined ? undefined : new RegExp(`"id"\\s*:\\s*${JSON.stringify(id)}\\s*[,}]`)
  let isAnswered = false
  let isResumable = false
  try {
    for await (const events of cutEvents(body, maxBytes)) {
      if (!events) {
        if (id === undefined) throw new Error(tooLarge(maxBytes).message)
        yield errorEvent(id, tooLarge(maxBytes))
        return
      }
      const text = latin1(events)
      isAnswered ||= answer?.test(text) === true && /"(?:result|error)"\s*:/.test(text)
      isResumable ||= /^id:/m.test(text)
      yield events
    }
  } catch (error) {
    if (id === undefined || isAnswered || isResumable) throw error
  }
  if (id !== undefined && !isAnswered && !isResumable) yield errorEvent(id, lost)
}

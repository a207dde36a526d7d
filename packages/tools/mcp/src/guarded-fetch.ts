import { isObject } from '@ashlar/core'
import type { FetchLike } from '@modelcontextprotocol/client'
import { tooLarge } from './answer-error.ts'
import { wholeEvents } from './whole-events.ts'

/** Of an error page no more is read. */
const maxErrorBytes = 64 * 1024

const idOf = (body: unknown): string | number | undefined => {
  if (typeof body !== 'string') return undefined
  try {
    const message: unknown = JSON.parse(body)
    const id = isObject(message) && 'method' in message ? message['id'] : undefined
    return typeof id === 'string' || typeof id === 'number' ? id : undefined
  } catch {
    return undefined
  }
}

/** The body up to `maxBytes`; `isWhole` is false when there was more. */
const readCapped = async (
  body: AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<{ readonly bytes: Buffer<ArrayBuffer>; readonly isWhole: boolean }> => {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of body) {
    length += part.length
    if (length > maxBytes) return { bytes: Buffer.concat(parts), isWhole: false }
    parts.push(part)
  }
  return { bytes: Buffer.concat(parts), isWhole: true }
}

/**
 * `fetch` for MCP that never holds more of a message than `maxBytes`. An answer that is too long, or whose stream
 * breaks off, becomes the error of its call at once.
 */
export const guardedFetch =
  (maxBytes: number, base: FetchLike = fetch): FetchLike =>
  async (url, init) => {
    const response = await base(url, init)
    const { body, status, statusText, headers } = response
    if (!body) return response
    const id = init?.method === 'POST' ? idOf(init.body) : undefined
    const copy = (content: string | Buffer<ArrayBuffer> | ReadableStream): Response => {
      const kept = new Headers(headers)
      // The body is decoded by now, and may be another.
      kept.delete('content-encoding')
      kept.delete('content-length')
      return new Response(content, { status, statusText, headers: kept })
    }
    if (response.ok && headers.get('content-type')?.startsWith('text/event-stream'))
      return copy(ReadableStream.from(wholeEvents(body, { maxBytes, id })))
    const { bytes, isWhole } = await readCapped(body, response.ok ? maxBytes : maxErrorBytes)
    if (isWhole || !response.ok) return copy(bytes)
    if (id === undefined) throw new Error(tooLarge(maxBytes).message)
    return copy(JSON.stringify({ jsonrpc: '2.0', id, error: tooLarge(maxBytes) }))
  }

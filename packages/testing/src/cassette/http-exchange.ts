import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http'
import { canonical } from './canonical.ts'
import type { Redactor } from './redact.ts'

/** A chunk in a file: text where it is valid UTF-8, else base64. */
export type RecordedChunk = string | { readonly base64: string }

const isText = (bytes: Buffer): boolean => Buffer.from(bytes.toString('utf8')).equals(bytes)

const toChunk = (bytes: Buffer): RecordedChunk =>
  isText(bytes) ? bytes.toString('utf8') : { base64: bytes.toString('base64') }

/** The bytes of a recorded chunk. */
export const toBytes = (chunk: unknown): Buffer => {
  if (typeof chunk === 'string') return Buffer.from(chunk)
  return Buffer.from(String(Object(chunk)['base64'] ?? ''), 'base64')
}

/** Chunks ready for a file: redacted as one text, since a secret may be split, and cut where they were cut. */
export const toChunks = (chunks: readonly Buffer[], redactor: Redactor): RecordedChunk[] => {
  const safe = redactor.bytes(Buffer.concat(chunks))
  let start = 0
  return chunks.map(({ length }) => {
    const chunk = toChunk(safe.subarray(start, start + length))
    start += length
    return chunk
  })
}

/** A request's body for comparing and reading: parsed where it is JSON, redacted. */
export const bodyOf = (bytes: Buffer, redactor: Redactor): unknown => {
  if (bytes.length === 0) return undefined
  const text = bytes.toString('utf8')
  try {
    return canonical(redactor.value(JSON.parse(text)))
  } catch {
    return isText(bytes) ? redactor.text(text) : { base64: bytes.toString('base64') }
  }
}

/** Headers of one connection, not of the answer. Source: RFC 9110 §7.6.1. */
const hopByHop: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** Different on every call, and of no use in a replay. */
const volatile: ReadonlySet<string> = new Set(['date', 'host', 'set-cookie', 'cf-ray', 'user-agent', 'age'])

/** The headers of an answer that are passed on. */
export const keptHeaders = (headers: IncomingHttpHeaders): OutgoingHttpHeaders =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !hopByHop.has(name) && !volatile.has(name)))

/** Headers for a file: sorted, redacted, without what differs from call to call. */
export const headersOf = (
  headers: IncomingHttpHeaders | OutgoingHttpHeaders,
  redactor: Redactor,
): Record<string, string> => {
  const safe: Record<string, string> = {}
  for (const name of Object.keys(headers).toSorted())
    if (!hopByHop.has(name) && !volatile.has(name) && !name.startsWith('x-stainless-'))
      safe[name] = redactor.header(name, String(headers[name]))
  return safe
}

import { isObject } from '@ashlar/core'
import { ConnectionError } from '@ashlar/wire'
import type { UpstreamFailure } from '@ashlar/wire/model-error'

/** Failures of `fetch` before anything was sent: system errors, and undici's own. */
const neverSent: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
])

/** The messages of an error and of what caused it, and whether the request can have been sent. */
const trace = (error: Error): { message: string; sent: boolean } => {
  const messages: string[] = []
  let sent = true
  for (let cause: unknown = error; cause instanceof Error && messages.length < 5; cause = cause.cause) {
    if (cause.message !== '' && !messages.includes(cause.message)) messages.push(cause.message)
    if ('code' in cause && neverSent.has(cause.code)) sent = false
  }
  return { message: messages.join(': '), sent }
}

/** The facts of an error of the official SDK, found without loading it. */
export const fromClientError = (
  error: unknown,
): Pick<UpstreamFailure, 'status' | 'headers' | 'body' | 'cause'> => {
  if (!(error instanceof Error)) return { cause: error }
  if ('status' in error && typeof error.status === 'number') {
    const headers =
      'headers' in error && error.headers instanceof Headers ? Object.fromEntries(error.headers) : {}
    const body = 'error' in error && isObject(error.error) ? error.error : error.message
    return { status: error.status, headers, body }
  }
  const { message, sent } = trace(error)
  const code = error.name === 'APIConnectionTimeoutError' ? 'timeout' : 'network'
  const facts = { code, phase: sent ? 'headers' : 'connect', sent } as const
  return { cause: new ConnectionError(message, facts, { cause: error }) }
}

import { AshlarError } from '@ashlar/core'

/** How far an exchange had come when it failed. */
export type ConnectionPhase = 'connect' | 'headers' | 'body'

export interface ConnectionFacts {
  readonly code: 'network' | 'timeout'
  readonly phase: ConnectionPhase
  /** False when the server cannot have seen the whole request. */
  readonly sent: boolean
}

/** An HTTP exchange failed below the level of a status: `code` is `network` or `timeout`. */
export class ConnectionError extends AshlarError implements ConnectionFacts {
  declare readonly code: 'network' | 'timeout'
  readonly phase: ConnectionPhase
  readonly sent: boolean
  override name = 'ConnectionError'
  constructor(message: string, facts: ConnectionFacts, options?: ErrorOptions) {
    super(facts.code, message, options)
    this.phase = facts.phase
    this.sent = facts.sent
  }
  static override isInstance(error: unknown): error is ConnectionError {
    return AshlarError.isInstance(error) && error.name === 'ConnectionError'
  }
}

/** What fails before anything is sent: system errors, undici's own, and what is wrong with a certificate. */
const neverSent: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
])

/** A `fetch` failure says "fetch failed"; what happened is in its causes. */
const deepest = 5

/** The failure of a library as a `ConnectionError`: its messages and those of its causes. */
export const toConnectionError = (error: unknown, facts: ConnectionFacts): ConnectionError => {
  if (ConnectionError.isInstance(error)) return error
  const messages = new Set<string>()
  let { sent } = facts
  let cause = error
  for (let depth = 0; cause instanceof Error && depth < deepest; depth++, cause = cause.cause) {
    const code = 'code' in cause ? cause.code : undefined
    if (cause.message !== '') messages.add(cause.message)
    else if (typeof code === 'string') messages.add(code)
    if (neverSent.has(code)) sent = false
  }
  const message = messages.size > 0 ? [...messages].join(': ') : String(error)
  return new ConnectionError(message, { ...facts, sent }, { cause: error })
}

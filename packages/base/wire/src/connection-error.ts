import { AshlarError } from '@ashlar/core'

/** How far an exchange had come when it failed. */
export type ConnectionPhase = 'connect' | 'headers' | 'body'

export interface ConnectionFacts {
  /** @default 'network' */
  readonly code?: 'network' | 'timeout'
  /** @default 'body' */
  readonly phase?: ConnectionPhase
  /** False when the server cannot have seen the whole request. @default true */
  readonly sent?: boolean
}

/** An HTTP exchange failed below the level of a status: `code` is `network` or `timeout`. */
export class ConnectionError extends AshlarError implements ConnectionFacts {
  declare readonly code: 'network' | 'timeout'
  readonly phase: ConnectionPhase
  readonly sent: boolean
  override name = 'ConnectionError'
  constructor(message: string, facts: ConnectionFacts = {}, options?: ErrorOptions) {
    const { code = 'network', phase = 'body', sent = true } = facts
    super(code, message, options)
    this.phase = phase
    this.sent = sent
  }
  static override isInstance(error: unknown): error is ConnectionError {
    return AshlarError.isInstance(error) && error.name === 'ConnectionError'
  }
}

/** Codes of what fails before anything is sent: of the system, of undici, and of a certificate nobody trusts. */
const neverSent =
  /^(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|E(?:HOST|NET)UNREACH|UND_ERR_CONNECT_TIMEOUT)$|CERT|LEAF_SIGNATURE/

/** A `fetch` failure says "fetch failed"; what happened is in its causes. */
const deepest = 5

/**
 * The failure of a library as a `ConnectionError`: its messages and those of its causes. What was thrown on purpose
 * stays as it is.
 */
export const toConnectionError = (error: unknown, facts: ConnectionFacts): AshlarError => {
  if (AshlarError.isInstance(error)) return error
  const messages = new Set<string>()
  let found = facts
  let cause = error
  for (let depth = 0; cause instanceof Error && depth < deepest; depth++, cause = cause.cause) {
    const code = 'code' in cause ? String(cause.code) : ''
    messages.add(cause.message || code)
    if (cause.name.includes('Timeout')) found = { ...found, code: 'timeout' }
    if (neverSent.test(code)) found = { ...found, phase: 'connect', sent: false }
  }
  return new ConnectionError([...messages].filter(Boolean).join(': ') || String(error), found, {
    cause: error,
  })
}

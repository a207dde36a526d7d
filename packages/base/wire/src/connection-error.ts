import { AshlarError } from '@ashlar/core'

/** How far an exchange had come when it failed. */
export type ConnectionPhase = 'connect' | 'headers' | 'body'

/** An HTTP exchange failed below the level of a status: `code` is `network` or `timeout`. */
export class ConnectionError extends AshlarError {
  declare readonly code: 'network' | 'timeout'
  readonly phase: ConnectionPhase
  /** False when the server cannot have seen the whole request. */
  readonly sent: boolean
  override name = 'ConnectionError'
  constructor(
    message: string,
    facts: { code: 'network' | 'timeout'; phase: ConnectionPhase; sent: boolean },
    options?: ErrorOptions,
  ) {
    super(facts.code, message, options)
    this.phase = facts.phase
    this.sent = facts.sent
  }
  static override isInstance(error: unknown): error is ConnectionError {
    return AshlarError.isInstance(error) && error.name === 'ConnectionError'
  }
}

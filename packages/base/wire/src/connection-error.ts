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

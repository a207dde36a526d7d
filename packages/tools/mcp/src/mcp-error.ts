import { AshlarError } from '@ashlar/core'

/** What went wrong with a server or a call to it. */
export type McpErrorCode =
  | 'invalid-config'
  | 'disabled'
  | 'unknown-server'
  | 'cannot-start'
  | 'cannot-connect'
  | 'version-mismatch'
  | 'auth'
  | 'timeout'
  | 'closed'
  | 'flooded'
  | 'too-large'
  | 'invalid-answer'
  | 'rejected'
  | 'tool-error'
  | 'not-approved'

/** The facts of an `McpError`. */
export interface McpFailure {
  readonly code: McpErrorCode
  readonly message: string
  /** The name of the server. */
  readonly server: string
  /** The server cannot have begun on the call, so that repeating it is safe. @default false */
  readonly unsent?: boolean
  /** The error code of JSON-RPC, where the server sent one. */
  readonly rpcCode?: number
}

/** A server could not be reached, or did not answer as it should; `code` says why. Holds no secret of its definition. */
export class McpError extends AshlarError {
  declare readonly code: McpErrorCode
  readonly server: string
  readonly unsent: boolean
  declare readonly rpcCode?: number
  override name = 'McpError'
  constructor(failure: McpFailure, options?: ErrorOptions) {
    super(failure.code, failure.message, options)
    this.server = failure.server
    this.unsent = failure.unsent ?? false
    if (failure.rpcCode !== undefined) Object.assign(this, { rpcCode: failure.rpcCode })
  }
  static override isInstance(error: unknown): error is McpError {
    return AshlarError.isInstance(error) && error.name === 'McpError'
  }
}

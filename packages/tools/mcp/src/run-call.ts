import type * as Sdk from '@modelcontextprotocol/client'
import type { Connection } from './connect.ts'
import { createDeadline, type Deadline } from './deadline.ts'
import type { McpCallOptions } from './mcp-client.ts'
import { McpError } from './mcp-error.ts'
import type { Secrets } from './secrets.ts'
import type { SharedConnection } from './shared-connection.ts'

/** Something to ask of a connected server. */
export type Operation<T> = (connection: Connection, options: Sdk.RequestOptions) => Promise<T>

export interface CallSetting {
  readonly server: string
  readonly secrets: Secrets
  readonly shared: SharedConnection
  /** Milliseconds for all of it. */
  readonly timeoutMs: number
}

/** The SDK's own timer, in case ours is not to fire first. */
const spareMs = 1_000

interface Attempt<T> {
  readonly operation: Operation<T>
  readonly deadline: Deadline
  readonly onProgress: McpCallOptions['onProgress']
}

/** One go on one connection. */
const attempt = async <T>(
  connection: Connection,
  { operation, deadline, onProgress }: Attempt<T>,
  { server, secrets, shared }: CallSetting,
): Promise<T> => {
  try {
    return await operation(connection, {
      signal: deadline.signal,
      timeout: 2 ** 31 - 1 - spareMs,
      ...(onProgress && { onprogress: onProgress }),
    })
  } catch (error) {
    if (deadline.signal.aborted) throw error
    const { toMcpError } = await import('./to-mcp-error.ts')
    const hasSession = connection.transport.sessionId !== undefined
    const mapped = toMcpError(error, { server, secrets, failure: connection.failure(), hasSession })
    if (mapped.code === 'closed') shared.drop(connection)
    throw mapped
  }
}

const unknownOutcome = (error: McpError): McpError =>
  new McpError({
    code: error.code,
    server: error.server,
    message: `${error.message}; whether the call took effect is not known`,
  })

/**
 * One call within its deadline: connects first where that is needed, and again when the connection is lost. A call
 * that cannot have arrived is made once more, and so is one whose outcome is unknown if it is repeatable.
 */
export const runCall = async <T>(
  operation: Operation<T>,
  setting: CallSetting,
  options: McpCallOptions,
): Promise<T> => {
  const { server, shared } = setting
  const timeoutMs = options.timeoutMs ?? setting.timeoutMs
  const deadline = createDeadline(timeoutMs, options.signal)
  const going: Attempt<T> = { operation, deadline, onProgress: options.onProgress }
  try {
    const connection = await shared.get(deadline.signal)
    try {
      return await attempt(connection, going, setting)
    } catch (error) {
      if (deadline.signal.aborted || !McpError.isInstance(error) || error.code !== 'closed') throw error
      if (!error.unsent && options.repeatable !== true) throw unknownOutcome(error)
    }
    return await attempt(await shared.get(deadline.signal), going, setting)
  } catch (error) {
    if (deadline.isExpired)
      throw new McpError({ code: 'timeout', server, message: `${server}: no answer within ${timeoutMs} ms` })
    options.signal?.throwIfAborted()
    throw error
  } finally {
    deadline.end()
  }
}

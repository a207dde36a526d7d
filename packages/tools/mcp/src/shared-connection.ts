import type { Connection } from './connect.ts'
import type { RetryOptions } from './mcp-client.ts'
import { McpError } from './mcp-error.ts'

export interface SharedConnectionOptions {
  readonly server: string
  readonly open: (isLegacy: boolean) => Promise<Connection>
  readonly retry?: RetryOptions | undefined
  readonly onConnect: (connection: Connection) => void
  readonly onRetry: (error: McpError, delayMs: number) => void
}

/** One connection for everybody, opened when it is first needed and again when it was lost. */
export interface SharedConnection {
  /** @throws McpError, or the signal's reason while others go on waiting */
  get(signal?: AbortSignal): Promise<Connection>
  /** Not to be used any more. */
  drop(connection: Connection): void
  close(): Promise<void>
}

/** What another attempt may mend. */
const passing: ReadonlySet<string> = new Set(['cannot-connect', 'closed', 'timeout'])

const sleep = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    signal.addEventListener('abort', end, { once: true })
    if (signal.aborted) end()
  })

/** The promise, or the signal's reason if that comes first. */
const orAborted = async <T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> => {
  if (!signal) return promise
  signal.throwIfAborted()
  const aborted = Promise.withResolvers<never>()
  const abort = (): void => aborted.reject(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  try {
    return await Promise.race([promise, aborted.promise])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

/** Opens a connection, again and again with longer waits while that may help. */
const patiently = async (
  open: () => Promise<Connection>,
  { retry = {}, onRetry }: Pick<SharedConnectionOptions, 'retry' | 'onRetry'>,
  closing: AbortSignal,
): Promise<Connection> => {
  const { attempts = 3, baseMs = 1_000, maxMs = 5_000 } = retry
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await open()
    } catch (error) {
      const mayHelp = McpError.isInstance(error) && passing.has(error.code) && attempt < attempts
      if (!mayHelp || closing.aborted) throw error
      const delayMs = Math.min(maxMs, baseMs * 2 ** (attempt - 1))
      onRetry(error, delayMs)
      await sleep(delayMs, closing)
    }
  }
}

/** A connection that is opened when it is needed. */
export const sharedConnection = (options: SharedConnectionOptions): SharedConnection => {
  const { server, open, onConnect } = options
  const closing = new AbortController()
  let current: Promise<Connection> | undefined
  let live: Connection | undefined
  let isLegacy = false

  const closed = (): McpError =>
    new McpError({ code: 'closed', server, message: `${server}: closed`, unsent: true })
  const openOnce = async (): Promise<Connection> => {
    if (closing.signal.aborted) throw closed()
    const connection = await open(isLegacy)
    isLegacy = connection.isLegacy
    if (closing.signal.aborted) {
      await connection.close()
      throw closed()
    }
    live = connection
    onConnect(connection)
    return connection
  }
  const connect = (): Promise<Connection> => {
    const opening = patiently(openOnce, options, closing.signal)
    current = opening
    opening.catch(() => {
      if (current === opening) current = undefined
    })
    return opening
  }
  const forget = (connection: Connection): void => {
    if (live !== connection) return
    live = undefined
    current = undefined
  }
  return {
    get: async (signal) => {
      if (closing.signal.aborted) throw closed()
      const connection = await orAborted(current ?? connect(), signal)
      if (!connection.failure()) return connection
      forget(connection)
      return orAborted(current ?? connect(), signal)
    },
    drop: (connection) => {
      forget(connection)
      void connection.close().catch(() => {})
    },
    close: async () => {
      closing.abort()
      const last = current
      current = undefined
      await last?.then(
        (connection) => connection.close(),
        () => {},
      )
    },
  }
}

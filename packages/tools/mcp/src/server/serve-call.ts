import { randomUUID } from 'node:crypto'
import { noUsage, type RunContext, type Tool, type ToolContext } from '@ashlar/core'
import { describeIssues } from '@ashlar/core/schema'
import type { CallToolResult, ServerContext } from '@modelcontextprotocol/server'
import { createDeadline } from '../deadline.ts'
import { keyOf } from '../idempotency-key.ts'
import { toCallToolResult, toolError } from './tool-answer.ts'

/** Milliseconds. The same as an agent gives its tools. */
const defaultTimeoutMs = 60_000

const createRun = (server: string, callId: string, signal: AbortSignal): RunContext => {
  let children = 0
  return {
    runId: `mcp-${callId}`,
    agent: { name: server },
    signal,
    state: { messages: [], steps: 0, usage: noUsage },
    childId: () => `mcp-${callId}/call${++children === 1 ? '' : `:${children}`}`,
  }
}

const messageOf = (update: unknown): string =>
  typeof update === 'string' ? update : (JSON.stringify(update) ?? '')

/** Progress for the client, where it asked for some. */
interface Progress {
  readonly report: (update: unknown) => void
  /** Resolves when all that was reported is sent: the answer comes last. */
  sent(): Promise<void>
}

const createProgress = ({ mcpReq }: ServerContext): Progress => {
  const { _meta: { progressToken } = {} } = mcpReq
  let count = 0
  let last = Promise.resolve()
  return {
    report: (update) => {
      if (progressToken === undefined) return
      count += 1
      const params = { progressToken, progress: count, message: messageOf(update) }
      last = last.then(() => mcpReq.notify({ method: 'notifications/progress', params })).catch(() => {})
    },
    sent: () => last,
  }
}

const createContext = (
  server: string,
  { mcpReq }: ServerContext,
  { signal, report }: Pick<ToolContext, 'signal' | 'report'>,
): ToolContext => {
  const callId = randomUUID()
  const idempotencyKey = keyOf(mcpReq) ?? `mcp-${callId}`
  return { signal, callId, idempotencyKey, report, run: createRun(server, callId, signal) }
}

const orAborted = <T>(work: Promise<T>, signal: AbortSignal): Promise<T> =>
  new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    if (signal.aborted) abort()
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })

/** One call of a tool by a client: its input checked, its time bounded, its errors for the client's model to read. */
export const serveCall = async (
  server: string,
  tool: Tool,
  call: { readonly input: unknown; readonly context: ServerContext },
): Promise<CallToolResult> => {
  const { execute, validate, timeoutMs = defaultTimeoutMs } = tool
  const deadline = createDeadline(timeoutMs, call.context.mcpReq.signal)
  try {
    const checked = await orAborted(Promise.resolve(validate(call.input)), deadline.signal)
    if (checked.issues) return toolError(`Invalid input: ${describeIssues(checked.issues)}`)
    const progress = createProgress(call.context)
    const context = createContext(server, call.context, {
      signal: deadline.signal,
      report: progress.report,
    })
    const work = Promise.resolve(execute?.(checked.value, context))
    const result = toCallToolResult(await orAborted(work, deadline.signal))
    await progress.sent()
    return result
  } catch (error) {
    if (deadline.isExpired) return toolError(`Timed out after ${timeoutMs} ms`)
    return toolError(error instanceof Error ? error.message : String(error))
  } finally {
    deadline.end()
  }
}

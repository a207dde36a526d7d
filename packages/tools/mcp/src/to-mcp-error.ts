import { isObject } from '@ashlar/core'
import { ProtocolError, SdkError, SdkErrorCode, SdkHttpError } from '@modelcontextprotocol/client'
import { answerError } from './answer-error.ts'
import { McpError, type McpErrorCode, type McpFailure } from './mcp-error.ts'
import type { Secrets } from './secrets.ts'

export interface ErrorContext {
  readonly server: string
  readonly secrets: Secrets
  /** Why the connection ended, where it did. */
  readonly failure?: McpError | undefined
  /** The server knows a session of ours. */
  readonly hasSession?: boolean
}

/** Longer messages are cut: they may hold a page. */
const maxMessage = 1_000

const codes: Readonly<Partial<Record<SdkErrorCode, McpErrorCode>>> = {
  [SdkErrorCode.RequestTimeout]: 'timeout',
  [SdkErrorCode.ConnectionClosed]: 'closed',
  [SdkErrorCode.NotConnected]: 'closed',
  [SdkErrorCode.SendFailed]: 'closed',
  [SdkErrorCode.EraNegotiationFailed]: 'version-mismatch',
  [SdkErrorCode.ClientHttpAuthentication]: 'auth',
  [SdkErrorCode.ClientHttpForbidden]: 'auth',
}

/** What the SDK itself finds wrong with an answer comes as a protocol error, too. */
const invalidAnswer = /structured content|invalid outputSchema|Failed to validate/i
const wrongVersion = /protocol version is not supported|Unsupported protocol version/i
/** Nobody was there: the request cannot have arrived. */
const unreachable = /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|CERT|SELF_SIGNED/

const causesOf = (error: unknown): string => {
  const words: string[] = []
  for (let at: unknown = error; isObject(at) && words.length < 10; at = at['cause']) {
    if (typeof at['message'] === 'string') words.push(at['message'])
    if (typeof at['code'] === 'string') words.push(at['code'])
    if (Array.isArray(at['errors'])) words.push(...at['errors'].map(causesOf))
  }
  return words.join(': ')
}

const ofHttp = (error: SdkHttpError, hasSession: boolean): Pick<McpFailure, 'code' | 'unsent'> => {
  if (error.status === 401 || error.status === 403) return { code: 'auth', unsent: true }
  // The specification's answer to a session that has ended; the call was not looked at.
  if (error.status === 404 && hasSession) return { code: 'closed', unsent: true }
  return { code: 'cannot-connect', unsent: error.status < 500 }
}

const factsOf = (error: unknown, context: ErrorContext): Pick<McpFailure, 'code' | 'unsent' | 'rpcCode'> => {
  if (error instanceof ProtocolError) {
    const { code: rpcCode, message } = error
    if (rpcCode === answerError.tooLarge) return { code: 'too-large', rpcCode }
    if (rpcCode === answerError.lost) return { code: 'closed', rpcCode }
    if (wrongVersion.test(message)) return { code: 'version-mismatch', rpcCode }
    return { code: invalidAnswer.test(message) ? 'invalid-answer' : 'rejected', rpcCode }
  }
  if (error instanceof SdkHttpError) return ofHttp(error, context.hasSession ?? false)
  if (error instanceof SdkError) {
    // Asking which version it speaks did not get through to the server.
    if (/probe failed|was closed/.test(error.message)) return { code: 'cannot-connect', unsent: true }
    return { code: codes[error.code] ?? 'invalid-answer' }
  }
  if (error instanceof Error && error.name === 'UnauthorizedError') return { code: 'auth', unsent: true }
  const words = causesOf(error)
  if (wrongVersion.test(words)) return { code: 'version-mismatch' }
  if (unreachable.test(words)) return { code: 'cannot-connect', unsent: true }
  return { code: /fetch failed|terminated|socket|ECONN|EPIPE/i.test(words) ? 'closed' : 'invalid-answer' }
}

const advice: Readonly<Partial<Record<McpErrorCode, string>>> = {
  auth: 'not authorised; check the headers of the definition, or give an authProvider',
  'version-mismatch': 'no protocol version in common',
}

/** Whatever the SDK threw, as an `McpError` without secrets. */
export const toMcpError = (error: unknown, context: ErrorContext): McpError => {
  if (McpError.isInstance(error)) return error
  const { server, secrets, failure } = context
  const facts = factsOf(error, context)
  if (failure && facts.code === 'closed') return failure
  const words = secrets.hide(causesOf(error) || String(error))
  const shown = words.length > maxMessage ? `${words.slice(0, maxMessage)}…` : words
  const hint = advice[facts.code]
  return new McpError({
    ...facts,
    server,
    message: `${server}: ${hint === undefined ? shown : `${hint} (${shown})`}`,
  })
}

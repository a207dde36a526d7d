import { isObject, ModelError, type ModelErrorFacts, type ModelErrorKind } from '@ashlar/core'
import { ConnectionError } from './connection-error.ts'
import { type HeaderRecord, retryAfterOf } from './rate-limit.ts'

/** What is known of a failed call. */
export interface UpstreamFailure {
  readonly provider: string
  readonly modelId: string
  readonly status?: number | undefined
  readonly headers?: HeaderRecord | undefined
  /** The body of the error, as text or parsed; or the error object of a stream. */
  readonly body?: unknown
  readonly cause?: unknown
  /** Strings that must not be repeated in the message, such as the API key. */
  readonly secrets?: readonly (string | undefined)[] | undefined
}

/** Phrasings of OpenAI, Azure, Anthropic, Bedrock, Gemini, Groq, Mistral, DeepSeek, xAI, OpenRouter, vLLM, SGLang, TGI, llama.cpp, LM Studio and Ollama. */
const tooLong =
  /context[_ -](?:length|window|size|overflow)|maximum (?:context|prompt) length|prompt (?:is )?too long|(?:input|request|prompt|message)s? (?:is |are )?too (?:long|large)|too many (?:input |total )?tokens|exceeds? the (?:model'?s? )?(?:maximum |available )?(?:context|input|number of tokens|limit of \d+ tokens)|exceeds the limit of \d+|reduce (?:the length of|your) (?:the )?(?:messages?|prompt|input)|tokens? .{0,40}must (?:be|not) .{0,20}(?:<=|exceed)|input (?:length|token count)[^.]{0,80}exceed|trying to keep the first \d+ tokens|string_above_max_length/i
const forbiddenContent =
  /content[_ -]?(?:policy|filter|management)|responsibleai|moderation|(?:safety|usage) (?:system|polic)|flagged|blocked by/i
const noQuota =
  /insufficient[_ ](?:quota|balance|funds|credits)|billing|credit balance|quota exceeded.*plan|exceeded your current quota/i
const overTokenLimit = /request too large|tokens? per min.{0,60}requested/i

/** Kinds by the error `type` or `code` vendors name in a body or an event. */
const kindByName: Readonly<Record<string, ModelErrorKind>> = {
  authentication_error: 'auth',
  permission_error: 'auth',
  invalid_api_key: 'auth',
  rate_limit_error: 'rate-limit',
  rate_limit_exceeded: 'rate-limit',
  insufficient_quota: 'rate-limit',
  billing_error: 'rate-limit',
  overloaded_error: 'overloaded',
  server_error: 'overloaded',
  server_overloaded: 'overloaded',
  api_error: 'overloaded',
  internal_error: 'overloaded',
  internal_server_error: 'overloaded',
  service_unavailable: 'overloaded',
  timeout_error: 'timeout',
  context_length_exceeded: 'context-overflow',
  content_filter: 'content',
  content_policy_violation: 'content',
  request_too_large: 'context-overflow',
}

const kindByStatus = (status: number): ModelErrorKind => {
  if (status === 401 || status === 403) return 'auth'
  if (status === 402 || status === 429) return 'rate-limit'
  if (status === 408) return 'timeout'
  return status >= 500 ? 'overloaded' : 'bad-request'
}

interface VendorError {
  message?: string
  names: string[]
  status?: number
}

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined

const parsed = (body: unknown): unknown => {
  if (typeof body !== 'string') return body
  try {
    return JSON.parse(body)
  } catch {
    return body
  }
}

/** Finds message, names and an embedded status in the bodies vendors send: `{ error: { message, type, code } }` and its relatives. */
const readVendorError = (body: unknown): VendorError => {
  const value = parsed(body)
  if (typeof value === 'string') {
    const plain = value.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ')
    return { ...(text(plain) && { message: plain.trim() }), names: [] }
  }
  if (Array.isArray(value)) return readVendorError(value[0])
  if (!isObject(value)) return { names: [] }
  const inner = isObject(value['error'])
    ? value['error']
    : isObject(value['response']) && isObject(value['response']['error'])
      ? value['response']['error']
      : value
  const metadata = isObject(inner['metadata']) ? text(inner['metadata']['raw']) : undefined
  const own =
    text(inner['message']) ??
    text(value['message']) ??
    text(value['error']) ??
    text(value['detail']) ??
    (value['detail'] === undefined ? undefined : JSON.stringify(value['detail']))
  const message = own && metadata ? `${own}: ${metadata}` : (own ?? metadata)
  const names = [inner['code'], inner['type'], inner['status']].filter((name) => typeof name === 'string')
  const code = typeof inner['code'] === 'number' ? inner['code'] : Number(text(inner['code']))
  return { ...(message && { message }), names, ...(code >= 400 && code < 600 && { status: code }) }
}

const keyShapes =
  /\b(?:sk|pk|rk|gsk|xai|pplx|nvapi|AIza|hf|r8)[-_][\w*.-]{6,}|\bAIza[\w-]{20,}|\bBearer\s+[\w.~+/*=-]{6,}/gi

/** The message without API keys: those given, and whatever has the shape of one. */
export const redactSecrets = (message: string, secrets: readonly (string | undefined)[] = []): string => {
  let safe = message
  for (const secret of secrets) if (secret && secret.length > 3) safe = safe.replaceAll(secret, '[redacted]')
  return safe.replace(keyShapes, '[redacted]')
}

const classify = (
  status: number | undefined,
  { message = '', names }: VendorError,
): { kind: ModelErrorKind; retryable?: false } => {
  const named = names.map((name) => kindByName[name]).find((kind) => kind !== undefined)
  const all = [message, ...names].join(' ')
  const kind = status === undefined ? (named ?? 'bad-request') : kindByStatus(status)
  if (kind === 'rate-limit' || named === 'rate-limit') {
    if (status === 413) return { kind: 'context-overflow' }
    return noQuota.test(all) || status === 402 || overTokenLimit.test(all)
      ? { kind: 'rate-limit', retryable: false }
      : { kind: 'rate-limit' }
  }
  if (kind !== 'bad-request' && kind !== 'overloaded') return { kind }
  if (named === 'context-overflow' || status === 413 || tooLong.test(all)) return { kind: 'context-overflow' }
  if (named === 'content' || (kind === 'bad-request' && forbiddenContent.test(all)))
    return { kind: 'content' }
  if (kind === 'bad-request' && noQuota.test(all)) return { kind: 'rate-limit', retryable: false }
  return { kind: status !== undefined && kind === 'bad-request' && named === 'auth' ? 'auth' : kind }
}

const maxMessage = 500

/** Turns the facts of a failed call into a `ModelError`: kind, retryability, wait, request id, and the vendor's own words. */
export const toModelError = (failure: UpstreamFailure): ModelError => {
  const { provider, modelId, headers = {}, cause } = failure
  if (ModelError.isInstance(cause)) return cause
  if (failure.status === undefined && failure.body === undefined) {
    const kind = ConnectionError.isInstance(cause) ? cause.code : 'network'
    const why = redactSecrets(cause instanceof Error ? cause.message : String(cause), failure.secrets)
    return new ModelError(`${provider}/${modelId}: ${why}`, { kind, provider, modelId }, { cause })
  }
  const vendor = readVendorError(failure.body)
  const status = failure.status ?? vendor.status
  const requestId = headers['x-request-id'] ?? headers['request-id'] ?? headers['apim-request-id']
  const retryAfterMs = retryAfterOf(headers)
  const facts: ModelErrorFacts = {
    ...classify(status, vendor),
    provider,
    modelId,
    ...(status !== undefined && { status }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    ...(requestId !== undefined && { requestId }),
  }
  const said = redactSecrets(vendor.message ?? (vendor.names.join(', ') || 'no message'), failure.secrets)
  const shown = said.length > maxMessage ? `${said.slice(0, maxMessage)}…` : said
  const code = status === undefined ? facts.kind : `${status} ${facts.kind}`
  return new ModelError(`${provider}/${modelId}: ${code}: ${shown}`, facts)
}

import type { ModelErrorKind } from '@ashlar/core'
import type { VendorError } from './vendor-error.ts'

/** How OpenAI, Azure, Anthropic, Bedrock, Gemini, Groq, Mistral, xAI, OpenRouter, vLLM, SGLang, TGI, llama.cpp, LM Studio and Ollama say that the input is too long. */
const tooLong = new RegExp(
  [
    /context[_ ](?:length|window|size|overflow)/,
    /context limit/,
    /maximum (?:context|prompt) length/,
    /(?:prompt|input|request|messages?) (?:is |are )?too (?:long|large)/,
    /input token count.{0,60}exceeds/,
    /(?:reduce|decrease) (?:the length of|your)? ?(?:the )?(?:messages?|prompt|input)/,
    /tokens.{0,40} must be <=/,
    /keep the first \d+ tokens/,
  ]
    .map(({ source }) => source)
    .join('|'),
  'i',
)
const refusedContent = /content[_ ](?:policy|filter|management)|responsibleai|moderation|usage polic|flagged/i
const noQuota =
  /insufficient[_ ](?:quota|balance|funds|credits)|credit balance|exceeded your current quota|billing/i
/** One request asks for more than a minute allows: waiting does not help. */
const overLimitAlone = /request too large|requested \d+.{0,40}must be reduced/i
const badKey = /api key not valid|invalid api key|incorrect api key/i

/** The `type` or `code` of errors. Sources: the error references of OpenAI, Anthropic and OpenRouter. */
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
  api_error: 'overloaded',
  timeout_error: 'timeout',
  context_length_exceeded: 'context-overflow',
  exceed_context_size_error: 'context-overflow',
  request_too_large: 'context-overflow',
  content_filter: 'content',
  invalid_prompt: 'content',
}

const kindOfName = (name: string): ModelErrorKind | undefined => {
  const known = kindByName[name]
  if (known) return known
  if (name.includes('policy')) return 'content'
  return /^(?:invalid|unsupported|image|empty)_|not_found/.test(name) ? 'bad-request' : undefined
}

const kindOfStatus = (status: number): ModelErrorKind => {
  if (status === 401 || status === 403) return 'auth'
  if (status === 402 || status === 429) return 'rate-limit'
  if (status === 408) return 'timeout'
  if (status === 413) return 'context-overflow'
  return status >= 500 ? 'overloaded' : 'bad-request'
}

const refine = (kind: ModelErrorKind, named: ModelErrorKind | undefined, all: string): ModelErrorKind => {
  if (kind === 'bad-request' || kind === 'overloaded')
    if (named === 'context-overflow' || tooLong.test(all)) return 'context-overflow'
  if (kind === 'bad-request' || kind === 'auth')
    if (named === 'content' || refusedContent.test(all)) return 'content'
  if (kind !== 'bad-request') return kind
  if (named === 'auth' || badKey.test(all)) return 'auth'
  return noQuota.test(all) ? 'rate-limit' : kind
}

/**
 * What kind of failure it is, and whether trying again can help: by the status, then by what the vendor calls it and
 * says of it. Without a status it came inside an answer that began well, and is the server's fault unless it says otherwise.
 */
export const classifyFailure = (
  status: number | undefined,
  { message = '', names }: VendorError,
): { readonly kind: ModelErrorKind; readonly retryable?: false } => {
  const all = [message, ...names].join(' ')
  const named = names.map(kindOfName).find((kind) => kind !== undefined)
  const kind = refine(status === undefined ? (named ?? 'overloaded') : kindOfStatus(status), named, all)
  const hopeless = kind === 'rate-limit' && (status === 402 || noQuota.test(all) || overLimitAlone.test(all))
  return hopeless ? { kind, retryable: false } : { kind }
}

import { ModelError } from '@ashlar/core'
import type { ApiCaller } from './api-caller.ts'
import { ConnectionError } from './connection-error.ts'
import type { HttpResponse } from './http.ts'
import type * as factsReader from './read-facts.ts'
import { redactSecrets } from './redact-secrets.ts'
import type { FailureFacts, UpstreamFailure } from './upstream-failure.ts'

const maxMessage = 500

/** What was thrown, as a `ModelError` without secrets: a `timeout`, or a `network` failure. One is returned as it is. */
export const fromCause = (cause: unknown, { provider, modelId, secrets }: ApiCaller): ModelError => {
  if (ModelError.isInstance(cause)) return cause
  const kind = ConnectionError.isInstance(cause) ? cause.code : 'network'
  const why = redactSecrets(cause instanceof Error ? cause.message : String(cause), secrets)
  return new ModelError(`${provider}/${modelId}: ${why}`, { kind, provider, modelId }, { cause })
}

/** Whether a server answered, or something was thrown; a `ModelError` says all there is to say. */
export const isAnswer = ({ status, body, cause }: UpstreamFailure): boolean =>
  (status !== undefined || body !== undefined) && !ModelError.isInstance(cause)

/** The facts of a failed call as a `ModelError`, without secrets. */
export const fromFacts = (
  { words, ...facts }: FailureFacts,
  { provider, modelId, secrets }: ApiCaller,
): ModelError => {
  const safe = redactSecrets(words, secrets)
  const shown = safe.length > maxMessage ? `${safe.slice(0, maxMessage)}…` : safe
  const code = facts.status === undefined ? facts.kind : `${facts.status} ${facts.kind}`
  return new ModelError(`${provider}/${modelId}: ${code}: ${shown}`, { ...facts, provider, modelId })
}

/** What knows the words of all vendors: a call that succeeds does without. */
const loadReader = (): Promise<typeof factsReader> => import('./read-facts.ts')

/**
 * The error a server answered with, as `toModelError` of `@ashlar/wire/model-error` makes it, which is loaded by
 * the first of them.
 */
export const readFailure = async (failure: UpstreamFailure): Promise<ModelError> => {
  if (!isAnswer(failure)) return fromCause(failure.cause, failure)
  const { readFacts } = await loadReader()
  return fromFacts(readFacts(failure), failure)
}

/** An answer that is no success as a `ModelError` with the vendor's words, at most 64 KiB of them read. */
export const fromResponse = async (response: HttpResponse, caller: ApiCaller): Promise<ModelError> => {
  const { readErrorBody, readFacts } = await loadReader()
  const { status, headers } = response
  const body = await readErrorBody(response)
  return fromFacts(readFacts({ ...caller, status, headers, body }), caller)
}

/** The error of a vendor's SDK for an answer with a status. */
export const fromStatusError = async (
  error: Error & { readonly status: number },
  caller: ApiCaller,
): Promise<ModelError> => {
  const { readFacts, readStatusError } = await loadReader()
  return fromFacts(readFacts({ ...caller, ...readStatusError(error) }), caller)
}

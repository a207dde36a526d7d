import { AshlarError, ModelError } from '@ashlar/core'
import type { ApiCaller } from './api-caller.ts'
import { ConnectionError } from './connection-error.ts'
import { redactSecrets } from './redact-secrets.ts'
import type { FailureFacts, UnreadFailure } from './upstream-failure.ts'

const maxMessage = 500

/** The facts of a failed call as a `ModelError`, without secrets. */
export const fromFacts = (
  { words, ...facts }: FailureFacts,
  { provider, modelId, secrets }: ApiCaller,
  options?: ErrorOptions,
): ModelError => {
  const safe = redactSecrets(words, secrets)
  const shown = safe.length > maxMessage ? `${safe.slice(0, maxMessage)}…` : safe
  return new ModelError(`${provider}/${modelId}: ${shown}`, { ...facts, provider, modelId }, options)
}

/** What was thrown, as a `ModelError`: a `timeout`, or a `network` failure. One is returned as it is. */
export const fromCause = (cause: unknown, caller: ApiCaller): ModelError => {
  if (ModelError.isInstance(cause)) return cause
  const words = cause instanceof Error ? cause.message : String(cause)
  const kind = ConnectionError.isInstance(cause) ? cause.code : 'network'
  return fromFacts({ words, kind }, caller, { cause })
}

/** As `fromCause`, but what else was thrown on purpose, such as the mistake of a caller, stays as it is too. */
export const fromThrown = (cause: unknown, caller: ApiCaller): AshlarError =>
  AshlarError.isInstance(cause) && !ConnectionError.isInstance(cause) ? cause : fromCause(cause, caller)

/** Whether a server answered, or something was thrown; a `ModelError` says all there is to say. */
export const isAnswer = ({ status, body, response, cause }: UnreadFailure): boolean =>
  (status ?? body ?? response) !== undefined && !ModelError.isInstance(cause)

/**
 * The error a server answered with, as `toModelError` of `@ashlar/wire/model-error` makes it. What knows the words of
 * all vendors is loaded by the first of them: a call that succeeds does without.
 */
export const readFailure = async (failure: UnreadFailure): Promise<ModelError> => {
  if (!isAnswer(failure)) return fromCause(failure.cause, failure)
  const { readAnswer } = await import('./read-facts.ts')
  return fromFacts(await readAnswer(failure), failure)
}

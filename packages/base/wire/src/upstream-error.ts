import { AshlarError, ModelError } from '@ashlar/core'
import type { ApiCaller } from './api-caller.ts'
import { ConnectionError } from './connection-error.ts'
import type { FailureFacts, UnreadFailure } from './upstream-failure.ts'

/** The facts of a failed call as a `ModelError`. */
export const fromFacts = (
  { words, ...facts }: FailureFacts,
  { provider, modelId, cause }: UnreadFailure,
): ModelError =>
  new ModelError(
    `${provider}/${modelId}: ${words}`,
    { ...facts, provider, modelId },
    cause === undefined ? undefined : { cause },
  )

/** What is known where nothing more can be loaded, as in a page that has lost its connection. */
const unread: FailureFacts = { words: 'the call failed, and what tells why did not load', kind: 'network' }

/**
 * The failure of a call, as `toModelError` of `@ashlar/wire/model-error` makes it. What reads it is loaded by the
 * first failure: a call that succeeds does without.
 */
export const readFailure = async (failure: UnreadFailure): Promise<ModelError> => {
  if (ModelError.isInstance(failure.cause)) return failure.cause
  const facts = await import('./read-facts.ts').then(
    ({ readAnswer }) => readAnswer(failure),
    () => unread,
  )
  return fromFacts(facts, failure)
}

/** As `readFailure`, but what else was thrown on purpose, such as the mistake of a caller, stays as it is too. */
export const readThrown = async (cause: unknown, caller: ApiCaller): Promise<AshlarError> =>
  AshlarError.isInstance(cause) && !ConnectionError.isInstance(cause)
    ? cause
    : readFailure({ ...caller, cause })

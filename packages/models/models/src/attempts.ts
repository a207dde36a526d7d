import { type FinishEvent, ModelError } from '@ashlar/core'
import type { ModelErrorFacts } from '@ashlar/core/errors'
import type { Attempt } from '@ashlar/core/model'
import type { OpenedStream } from './model-stream.ts'
import { amendStream } from './model-stream.ts'

/** The same error with other facts, or another message. */
export const restateError = (
  error: ModelError,
  facts: Partial<ModelErrorFacts> & { readonly message?: string },
): ModelError => {
  const { message = error.message, ...changed } = facts
  const { name: _name, code: _code, message: _message, cause: _cause, stack: _stack, ...known } = error
  return new ModelError(
    message,
    { ...known, ...changed },
    error.cause === undefined ? {} : { cause: error.cause },
  )
}

/** The upstream tries behind an error. */
export const attemptsOf = (error: ModelError): readonly Attempt[] => {
  const { provider, modelId, message, usage, attempts } = error
  return attempts ?? [{ provider, modelId, error: message, ...(usage && { usage }) }]
}

/** The error of the last try, with the tries before it. */
export const afterAttempts = (error: unknown, earlier: readonly Attempt[]): unknown =>
  earlier.length > 0 && ModelError.isInstance(error)
    ? restateError(error, { attempts: [...earlier, ...attemptsOf(error)] })
    : error

const answered = ({ response: { provider, modelId }, usage, attempts }: FinishEvent): readonly Attempt[] =>
  attempts ?? [{ provider, modelId, usage }]

/** The end of the try that answered, with the tries before it. */
export const finishAfter = (finish: FinishEvent, earlier: readonly Attempt[]): FinishEvent =>
  earlier.length > 0 ? { ...finish, attempts: [...earlier, ...answered(finish)] } : finish

/** A stream whose end tells of the tries before it. `earlier` is read when the stream ends. */
export const withAttempts = (opened: OpenedStream, earlier: readonly Attempt[]): OpenedStream =>
  amendStream(opened, {
    finish: (finish) => finishAfter(finish, earlier),
    error: (error) => afterAttempts(error, earlier),
  })

/** The last of these errors, with the words and the tries of all. */
export const noneAnswered = (errors: readonly ModelError[]): unknown => {
  const last = errors.at(-1)
  if (!last || errors.length === 1) return last
  const causes = errors.map(({ provider, modelId, message }) => `${provider}/${modelId}: ${message}`)
  return restateError(last, {
    message: `no model answered. ${causes.join('; ')}`,
    attempts: errors.flatMap(attemptsOf),
  })
}

import { AshlarError, ModelError } from '@ashlar/core'
import { type Span, SpanStatusCode } from '@opentelemetry/api'

/** A model call or run that its caller stopped: by its signal, or by leaving the iteration. */
export const aborted = 'aborted'

const isIdentifier = (value: unknown): value is string =>
  typeof value === 'string' && /^[A-Za-z_]\w{0,63}$/.test(value)

const nameOf = (error: unknown): string => {
  if (AshlarError.isInstance(error)) return error.code
  if (!(error instanceof Error)) return '_OTHER'
  if (error.name === 'AbortError') return aborted
  if (error.name === 'TimeoutError') return 'timeout'
  const code = 'code' in error ? error.code : undefined
  return [code, error.name].find(isIdentifier) ?? '_OTHER'
}

/**
 * The `error.type` of a failure: the kind of a `ModelError`, the code of other errors of Ashlar and of the system, else
 * the class; `aborted` and `timeout` when a signal ended it; `_OTHER` for what is no error. Never a message.
 */
export const errorTypeOf = (error: unknown, signal?: AbortSignal): string => {
  if (!signal?.aborted || ModelError.isInstance(error)) return nameOf(error)
  return nameOf(signal.reason) === 'timeout' ? 'timeout' : aborted
}

/** Marks a span as failed. Messages of errors quote prompts and keys, so `describe` decides what is said of them. */
export const markFailed = (
  span: Span,
  failure: { readonly type: string; readonly message?: string | undefined },
): void => {
  const { type, message } = failure
  span.setAttribute('error.type', type)
  span.setStatus({ code: SpanStatusCode.ERROR, ...(message !== undefined && { message }) })
}

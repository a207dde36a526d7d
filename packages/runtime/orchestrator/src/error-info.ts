import { AshlarError, isObject } from '@ashlar/core'
import type { ErrorInfo } from './execution.ts'

/** Any thrown value as plain JSON; stacks and causes stay behind. */
export const toErrorInfo = (error: unknown): ErrorInfo => {
  const facts: Record<string, unknown> = isObject(error) ? error : {}
  const { retryable, retryAfterMs } = facts
  const code = AshlarError.isInstance(error) ? error.code : 'error'
  const isError = error instanceof Error
  const text = typeof error === 'string' ? error : 'something that is no error was thrown'
  return {
    code,
    name: isError ? error.name : 'Error',
    message: isError ? error.message || error.name : text,
    ...(typeof retryable === 'boolean' && { retryable }),
    ...(typeof retryAfterMs === 'number' && { retryAfterMs }),
  }
}

import { AshlarError } from '@ashlar/core'
import type { ExecutionResult } from './execution.ts'
import { isNamed } from './is-named.ts'

/** An execution in a graph did not succeed; `result` is all of it, the transcript included. */
export class ExecutionFailed extends AshlarError {
  readonly result: ExecutionResult
  override name = 'ExecutionFailed'
  readonly retryable: boolean
  readonly retryAfterMs: number | undefined
  constructor(result: ExecutionResult) {
    super(result.error?.code ?? 'failed', `Task "${result.taskId}" failed: ${result.error?.message}`)
    this.result = result
    this.retryable = result.error?.retryable ?? true
    this.retryAfterMs = result.error?.retryAfterMs
  }
  static override isInstance(error: unknown): error is ExecutionFailed {
    return isNamed(error, 'ExecutionFailed')
  }
}

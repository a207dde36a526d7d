import { AshlarError } from '@ashlar/core'
import { isNamed } from '../is-named.ts'

/** `timeout`, `stuck` (nothing runs, nothing waits, and it has not ended), `step-failed`. */
export class WorkflowError extends AshlarError {
  /** The step that it is about. */
  readonly stage: string | undefined
  override name = 'WorkflowError'
  constructor(
    code: 'timeout' | 'stuck' | 'step-failed',
    message: string,
    options: ErrorOptions & { stage?: string } = {},
  ) {
    super(code, message, options)
    this.stage = options.stage
  }
  static override isInstance(error: unknown): error is WorkflowError {
    return isNamed(error, 'WorkflowError')
  }
}

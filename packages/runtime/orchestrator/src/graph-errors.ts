import { AshlarError } from '@ashlar/core'
import { isNamed } from './is-named.ts'

/** Tasks that make no graph; `problems` names every duplicate, every missing task and the cycles. */
export class InvalidGraph extends AshlarError {
  readonly problems: readonly string[]
  override name = 'InvalidGraph'
  constructor(problems: readonly string[]) {
    const shown = problems.slice(0, 10).join('; ')
    const more = problems.length > 10 ? `; and ${problems.length - 10} more` : ''
    super('invalid-graph', `The tasks make no graph: ${shown}${more}`)
    this.problems = problems
  }
  static override isInstance(error: unknown): error is InvalidGraph {
    return isNamed(error, 'InvalidGraph')
  }
}

/** One try of a task took longer than it may. */
export class TaskTimeout extends AshlarError {
  readonly taskId: string
  readonly timeoutMs: number
  override name = 'TaskTimeout'
  constructor(taskId: string, timeoutMs: number) {
    super('task-timeout', `Task "${taskId}" took longer than ${timeoutMs} ms`)
    this.taskId = taskId
    this.timeoutMs = timeoutMs
  }
  static override isInstance(error: unknown): error is TaskTimeout {
    return isNamed(error, 'TaskTimeout')
  }
}

/** Undoing what a task did took longer than it may: whether it is undone is not known. */
export class CompensationTimeout extends AshlarError {
  readonly taskId: string
  readonly timeoutMs: number
  override name = 'CompensationTimeout'
  constructor(taskId: string, timeoutMs: number) {
    super('compensation-timeout', `Undoing task "${taskId}" took longer than ${timeoutMs} ms`)
    this.taskId = taskId
    this.timeoutMs = timeoutMs
  }
  static override isInstance(error: unknown): error is CompensationTimeout {
    return isNamed(error, 'CompensationTimeout')
  }
}

/** The run was cancelled; `cause` is the reason given. */
export class RunCancelled extends AshlarError {
  override name = 'RunCancelled'
  constructor(reason?: unknown) {
    const why = reason instanceof Error ? reason.message : typeof reason === 'string' ? reason : undefined
    super('run-cancelled', why === undefined ? 'The run was cancelled' : `The run was cancelled: ${why}`, {
      cause: reason,
    })
  }
  static override isInstance(error: unknown): error is RunCancelled {
    return isNamed(error, 'RunCancelled')
  }
}

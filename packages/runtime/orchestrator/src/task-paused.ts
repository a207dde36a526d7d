import { AshlarError, type JsonValue } from '@ashlar/core'
import { isNamed } from './is-named.ts'

/** A call of a tool that waits for a person. */
export interface OpenApproval {
  /** What `approvals` names it by: `task/call`. */
  readonly id: string
  readonly taskId: string
  readonly callId: string
  /** Of the tool. */
  readonly name: string
  readonly input: JsonValue
}

/**
 * Thrown by the work of a task that can only go on once somebody has answered. The task is `paused`, and so is the run
 * once nothing else can be done.
 */
export class TaskPaused<Output = unknown> extends AshlarError {
  readonly pending: readonly Omit<OpenApproval, 'id' | 'taskId'>[]
  /** Where it stands: what it is given as `paused` when the run is gone on with. JSON, should it survive the process. */
  readonly output: Output
  override name = 'TaskPaused'
  constructor(pending: TaskPaused['pending'], output: Output) {
    super('task-paused', `Waits for an approval of ${pending.map(({ name }) => name).join(', ')}`)
    this.pending = pending
    this.output = output
  }
  static override isInstance(error: unknown): error is TaskPaused {
    return isNamed(error, 'TaskPaused')
  }
}

import type { Clock } from '@ashlar/core/clock'
import type { CompensateContext, Compensated } from './compensated.ts'
import type { OpenApproval } from './task-paused.ts'
import type { RetryPolicy, Task, TaskOutcome, TaskState } from './task.ts'

/** What the work of a task may know, and tell. */
export interface TaskContext<Output = unknown> {
  readonly runId: string
  /** From 1. */
  readonly attempt: number
  /** Aborted when the task or the run is cancelled, or the try took too long. */
  readonly signal: AbortSignal
  /** `runId/taskId`: the same for every try, and after a restart. */
  readonly idempotencyKey: string
  /** What the dependencies that succeeded gave, by id. */
  readonly inputs: Readonly<Record<string, Output>>
  /** How the dependencies ended, in the order of `dependsOn`; those that still run are missing. */
  readonly upstream: readonly TaskOutcome<Output>[]
  /** Tells the listener of the run how far the work is. */
  readonly report: (update: unknown) => void
  /** Where the task stood when it paused, if it did. */
  readonly paused: Output | undefined
  /** The answers to what it paused for, by call: `true`, or the reason it was denied. */
  readonly approvals: Readonly<Record<string, true | string>>
  /** Ends the task as `skipped`. */
  readonly skip: (reason?: string) => never
}

export type Work<T extends Task, Output> = (task: T, context: TaskContext<Output>) => Output | Promise<Output>

export type GraphEvent =
  | { readonly type: 'graph-start'; readonly runId: string; readonly tasks: number }
  | { readonly type: 'task-start'; readonly id: string; readonly attempt: number }
  | { readonly type: 'task-progress'; readonly id: string; readonly update: unknown }
  | {
      readonly type: 'task-retry'
      readonly id: string
      readonly attempt: number
      readonly error: unknown
      readonly delayMs: number
    }
  | { readonly type: 'task-end'; readonly outcome: TaskOutcome; readonly replayed?: true }
  /** Work that was given up has succeeded after all; it may come after `graph-end`, as may its `task-compensated`. */
  | { readonly type: 'task-late'; readonly id: string }
  | ({ readonly type: 'task-compensated' } & Compensated)
  | { readonly type: 'graph-pause' }
  | { readonly type: 'graph-resume' }
  | { readonly type: 'graph-end'; readonly state: GraphResult['state'] }

export interface GraphResult<Output = unknown> {
  readonly runId: string
  /**
   * `failed`: a task failed, or waits for one that did. `paused`: a task waits for an answer and all that can be done
   * without is; begin it again with `from` and `approvals`.
   */
  readonly state: 'success' | 'failed' | 'cancelled' | 'paused'
  /** By id, in the order in which they ended. */
  readonly outcomes: ReadonlyMap<string, TaskOutcome<Output>>
  /** Tasks that were compensated, in that order; with the error where that failed. */
  readonly compensated: readonly Compensated[]
  /** What the paused tasks wait for; empty unless paused. */
  readonly pending: readonly OpenApproval[]
  readonly durationMs: number
}

export interface RunGraphOptions<T extends Task = Task, Output = unknown> {
  /** @default a random UUID */
  readonly runId?: string
  /** Tasks that run at once. @default 8 */
  readonly concurrency?: number
  /** Tasks of one key that run at once: one number for all keys, or by key. @default unlimited */
  readonly keyConcurrency?: number | Readonly<Record<string, number>>
  /** For tasks without their own. @default one try */
  readonly retry?: RetryPolicy
  /** For tasks without their own, in milliseconds. @default none */
  readonly timeoutMs?: number
  /** How long cancelled work is waited for, in milliseconds; it is left behind after that. @default 1_000 */
  readonly graceMs?: number
  readonly signal?: AbortSignal
  /** Told of everything, in order. What it throws cancels the run and comes out of `result`. */
  readonly onEvent?: (event: GraphEvent) => void
  /** Outcomes of an earlier run: what succeeded there is not done again, what paused goes on from there. */
  readonly from?: Iterable<TaskOutcome<Output>>
  /** Tasks of graphs before this one in the same run: what of them succeeded, in `from`, is undone with the rest. @default none */
  readonly earlier?: readonly T[]
  /** Answers to what tasks paused for, by `task/call`: `true`, or the reason it was denied. */
  readonly approvals?: Readonly<Record<string, true | string>>
  /**
   * Undoes a success: called for each, last first, when the run is cancelled, also for one that comes after its end.
   * May be called again for the same success if it failed, or its process ended: with the same idempotency key.
   */
  readonly compensate?: (
    task: T,
    outcome: TaskOutcome<Output>,
    context: CompensateContext,
  ) => void | Promise<void>
  /** How long each may take, in milliseconds; then it is left behind. @default 30_000 */
  readonly compensateTimeoutMs?: number
  /** Compensates also when the run failed. @default false */
  readonly compensateFailure?: boolean
  readonly clock?: Clock
  /** At least 0 and below 1. @default Math.random */
  readonly random?: () => number
}

/** A run of a graph: it has begun. */
export interface GraphRun<Output = unknown> {
  readonly runId: string
  /** Settles when every task has ended, or waits for an answer. Rejects only with what `onEvent` threw. */
  readonly result: Promise<GraphResult<Output>>
  /** Starts nothing more until `resume`; what runs goes on. */
  pause(): void
  resume(): void
  /** Stops what runs and starts nothing more. With an id only that task, and with it what needs its success. */
  cancel(reason?: unknown, id?: string): void
  stateOf(id: string): TaskState | undefined
  /** How many tasks are in each state. */
  counts(): Readonly<Record<TaskState, number>>
}

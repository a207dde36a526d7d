/**
 * When a task starts, by the ends of what it depends on: `all_success` (the default), `all_done` (however they
 * ended), `one_success` (at the first), `none_failed` (successes and skips). The names are those of Airflow.
 */
export type TriggerRule = 'all_success' | 'all_done' | 'one_success' | 'none_failed'

/** How often, and how soon, what failed is tried again. */
export interface RetryPolicy {
  /** Tries in all, the first included. @default 1 */
  readonly attempts?: number
  /** The longest wait before the second try, in milliseconds; doubles with every try, full jitter. @default 500 */
  readonly baseMs?: number
  /** The longest wait of all, in milliseconds. @default 30_000 */
  readonly capMs?: number
}

/** A node of a graph. Fields beyond these are the caller's, and come back to the work that is done for it. */
export interface Task {
  readonly id: string
  /** Ids of the tasks that have to end first. @default none */
  readonly dependsOn?: readonly string[]
  /** @default 'all_success' */
  readonly trigger?: TriggerRule
  /** Of the tasks that could start, the one with the highest starts first. @default 0 */
  readonly priority?: number
  /** Tasks with the same key share the limit of that key. */
  readonly key?: string
  /** @default the run's */
  readonly retry?: RetryPolicy
  /** The longest one try may take, in milliseconds. @default the run's */
  readonly timeoutMs?: number
  /** How long it is expected to take, in milliseconds, for the critical path. @default 1 */
  readonly expectedMs?: number
}

/** Where a task stands: `paused` waits for somebody's answer. The last five are ends. */
export type TaskState =
  | 'pending'
  | 'running'
  | 'paused'
  | 'success'
  | 'failed'
  | 'skipped'
  | 'upstream_failed'
  | 'cancelled'

/** How a task ended; in a run that paused, also what is `paused`, and what is `pending` behind that. */
export interface TaskOutcome<Output = unknown> {
  readonly id: string
  readonly state: Exclude<TaskState, 'running'>
  /** Of a success; of a paused task, where it stands. */
  readonly output?: Output
  /** Of a failure or a cancellation; the `TaskPaused` of a paused task. */
  readonly error?: unknown
  /** Tries made. */
  readonly attempts: number
  /** From the start of the last try, in milliseconds. */
  readonly durationMs: number
}

import type { GraphResult } from './graph-run.ts'
import { type OpenApproval, TaskPaused } from './task-paused.ts'
import type { TaskOutcome, TaskState } from './task.ts'
import { bitOf, ended } from './trigger-rule.ts'

type Outcomes = ReadonlyMap<string, TaskOutcome>

/** How many tasks are in each state. */
export const countStates = (
  outcomes: Outcomes,
  { tasks, running }: { readonly tasks: number; readonly running: number },
): Record<TaskState, number> => {
  const none = { success: 0, failed: 0, skipped: 0, upstream_failed: 0, cancelled: 0, paused: 0 }
  const counts = { pending: tasks - outcomes.size - running, running, ...none }
  for (const { state } of outcomes.values()) counts[state] += 1
  return counts
}

const has = (outcomes: Outcomes, wanted: TaskOutcome['state']): boolean => {
  for (const { state } of outcomes.values()) if (state === wanted) return true
  return false
}

/** Whether what is left waits for somebody's answer. */
export const isPaused = (outcomes: Outcomes): boolean => has(outcomes, 'paused')

/** How a run ended in which every task has, or waits. */
export const stateOfAll = (outcomes: Outcomes): GraphResult['state'] => {
  if (isPaused(outcomes)) return 'paused'
  for (const { state } of outcomes.values()) if (bitOf(state) === ended.failed) return 'failed'
  return 'success'
}

/** What the paused tasks wait for. */
export const openApprovals = (outcomes: Outcomes): OpenApproval[] =>
  [...outcomes.values()].flatMap(({ id: taskId, state, error }) =>
    state === 'paused' && TaskPaused.isInstance(error)
      ? error.pending.map((call) => ({ id: `${taskId}/${call.callId}`, taskId, ...call }))
      : [],
  )

/** The answers to what a task paused for, by call. */
export const approvalsOf = (
  id: string,
  approvals: Readonly<Record<string, true | string>> = {},
): Readonly<Record<string, true | string>> =>
  Object.fromEntries(
    Object.entries(approvals).flatMap(([name, answer]) =>
      name.startsWith(`${id}/`) ? [[name.slice(id.length + 1), answer]] : [],
    ),
  )

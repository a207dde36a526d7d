import type { GraphResult } from './graph-run.ts'
import type { TaskOutcome } from './task.ts'
import { bitOf, ended } from './trigger-rule.ts'

type Outcomes = ReadonlyMap<string, TaskOutcome>

/** How many tasks ended in each way. */
export const countEnds = (outcomes: Outcomes): Record<TaskOutcome['state'], number> => {
  const counts = { success: 0, failed: 0, skipped: 0, upstream_failed: 0, cancelled: 0 }
  for (const { state } of outcomes.values()) counts[state] += 1
  return counts
}

/** How a run ended in which every task has. */
export const stateOfAll = (outcomes: Outcomes): GraphResult['state'] => {
  for (const { state } of outcomes.values()) if (bitOf(state) === ended.failed) return 'failed'
  return 'success'
}

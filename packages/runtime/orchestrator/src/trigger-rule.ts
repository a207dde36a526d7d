import type { TaskOutcome, TriggerRule } from './task.ts'

export const triggerRules: readonly TriggerRule[] = ['all_success', 'all_done', 'one_success', 'none_failed']

/** What is known of the ends of a task's dependencies, as bits. */
export const ended = { success: 1, failed: 2, skipped: 4 } as const

/** The bit of an end: what depends on a task sees `upstream_failed` and `cancelled` as failures. */
export const bitOf = (state: TaskOutcome['state']): number => {
  if (state === 'success' || state === 'skipped') return ended[state]
  return ended.failed
}

/**
 * What a task does next, given how many of its dependencies still run and the bits of those that ended.
 * Nothing but `one_success` acts before all have ended, so that the answer does not depend on their order.
 */
export const decide = (
  rule: TriggerRule,
  { remaining, seen }: { readonly remaining: number; readonly seen: number },
): 'wait' | 'run' | 'upstream_failed' | 'skipped' => {
  const has = (bit: number): boolean => (seen & bit) !== 0
  if (rule === 'one_success' && has(ended.success)) return 'run'
  if (remaining > 0) return 'wait'
  if (rule === 'all_done') return 'run'
  if (has(ended.failed)) return 'upstream_failed'
  if (rule === 'none_failed' || !has(ended.skipped)) return 'run'
  return 'skipped'
}

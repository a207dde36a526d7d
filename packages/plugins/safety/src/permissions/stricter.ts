import type { PermissionDecision, PermissionVerdict } from './permission-rule.ts'

const order: readonly PermissionVerdict[] = ['allow', 'ask', 'deny']

/** The stricter of two decisions; of equals, the first. What is no decision denies. */
export const stricter = (
  first: PermissionDecision,
  second: PermissionDecision | undefined,
): PermissionDecision => {
  if (second === undefined) return first
  const at = order.indexOf(second.verdict)
  if (at < 0) return { verdict: 'deny', rule: 'check', why: 'The check gave no verdict.' }
  return at > order.indexOf(first.verdict) ? second : first
}

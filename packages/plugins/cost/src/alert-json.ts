import type { JsonObject } from '@ashlar/core'
import type { BudgetAlert } from './alert.ts'
import { toUsdString } from './money.ts'

/** An alert for machines: dollars as exact decimals, times in ISO 8601. */
export const alertJson = (alert: BudgetAlert): JsonObject => {
  const { rule, scope, id, share, limit, spent, reserved, needed, window, timeZone, message } = alert
  return {
    event: 'budget-alert',
    rule,
    scope,
    id,
    share,
    limitUsd: toUsdString(limit),
    spentUsd: toUsdString(spent),
    reservedUsd: toUsdString(reserved),
    ...(needed !== undefined && { neededUsd: toUsdString(needed) }),
    at: new Date(alert.at).toISOString(),
    ...(window !== undefined && {
      window,
      timeZone,
      from: new Date(alert.from).toISOString(),
      until: new Date(alert.until).toISOString(),
    }),
    message,
  }
}

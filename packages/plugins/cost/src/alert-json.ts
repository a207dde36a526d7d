import type { JsonObject } from '@ashlar/core'
import type { BudgetAlert } from './alert.ts'
import { toUsdString } from './money.ts'

/** An alert for machines: dollars as exact decimals, times in ISO 8601. */
export const alertJson = (alert: BudgetAlert): JsonObject => {
  const { scope, id, share, refused, limit, spent, reserved, window, timeZone, message } = alert
  return {
    event: 'budget-alert',
    scope,
    id,
    share,
    refused,
    limitUsd: toUsdString(limit),
    spentUsd: toUsdString(spent),
    reservedUsd: toUsdString(reserved),
    ...(window !== undefined && {
      window,
      timeZone,
      from: new Date(alert.from).toISOString(),
      until: new Date(alert.until).toISOString(),
    }),
    message,
  }
}

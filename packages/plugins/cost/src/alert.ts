import type { CheckedLimit } from './budget-limit.ts'
import { type AccountState, accountName, type Ledger } from './ledger.ts'
import { formatUsd } from './money.ts'
import type { BudgetWindow } from './window.ts'

/** A share of a budget was reached, for the first time in its window. */
export interface BudgetAlert extends AccountState {
  /** The share that was reached: 0.8 is 80 %. */
  readonly share: number
  /** Whether a call was refused for it. */
  readonly refused: boolean
  readonly window: BudgetWindow | undefined
  readonly timeZone: string
  /** All of that in a sentence. */
  readonly message: string
}

/** Where alerts go. What it throws is told to `onError`, and harms no call. */
export type AlertSink = (alert: BudgetAlert) => void | Promise<void>

export interface AlertsOptions {
  readonly ledger: Ledger
  readonly sinks: readonly AlertSink[]
  readonly onError: (error: unknown) => void
}

/** Tells the sinks once what is worth telling. */
export interface Alerts {
  /** Looks at an account after it has changed, or after it had no room. Never throws. */
  check(limit: CheckedLimit, state: AccountState, refused: boolean): Promise<void>
}

const describe = (limit: CheckedLimit, { scope, id, spent }: AccountState, share: number): string => {
  const owner = scope === 'all' ? 'all calls' : `${scope} ${id}`
  const span = limit.window === undefined ? '' : ` a ${limit.window}`
  const percent = Math.round(share * 100)
  return `${percent} % of the budget of ${formatUsd(limit.limit)}${span} for ${owner} is used: ${formatUsd(spent)} is spent.`
}

/** Thousandths of a percent are enough for a share. */
const steps = 100_000

const isReached = ({ spent, limit }: AccountState, share: number): boolean =>
  spent * BigInt(steps) >= limit * BigInt(Math.round(share * steps))

/** Names remembered, so that the ledger is asked once each; what is forgotten is only asked again. */
const maxTold = 10_000

/** Makes alerts out of what happens to accounts. The ledger remembers which were told, so a restart does not repeat them. */
export const createAlerts = ({ ledger, sinks, onError }: AlertsOptions): Alerts => {
  const told = new Set<string>()

  const tell = async (alert: BudgetAlert): Promise<void> => {
    await Promise.all(
      sinks.map(async (sink) => {
        try {
          await sink(alert)
        } catch (error) {
          onError(error)
        }
      }),
    )
  }
  const isFirst = async (name: string): Promise<boolean> => {
    if (told.has(name)) return false
    if (told.size > maxTold) told.clear()
    told.add(name)
    try {
      return await ledger.claim(name)
    } catch (error) {
      told.delete(name)
      throw error
    }
  }

  return {
    check: async (limit, state, refused) => {
      const { window, timeZone, alertAt } = limit
      const { from, until } = state
      const reached = alertAt.filter((share) => isReached(state, share) || (refused && share === 1))
      try {
        for (const share of reached)
          if (await isFirst(`alert ${accountName(state)} ${from} ${until} ${limit.limit} ${share}`))
            await tell({ ...state, share, refused, window, timeZone, message: describe(limit, state, share) })
      } catch (error) {
        onError(error)
      }
    },
  }
}

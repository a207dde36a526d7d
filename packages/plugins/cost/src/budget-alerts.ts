import type { AlertFacts } from './alert.ts'
import type { Delivery } from './alert-delivery.ts'
import { type AlertRule, dueAlerts } from './alert-rule.ts'
import { type AlertSilence, isSilenced } from './alert-silence.ts'
import type { CheckedLimit } from './budget-limit.ts'
import { type Account, accountName, type AccountState, type Charge, type Ledger } from './ledger.ts'
import type { PicoDollars } from './money.ts'

export interface BudgetAlertsOptions {
  readonly ledger: Ledger
  readonly limits: readonly CheckedLimit[]
  readonly rules: readonly AlertRule[]
  /** Read each time. */
  readonly silences: readonly AlertSilence[]
  readonly delivery: Delivery
  readonly onError: (error: unknown) => void
  readonly clock: { now(): number }
}

/** An account of a limit as it stands, and what was refused for it just now. */
export interface AlertCheck {
  readonly limit: CheckedLimit
  readonly state: AccountState
  readonly needed?: PicoDollars
}

/** Makes alerts out of what happens to accounts, once a window each. */
export interface BudgetAlerts {
  /** Resolves when what is to be told is written down. Never throws. */
  check(changed: AlertCheck): Promise<void>
  /** Now and then charges lost calls, and tells what they made true and what others left untold. */
  sweep(): void
  flush(timeoutMs?: number): Promise<void>
}

/** Names remembered, so that the ledger is asked once each; what is forgotten is only asked again. */
const maxPosted = 10_000
/** Milliseconds. */
const betweenSweeps = 60_000

const chargeTo = ({ scope, id }: Account): Charge => {
  if (scope === 'key') return { key: id }
  if (scope === 'project') return { project: id }
  return scope === 'all' ? {} : { runId: id }
}

/** Whether an account is that of this limit at this time. */
const isAccountOf = (limit: CheckedLimit, state: AccountState, at: number): boolean => {
  if (limit.per !== state.scope || limit.limit !== state.limit) return false
  const account = limit.accountOf(chargeTo(state), at)
  return account?.from === state.from && account.until === state.until && account.id === state.id
}

/** Posts what was not posted before, as far as is remembered. */
const postOnce = (delivery: Delivery): Delivery['post'] => {
  const posted = new Set<string>()
  return async (name, alert) => {
    if (posted.has(name)) return
    if (posted.size > maxPosted) posted.clear()
    posted.add(name)
    try {
      await delivery.post(name, alert)
    } catch (error) {
      posted.delete(name)
      throw error
    }
  }
}

export const createBudgetAlerts = (options: BudgetAlertsOptions): BudgetAlerts => {
  const { ledger, limits, rules, silences, delivery, onError, clock } = options
  const post = postOnce(delivery)
  let swept = -Infinity
  let sweeping = Promise.resolve()

  const check = async ({ limit, state, needed }: AlertCheck): Promise<void> => {
    const { window, timeZone, alertAt } = limit
    const at = clock.now()
    const facts: AlertFacts = { ...state, at, window, timeZone, ...(needed !== undefined && { needed }) }
    const about = `${accountName(state)} ${state.from} ${state.until} ${limit.limit}`
    try {
      const due = dueAlerts(facts, { alertAt, rules }).filter((alert) => !isSilenced(silences, alert))
      await Promise.all(
        due.map((alert) => {
          const which = alert.rule === 'share' ? `share ${alert.share}` : alert.rule
          return post(`alert ${about} ${which}`, alert)
        }),
      )
    } catch (error) {
      onError(error)
    }
  }

  /** Runs and trees end with their process: theirs are looked at when they spend. */
  const checkAll = async (): Promise<void> => {
    const lasting = limits.filter(({ per }) => per !== 'run' && per !== 'tree')
    if (lasting.length === 0) return
    const now = clock.now()
    for (const state of await ledger.accounts())
      for (const limit of lasting) if (isAccountOf(limit, state, now)) await check({ limit, state })
  }

  const sweep = async (): Promise<void> => {
    const isFirst = swept === -Infinity
    swept = clock.now()
    try {
      if ((await ledger.expire(swept)) > 0 || isFirst) await checkAll()
    } catch (error) {
      onError(error)
    }
    await delivery.resume()
  }

  return {
    check,
    sweep: () => {
      if (clock.now() - swept < betweenSweeps) return
      const unhook = ledger.beforeClose(() => sweeping)
      sweeping = sweep().finally(unhook)
    },
    flush: async (timeoutMs) => {
      await sweeping
      await delivery.flush(timeoutMs)
    },
  }
}

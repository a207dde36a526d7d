import { InvalidArgument, type Meter } from '@ashlar/core'
import type { EmbeddingMeter } from '@ashlar/core/embedding-model'
import type { Clock } from '@ashlar/core/clock'
import type { AlertSink } from './alert.ts'
import { createDelivery } from './alert-delivery.ts'
import type { AlertRule } from './alert-rule.ts'
import { type AlertSilence, checkSilences } from './alert-silence.ts'
import { type BudgetAlerts, createBudgetAlerts } from './budget-alerts.ts'
import { type BudgetLimit, checkLimit } from './budget-limit.ts'
import {
  accountsOf,
  type BudgetEmbeddingMeter,
  type BudgetMeter,
  type BudgetParts,
  createBudgetEmbeddingMeter,
  createBudgetMeter,
} from './budget-meter.ts'
import type { AccountState, Charge, Ledger, LedgerRecord } from './ledger.ts'
import { memoryLedger } from './memory-ledger.ts'
import { listPricing, type Pricing, type PricingOptions } from './pricing.ts'

export interface BudgetOptions extends Partial<BudgetLimit>, Omit<Charge, 'runId'>, PricingOptions {
  /** Several limits, all of which hold; instead of `usd`, or besides. */
  readonly limits?: readonly BudgetLimit[]
  /** Where it is written down. Share one between all that share a limit. @default one in memory, of its own */
  readonly ledger?: Ledger
  /** Who is told when a share of a limit is reached, and of the first call that is refused. @default nobody */
  readonly alerts?: readonly AlertSink[]
  /** What else they are told, once a window each. @default nothing */
  readonly alertRules?: readonly AlertRule[]
  /** What they are not told for a time; looked at each time, so a list of yours may change. @default none */
  readonly silences?: readonly AlertSilence[]
  /**
   * How long an alert is held by the process that tells it, in milliseconds, which holds it anew until it is told. When
   * that process was killed, another tells it after this time.
   * @default 5000
   */
  readonly alertLeaseMs?: number
  /** Told of each call that is about to be made: its record, which is `open`. @default nobody */
  readonly onReserve?: (record: LedgerRecord) => void
  /** Told of each call that has ended, however it did, with what it used and cost: its record. @default nobody */
  readonly onCall?: (record: LedgerRecord) => void
  /** How long a call without a deadline may take before it is taken for lost, in milliseconds. @default 900_000 */
  readonly leaseMs?: number
  /** Prices that are no list. @default those of `prices` and the catalog */
  readonly pricing?: Pricing
  /** Told of what goes wrong in an alert, or after a call, when it is too late to refuse it. @default a warning of the process */
  readonly onError?: (error: unknown) => void
  readonly clock?: Pick<Clock, 'now'> & Partial<Clock>
}

/** Limits over a ledger: what `budget` and `metered` are made of, for whoever makes calls in another way. */
export interface Budget {
  readonly ledger: Ledger
  /** Meters the calls of one payer; `outer` is asked as well. @throws InvalidArgument when a limit is per what the charge does not say */
  meter(charge?: Charge, outer?: Meter): BudgetMeter
  /** The same for embeddings: `model.embed(texts, { meter })`. */
  embeddingMeter(charge?: Charge, outer?: EmbeddingMeter): BudgetEmbeddingMeter
  /** Where the accounts stand that a call of this payer would be charged to now. */
  state(charge?: Charge): Promise<readonly AccountState[]>
  /**
   * Waits until the alerts are told; what fails once more or takes longer is told by who opens the ledger next.
   * `ledger.close()` does the same.
   * @default timeoutMs 10_000
   */
  flush(timeoutMs?: number): Promise<void>
}

/** What `onError` is unless told. */
export const warnOf = (error: unknown): void =>
  process.emitWarning(error instanceof Error ? error : String(error), { code: 'ASHLAR_BUDGET' })

const limitsOf = ({ usd, limits = [], ...own }: BudgetOptions): readonly BudgetLimit[] => {
  const { per, id, window, timeZone, alertAt } = own
  const given = Object.entries({ per, id, window, timeZone, alertAt }).filter(
    ([, value]) => value !== undefined,
  )
  const all = [...(usd === undefined ? [] : [{ usd, ...Object.fromEntries(given) }]), ...limits]
  if (all.length === 0) throw new InvalidArgument('usd', 'how much may be spent (or `limits`)', usd)
  return all
}

const checkRules = (rules: readonly AlertRule[]): readonly AlertRule[] => {
  const names = new Set(['share', 'refused'])
  for (const [index, { name }] of rules.entries()) {
    if (names.has(name)) throw new InvalidArgument(`alertRules[${index}].name`, 'a name of its own', name)
    names.add(name)
  }
  return rules
}

/** Who tells of a budget; nobody where nobody listens. */
const alertsOf = (
  options: BudgetOptions,
  parts: Pick<BudgetParts, 'ledger' | 'limits' | 'onError'> & {
    readonly clock: NonNullable<BudgetOptions['clock']>
  },
): BudgetAlerts | undefined => {
  const { alerts: sinks = [], alertRules = [], silences = [], alertLeaseMs: leaseMs = 5000 } = options
  if (!(leaseMs > 0)) throw new InvalidArgument('alertLeaseMs', 'milliseconds above 0', leaseMs)
  const rules = checkRules(alertRules)
  checkSilences(silences)
  if (sinks.length === 0) return undefined
  const delivery = createDelivery({ ...parts, sinks, leaseMs })
  return createBudgetAlerts({ ...parts, rules, silences, delivery })
}

/** A budget for whatever makes calls. @throws InvalidArgument for wrong options */
export const createBudget = (options: BudgetOptions): Budget => {
  const { ledger = memoryLedger(), pricing = listPricing(options), onReserve, onCall } = options
  const { leaseMs = 900_000, onError = warnOf, clock = Date } = options
  if (!(leaseMs > 0)) throw new InvalidArgument('leaseMs', 'milliseconds above 0', leaseMs)
  const limits = limitsOf(options).map(checkLimit)
  const alerts = alertsOf(options, { ledger, limits, onError, clock })
  const listeners = { onReserve, onCall, onError }
  const parts: BudgetParts = { limits, ledger, pricing, alerts, leaseMs, ...listeners, clock }
  const stateOf = async (account: Omit<AccountState, 'spent' | 'reserved'>): Promise<AccountState> => ({
    ...account,
    ...(await ledger.balance(account)),
  })
  return {
    ledger,
    meter: (charge = {}, outer) => {
      accountsOf(limits, charge, clock.now())
      return createBudgetMeter(parts, charge, outer)
    },
    embeddingMeter: (charge = {}, outer) => {
      accountsOf(limits, charge, clock.now())
      return createBudgetEmbeddingMeter(parts, charge, outer)
    },
    state: (charge = {}) =>
      Promise.all(accountsOf(limits, charge, clock.now()).map(({ account }) => stateOf(account))),
    flush: async (timeoutMs) => alerts?.flush(timeoutMs),
  }
}

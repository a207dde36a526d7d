import { InvalidArgument, type Meter } from '@ashlar/core'
import type { EmbeddingMeter } from '@ashlar/core/embedding-model'
import { type AlertSink, createAlerts } from './alert.ts'
import { type BudgetLimit, checkLimit } from './budget-limit.ts'
import {
  accountsOf,
  type BudgetEmbeddingMeter,
  type BudgetMeter,
  type BudgetParts,
  createBudgetEmbeddingMeter,
  createBudgetMeter,
} from './budget-meter.ts'
import type { AccountState, Charge, Ledger } from './ledger.ts'
import { memoryLedger } from './memory-ledger.ts'
import { listPricing, type Pricing, type PricingOptions } from './pricing.ts'

export interface BudgetOptions extends Partial<BudgetLimit>, Omit<Charge, 'runId'>, PricingOptions {
  /** Several limits, all of which hold; instead of `usd`, or besides. */
  readonly limits?: readonly BudgetLimit[]
  /** Where it is written down. Share one between all that share a limit. @default one in memory, of its own */
  readonly ledger?: Ledger
  /** Who is told when a share of a limit is reached. @default nobody */
  readonly alerts?: readonly AlertSink[]
  /** How long a call without a deadline may take before it is taken for lost, in milliseconds. @default 900_000 */
  readonly leaseMs?: number
  /** Prices that are no list. @default those of `prices` and the catalog */
  readonly pricing?: Pricing
  /** Told of what goes wrong in an alert, or after a call, when it is too late to refuse it. @default a warning of the process */
  readonly onError?: (error: unknown) => void
  readonly clock?: { now(): number }
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
}

const warn = (error: unknown): void =>
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

/** A budget for whatever makes calls. @throws InvalidArgument for wrong options */
export const createBudget = (options: BudgetOptions): Budget => {
  const { ledger = memoryLedger(), pricing = listPricing(options), alerts: sinks = [] } = options
  const { leaseMs = 900_000, onError = warn, clock = Date } = options
  if (!(leaseMs > 0)) throw new InvalidArgument('leaseMs', 'milliseconds above 0', leaseMs)
  const limits = limitsOf(options).map(checkLimit)
  const alerts = sinks.length > 0 ? createAlerts({ ledger, sinks, onError }) : undefined
  const parts: BudgetParts = { limits, ledger, pricing, alerts, leaseMs, onError, clock }
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
  }
}

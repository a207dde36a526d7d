import type { LanguageModel, Meter, ModelRequest, Usage } from '@ashlar/core'
import type { Alerts } from './alert.ts'
import { BudgetExceeded } from './budget-exceeded.ts'
import type { CheckedLimit } from './budget-limit.ts'
import type { AccountLimit, CallOutcome, Charge, Ledger, Reservation, Settlement } from './ledger.ts'
import type { Pricing, Quote } from './pricing.ts'

/** A meter that reserves and settles in a ledger. */
export interface BudgetMeter extends Meter {
  /** Resolves when everything that was settled is written down. */
  settled(): Promise<void>
}

/** What the meters of a budget share. */
export interface BudgetParts {
  readonly limits: readonly CheckedLimit[]
  readonly ledger: Ledger
  readonly pricing: Pricing
  /** Absent when nobody is to be told. */
  readonly alerts: Alerts | undefined
  readonly leaseMs: number
  readonly onError: (error: unknown) => void
  readonly clock: { now(): number }
}

/** A limit, and the account it is about. */
interface LimitedAccount {
  readonly limit: CheckedLimit
  readonly account: AccountLimit
}

interface Held {
  readonly call: Reservation
  readonly quote: Quote
  readonly accounts: readonly LimitedAccount[]
}

/** After its deadline a call has this long to be settled. */
const graceMs = 60_000

/** Each limit a call is charged to. @throws InvalidArgument when one is per what the charge does not say */
export const accountsOf = (
  limits: readonly CheckedLimit[],
  charge: Charge,
  at: number,
): readonly LimitedAccount[] =>
  limits.flatMap((limit) => {
    const account = limit.accountOf(charge, at)
    return account ? [{ limit, account }] : []
  })

const plan = async (
  { limits, pricing, leaseMs, clock }: BudgetParts,
  charge: Charge,
  { model, request }: { readonly model: LanguageModel; readonly request: ModelRequest },
): Promise<Held> => {
  const at = clock.now()
  const { provider, modelId } = model
  const { deadline, maxOutputTokens } = request
  const quote = await pricing({ provider, modelId, request, at })
  const leaseUntil = Math.ceil(deadline === undefined ? at + leaseMs : deadline + graceMs)
  const asked = maxOutputTokens === undefined ? {} : { maxOutputTokens }
  const names = { id: crypto.randomUUID(), provider, modelId }
  const call: Reservation = { ...charge, ...asked, ...names, amount: quote.most, at, leaseUntil }
  return { call, quote, accounts: accountsOf(limits, charge, at) }
}

const hold = async ({ ledger, alerts }: BudgetParts, { call, accounts }: Held): Promise<void> => {
  const wanted = accounts.map(({ account }) => account)
  let refused = await ledger.reserve(call, wanted)
  // What was lost meanwhile may make room.
  if (refused && (await ledger.expire(call.at)) > 0) refused = await ledger.reserve(call, wanted)
  if (!refused) return
  const { scope, id, from, until, limit: amount } = refused
  const found = accounts.find(
    ({ account: { scope: one, id: who, from: start, until: end, limit } }) =>
      one === scope && who === id && start === from && end === until && limit === amount,
  )
  if (found) void alerts?.check(found.limit, refused, true)
  const { window, timeZone = 'UTC' } = found?.limit ?? {}
  throw new BudgetExceeded({ ...refused, needed: call.amount, window, timeZone })
}

const outcomeOf = (usage: Usage | undefined, request: ModelRequest): CallOutcome => {
  if (request.signal?.aborted) return 'aborted'
  return usage && !usage.estimated ? 'ok' : 'failed'
}

/** What has no price after all costs what was reserved. */
const priceOf = (
  { call, quote }: Held,
  usage: Usage,
  onError: BudgetParts['onError'],
): Omit<Settlement, 'outcome' | 'at'> => {
  try {
    const { pico: cost, priceSource, priceVersion } = quote.costOf(usage)
    return { cost, usage, priceSource, priceVersion }
  } catch (error) {
    onError(error)
    return { cost: call.amount, usage, priceSource: 'reservation' }
  }
}

/** A settlement that cannot be written leaves the reservation, which is charged when its lease ends. */
const settle = async (
  { ledger, alerts, onError }: BudgetParts,
  { call, accounts }: Held,
  settlement: Settlement,
): Promise<void> => {
  try {
    await ledger.settle(call.id, settlement)
    if (alerts)
      for (const { limit, account } of accounts)
        void alerts.check(limit, { ...account, ...(await ledger.balance(account)) }, false)
  } catch (error) {
    onError(error)
  }
}

/** Meters the calls of one payer; `outer` is asked as well. */
export const createBudgetMeter = (parts: BudgetParts, charge: Charge, outer?: Meter): BudgetMeter => {
  const pending = new Set<Promise<void>>()
  const reserve: Meter['reserve'] = async (model, request) => {
    const held = await plan(parts, charge, { model, request })
    await hold(parts, held)
    const end = (usage: Usage | undefined): void => {
      const price = usage ? priceOf(held, usage, parts.onError) : { cost: 0n }
      const settlement = { ...price, outcome: outcomeOf(usage, request), at: parts.clock.now() }
      const settling = settle(parts, held, settlement).finally(() => pending.delete(settling))
      pending.add(settling)
    }
    try {
      const settleOuter = await outer?.reserve(model, request)
      return (usage) => {
        end(usage)
        settleOuter?.(usage)
      }
    } catch (error) {
      end(undefined)
      throw error
    }
  }
  return {
    reserve,
    settled: async () => {
      await Promise.all(pending)
    },
  }
}

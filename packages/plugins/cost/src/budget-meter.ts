import type { Meter, ModelRequest, Usage } from '@ashlar/core'
import type { EmbeddingMeter } from '@ashlar/core/embedding-model'
import type { BudgetAlerts } from './budget-alerts.ts'
import { BudgetExceeded } from './budget-exceeded.ts'
import type { CheckedLimit } from './budget-limit.ts'
import type {
  AccountLimit,
  CallOutcome,
  Charge,
  Ledger,
  LedgerRecord,
  Reservation,
  Settlement,
} from './ledger.ts'
import type { PlannedWork, PricedModel, Pricing, Quote } from './pricing.ts'

/** A meter that reserves and settles in a ledger. */
export interface BudgetMeter extends Meter {
  /** Resolves when everything that was settled is written down. */
  settled(): Promise<void>
}

/** The same for embeddings. */
export interface BudgetEmbeddingMeter extends EmbeddingMeter, Pick<BudgetMeter, 'settled'> {}

/** What the meters of a budget share. */
export interface BudgetParts {
  readonly limits: readonly CheckedLimit[]
  readonly ledger: Ledger
  readonly pricing: Pricing
  /** Absent when nobody is to be told. */
  readonly alerts: BudgetAlerts | undefined
  readonly leaseMs: number
  readonly onReserve: ((record: LedgerRecord) => void) | undefined
  readonly onCall: ((record: LedgerRecord) => void) | undefined
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

const requestOf = (work: PlannedWork): Partial<ModelRequest> => ('request' in work ? work.request : {})

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
  { model, work }: { readonly model: PricedModel; readonly work: PlannedWork },
): Promise<Held> => {
  const at = clock.now()
  const { provider, modelId } = model
  const { deadline, maxOutputTokens } = requestOf(work)
  const quote = await pricing({ ...work, provider, modelId, at })
  const leaseUntil = Math.ceil(deadline === undefined ? at + leaseMs : deadline + graceMs)
  const asked = maxOutputTokens === undefined ? {} : { maxOutputTokens }
  const names = { id: crypto.randomUUID(), provider, modelId }
  const call: Reservation = {
    ...charge,
    ...asked,
    ...names,
    ...quote.basis,
    amount: quote.most,
    at,
    leaseUntil,
  }
  return { call, quote, accounts: accountsOf(limits, charge, at) }
}

/** Tells of a call; whoever is told cannot harm it. */
const report = (
  { onError }: BudgetParts,
  listener: ((record: LedgerRecord) => void) | undefined,
  record: LedgerRecord,
): void => {
  try {
    listener?.(record)
  } catch (error) {
    onError(error)
  }
}

/** Looks at what the accounts of a call have come to. */
const checkAlerts = async ({ ledger, alerts }: BudgetParts, { accounts }: Held): Promise<void> => {
  if (!alerts) return
  await Promise.all(
    accounts.map(async ({ limit, account }) =>
      alerts.check({ limit, state: { ...account, ...(await ledger.balance(account)) } }),
    ),
  )
}

const hold = async (parts: BudgetParts, held: Held): Promise<void> => {
  const { ledger, alerts } = parts
  const { call, accounts } = held
  alerts?.sweep()
  const wanted = accounts.map(({ account }) => account)
  let refused = await ledger.reserve(call, wanted)
  // What was lost meanwhile may make room.
  if (refused && (await ledger.expire(call.at)) > 0) {
    refused = await ledger.reserve(call, wanted)
    await checkAlerts(parts, held).catch(parts.onError)
  }
  if (!refused) return report(parts, parts.onReserve, { ...call, outcome: 'open', cost: 0n })
  const { scope, id, from, until, limit: amount } = refused
  const found = accounts.find(
    ({ account: { scope: one, id: who, from: start, until: end, limit } }) =>
      one === scope && who === id && start === from && end === until && limit === amount,
  )
  if (found) await alerts?.check({ limit: found.limit, state: refused, needed: call.amount })
  const { window, timeZone = 'UTC' } = found?.limit ?? {}
  const maxOutputTokens = held.quote.outputWithin?.(refused.limit - refused.spent - refused.reserved)
  throw new BudgetExceeded({ ...refused, needed: call.amount, maxOutputTokens, window, timeZone })
}

const outcomeOf = (usage: Usage | undefined, signal: AbortSignal | undefined): CallOutcome => {
  if (signal?.aborted) return 'aborted'
  return usage && !usage.estimated ? 'ok' : 'failed'
}

/** What has no price after all costs what was reserved; what was only estimated, never more. */
const priceOf = (
  { call, quote }: Held,
  told: Usage,
  onError: BudgetParts['onError'],
): Omit<Settlement, 'outcome' | 'at'> => {
  const usage = quote.complete?.(told) ?? told
  try {
    const { pico, priceSource, priceVersion, tier, region } = quote.costOf(usage)
    const cost = usage.estimated && pico > call.amount ? call.amount : pico
    const way = { ...(tier && { tier }), ...(region !== undefined && { region }) }
    return { cost, usage, priceSource, priceVersion, ...way }
  } catch (error) {
    onError(error)
    return { cost: call.amount, usage, priceSource: 'reservation' }
  }
}

/** A settlement that cannot be written leaves the reservation, which is charged when its lease ends. */
const settle = async (parts: BudgetParts, held: Held, settlement: Settlement): Promise<void> => {
  try {
    const { at: settledAt, ...how } = settlement
    if (await parts.ledger.settle(held.call.id, settlement))
      report(parts, parts.onCall, { ...held.call, ...how, settledAt })
    await checkAlerts(parts, held)
  } catch (error) {
    parts.onError(error)
  }
}

/** Ends one call. */
type Settle = (usage: Usage | undefined) => void

/** Reserves and settles the calls of one payer, whatever they are. */
const createSpender = (parts: BudgetParts, charge: Charge) => {
  const pending = new Set<Promise<void>>()
  const begin = async (
    model: PricedModel,
    work: PlannedWork,
    outer: () => Promise<Settle> | undefined,
  ): Promise<Settle> => {
    const held = await plan(parts, charge, { model, work })
    await hold(parts, held)
    const end: Settle = (usage) => {
      const price = usage ? priceOf(held, usage, parts.onError) : { cost: 0n }
      const outcome = outcomeOf(usage, requestOf(work).signal)
      const settling = settle(parts, held, { ...price, outcome, at: parts.clock.now() })
      pending.add(settling)
      void settling.finally(() => pending.delete(settling))
    }
    try {
      const endOuter = await outer()
      return (usage) => {
        end(usage)
        endOuter?.(usage)
      }
    } catch (error) {
      end(undefined)
      throw error
    }
  }
  const settled = async (): Promise<void> => {
    await Promise.all(pending)
  }
  return { begin, settled }
}

/** Meters the calls of one payer; `outer` is asked as well. */
export const createBudgetMeter = (parts: BudgetParts, charge: Charge, outer?: Meter): BudgetMeter => {
  const { begin, settled } = createSpender(parts, charge)
  return {
    reserve: (model, request) => begin(model, { request }, () => outer?.reserve(model, request)),
    settled,
  }
}

/** The same for embeddings. */
export const createBudgetEmbeddingMeter = (
  parts: BudgetParts,
  charge: Charge,
  outer?: EmbeddingMeter,
): BudgetEmbeddingMeter => {
  const { begin, settled } = createSpender(parts, charge)
  return { reserve: (model, texts) => begin(model, { texts }, () => outer?.reserve(model, texts)), settled }
}

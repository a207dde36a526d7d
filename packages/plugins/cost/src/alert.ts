import type { AccountScope, AccountState } from './ledger.ts'
import { formatUsd, type PicoDollars } from './money.ts'
import type { BudgetWindow } from './window.ts'

/** How an account of a budget stands, after it has changed or had no room. */
export interface AlertFacts extends AccountState {
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly window: BudgetWindow | undefined
  readonly timeZone: string
  /** The most that the call could have cost that was refused just now. Absent: none was. */
  readonly needed?: PicoDollars
}

/** Something to know about a budget, for the first time in its window. */
export interface BudgetAlert extends AlertFacts {
  /** `'share'`: a share was reached; `'refused'`: a call had no room; otherwise the name of a rule of yours. */
  readonly rule: string
  /** The share that was reached: 0.8 is 80 %. For other rules how much is spent. */
  readonly share: number
  /** All of that in a sentence. */
  readonly message: string
}

/**
 * Where alerts go. One that throws, or takes longer than a minute, is told again later: after 1 s, 2 s, … a minute, and
 * after a restart.
 */
export interface AlertSink {
  (alert: BudgetAlert): void | Promise<void>
  /** What the ledger knows it by, so that a restart tells it what it was not told. @default its place among `alerts` */
  readonly receiver?: string
}

/** Which alerts; all that is given has to hold. */
export interface AlertFilter {
  /** `'share'`, `'refused'` or the name of a rule. */
  readonly rule?: string
  readonly share?: number
  readonly scope?: AccountScope
  /** Which run, tree, key or project. */
  readonly id?: string
}

/** Whether an alert is one of those. */
export const matchesAlert = (filter: AlertFilter, alert: BudgetAlert): boolean => {
  const { rule, share, scope, id } = filter
  return (
    (rule === undefined || rule === alert.rule) &&
    (share === undefined || share === alert.share) &&
    (scope === undefined || scope === alert.scope) &&
    (id === undefined || id === alert.id)
  )
}

/** `the budget of $5.00 a day for key alice` */
export const describeBudget = ({ scope, id, window, limit }: AlertFacts): string => {
  const owner = scope === 'all' ? 'all calls' : `${scope} ${id}`
  const span = window === undefined ? '' : ` a ${window}`
  return `the budget of ${formatUsd(limit)}${span} for ${owner}`
}

interface StoredAlert extends Omit<BudgetAlert, 'limit' | 'spent' | 'reserved' | 'needed'> {
  readonly limit: string
  readonly spent: string
  readonly reserved: string
  readonly needed?: string
}

/** An alert as the ledger keeps it. */
export const storeAlert = ({ limit, spent, reserved, needed, ...rest }: BudgetAlert): string => {
  const stored: StoredAlert = {
    ...rest,
    limit: String(limit),
    spent: String(spent),
    reserved: String(reserved),
    ...(needed !== undefined && { needed: String(needed) }),
  }
  return JSON.stringify(stored)
}

/** An alert the ledger has kept. */
export const readAlert = (body: string): BudgetAlert => {
  const stored: StoredAlert = JSON.parse(body)
  const { limit, spent, reserved, needed, window, ...rest } = stored
  return {
    ...rest,
    window,
    limit: BigInt(limit),
    spent: BigInt(spent),
    reserved: BigInt(reserved),
    ...(needed !== undefined && { needed: BigInt(needed) }),
  }
}

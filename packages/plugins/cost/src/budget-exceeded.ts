import { AshlarError } from '@ashlar/core'
import type { AccountScope, AccountState } from './ledger.ts'
import { formatUsd, type PicoDollars, toUsdString } from './money.ts'
import { type BudgetWindow, timeAt } from './window.ts'

export interface BudgetExceededFacts extends AccountState {
  /** The most the refused call could have cost. */
  readonly needed: PicoDollars
  /** The longest answer there would have been room for, in tokens; absent: none, or it is not known. */
  readonly maxOutputTokens?: number | undefined
  readonly window: BudgetWindow | undefined
  readonly timeZone: string
}

const owner = ({ scope, id }: AccountState): string => (scope === 'all' ? 'all calls' : `${scope} ${id}`)

const lower = (tokens: number | undefined): string =>
  tokens === undefined ? 'shorten the prompt' : `set maxOutputTokens (up to ${tokens} would fit now)`

/** The call was not made, as it could cost more than is left of a budget. Money is in picodollars. */
export class BudgetExceeded extends AshlarError {
  readonly scope: AccountScope
  /** Which run, tree, key or project. */
  readonly id: string
  readonly limit: PicoDollars
  readonly spent: PicoDollars
  /** What calls under way may still cost. */
  readonly reserved: PicoDollars
  readonly needed: PicoDollars
  /** The longest answer there would have been room for, in tokens; `undefined`: none, or it is not known. */
  readonly maxOutputTokens: number | undefined
  /** For whoever answers over HTTP: payment required. */
  readonly status = 402
  /** Absent: the budget never begins anew. */
  readonly window: BudgetWindow | undefined
  /** When it begins anew, milliseconds since the epoch. */
  readonly resetsAt: number | undefined
  override name = 'BudgetExceeded'
  constructor(facts: BudgetExceededFacts) {
    const { limit, spent, reserved, needed, window, until, timeZone } = facts
    const span = window === undefined ? '' : ` a ${window}`
    const wait = window === undefined ? '' : `, or wait until ${timeAt(until, timeZone)}`
    super(
      'budget-exceeded',
      `The budget of ${formatUsd(limit)}${span} for ${owner(facts)} has no room for this call: it may cost ${formatUsd(needed)}, ${formatUsd(spent)} is spent and ${formatUsd(reserved)} reserved. Raise the limit, ${lower(facts.maxOutputTokens)}, name a cheaper model as \`atLimit\`${wait}.`,
    )
    this.scope = facts.scope
    this.id = facts.id
    this.limit = limit
    this.spent = spent
    this.reserved = reserved
    this.needed = needed
    this.maxOutputTokens = facts.maxOutputTokens
    this.window = window
    this.resetsAt = window === undefined ? undefined : until
  }
  /** Money as exact decimals of US dollars. */
  toJSON(): Record<string, string | number | undefined> {
    const { name, code, message, status, scope, id, maxOutputTokens, window, resetsAt } = this
    const money = { limit: this.limit, spent: this.spent, reserved: this.reserved, needed: this.needed }
    const usd = Object.fromEntries(Object.entries(money).map(([key, pico]) => [key, toUsdString(pico)]))
    return { name, code, message, status, scope, id, ...usd, maxOutputTokens, window, resetsAt }
  }
  static override isInstance(error: unknown): error is BudgetExceeded {
    return AshlarError.isInstance(error) && error.name === 'BudgetExceeded'
  }
}

import { AshlarError } from '@ashlar/core'
import type { AccountScope, AccountState } from './ledger.ts'
import { formatUsd, type PicoDollars } from './money.ts'
import { type BudgetWindow, timeAt } from './window.ts'

export interface BudgetExceededFacts extends AccountState {
  /** The most the refused call could have cost. */
  readonly needed: PicoDollars
  readonly window: BudgetWindow | undefined
  readonly timeZone: string
}

const owner = ({ scope, id }: AccountState): string => (scope === 'all' ? 'all calls' : `${scope} ${id}`)

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
      `The budget of ${formatUsd(limit)}${span} for ${owner(facts)} has no room for this call: it may cost ${formatUsd(needed)}, ${formatUsd(spent)} is spent and ${formatUsd(reserved)} reserved. Raise the limit, lower maxOutputTokens, name a cheaper model as \`atLimit\`${wait}.`,
    )
    this.scope = facts.scope
    this.id = facts.id
    this.limit = limit
    this.spent = spent
    this.reserved = reserved
    this.needed = needed
    this.window = window
    this.resetsAt = window === undefined ? undefined : until
  }
  static override isInstance(error: unknown): error is BudgetExceeded {
    return AshlarError.isInstance(error) && error.name === 'BudgetExceeded'
  }
}

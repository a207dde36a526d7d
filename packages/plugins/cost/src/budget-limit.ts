import { InvalidArgument } from '@ashlar/core'
import { type AccountLimit, type AccountScope, type Charge, treeOf } from './ledger.ts'
import { type PicoDollars, toPicoDollars } from './money.ts'
import { type BudgetWindow, createWindow, type WindowOptions } from './window.ts'

/** How much may be spent by whom, and how often. */
export interface BudgetLimit extends WindowOptions {
  /** US dollars, up to 12 decimal places; a number is rounded to them. */
  readonly usd: number | string
  /**
   * What the money is for: each run by itself, each run with all it starts, each key, each project, or everything.
   * @default 'tree'
   */
  readonly per?: AccountScope
  /** Only this run, tree, key or project. @default each of them, by itself */
  readonly id?: string
  /** The shares of the limit that are told when they are reached, once a window. @default [0.8, 1] */
  readonly alertAt?: readonly number[]
}

/** A limit whose options are checked. */
export interface CheckedLimit {
  readonly limit: PicoDollars
  readonly per: AccountScope
  readonly alertAt: readonly number[]
  readonly window: BudgetWindow | undefined
  readonly timeZone: string
  /** The account a call is charged to; nothing when the limit is not about that call. */
  accountOf(charge: Charge, at: number): AccountLimit | undefined
}

const scopes: ReadonlySet<string> = new Set<AccountScope>(['run', 'tree', 'key', 'project', 'all'])

const ownersOf = ({ runId, key, project }: Charge): Readonly<Record<AccountScope, string | undefined>> => ({
  run: runId,
  tree: runId === undefined ? undefined : treeOf(runId),
  key,
  project,
  all: '',
})

const optionOf: Readonly<Record<AccountScope, string>> = {
  run: 'runId',
  tree: 'runId',
  key: 'key',
  project: 'project',
  all: '',
}

const checkShares = (shares: readonly number[]): readonly number[] => {
  if (
    !Array.isArray(shares) ||
    !shares.every((share) => typeof share === 'number' && share > 0 && share <= 1)
  )
    throw new InvalidArgument('alertAt', 'shares above 0 and at most 1, such as [0.8, 1]', String(shares))
  return shares
}

/** @throws InvalidArgument naming the option that is wrong */
export const checkLimit = (options: BudgetLimit): CheckedLimit => {
  const { usd, per = 'tree', id, window, timeZone = 'UTC', alertAt = [0.8, 1] } = options
  if (!scopes.has(per)) throw new InvalidArgument('per', `one of ${[...scopes].join(', ')}`, per)
  const limit = toPicoDollars(usd)
  if (limit < 0n) throw new InvalidArgument('usd', '0 or more', usd)
  const spanAt = createWindow({ ...(window !== undefined && { window }), timeZone })
  return {
    limit,
    per,
    alertAt: checkShares(alertAt),
    window,
    timeZone,
    accountOf: (charge, at) => {
      const owner = ownersOf(charge)[per]
      if (id !== undefined && owner !== id) return undefined
      if (owner === undefined)
        throw new InvalidArgument(optionOf[per], `a text, as there is a limit per ${per}`, owner)
      return { scope: per, id: owner, ...spanAt(at), limit }
    },
  }
}

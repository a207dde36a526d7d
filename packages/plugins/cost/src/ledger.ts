import type { ServiceTier } from '@ashlar/catalog'
import type { Usage } from '@ashlar/core'
import type { PicoDollars } from './money.ts'
import type { Outbox } from './outbox.ts'

/** Whose spending an account adds up: of one run, of a run and all it started, of a key, of a project, or of all. */
export type AccountScope = 'run' | 'tree' | 'key' | 'project' | 'all'

/** What one owner spends in a span of time. A call belongs to the time it was reserved at. */
export interface Account {
  readonly scope: AccountScope
  /** The run, the root of the tree, the key or the project; `''` for `all`. */
  readonly id: string
  /** Milliseconds since the epoch. */
  readonly from: number
  /** Excluded. */
  readonly until: number
}

/** An account, and how much may be spent on it. */
export interface AccountLimit extends Account {
  readonly limit: PicoDollars
}

/** Where an account stands. `reserved` is what open calls may still cost. */
export interface Balance {
  readonly spent: PicoDollars
  readonly reserved: PicoDollars
}

/** An account a limit was set for. */
export interface AccountState extends AccountLimit, Balance {}

/** Who pays for a call. */
export interface Charge {
  /** The path of the run; what is before its first `/` is the root of its tree. */
  readonly runId?: string
  readonly key?: string
  readonly project?: string
  /** What sort of request it is: calls of a kind are predicted from each other. */
  readonly kind?: string
}

/** What a call is priced by, so that it can be reckoned again. */
export interface PriceFacts {
  readonly priceSource?: string
  readonly priceVersion?: string
  readonly tier?: ServiceTier
  readonly region?: string
}

/** A call before it is made, and what its `amount` is priced by. */
export interface Reservation extends Charge, PriceFacts {
  /** Unique for good. */
  readonly id: string
  readonly provider: string
  readonly modelId: string
  /** The most it can cost. */
  readonly amount: PicoDollars
  readonly maxOutputTokens?: number
  /** When it is reserved, milliseconds since the epoch. */
  readonly at: number
  /** From then on the call is taken for lost: see `Ledger.expire`. */
  readonly leaseUntil: number
}

/**
 * How a call ended: `ok` with the usage the provider reported, `aborted` by its signal, `failed` otherwise (refused,
 * or broken off and counted here).
 */
export type CallOutcome = 'ok' | 'failed' | 'aborted'

/** A call after it was made, and what its `cost` is priced by where that is not what was reserved. */
export interface Settlement extends PriceFacts {
  readonly outcome: CallOutcome
  readonly cost: PicoDollars
  /** Absent when nothing was used. */
  readonly usage?: Usage
  /** Milliseconds since the epoch. */
  readonly at: number
}

/** One call as the ledger knows it, priced as it was settled, else as it was reserved. `open`: under way; `expired`: its holder was lost. */
export interface LedgerRecord extends Reservation, Omit<Settlement, 'outcome' | 'at'> {
  readonly outcome: CallOutcome | 'open' | 'expired'
  /** 0 while it is open. */
  readonly cost: PicoDollars
  readonly settledAt?: number
}

/** Which records; those reserved from `since` on, and before `until`. */
export interface RecordFilter extends Pick<Charge, 'key' | 'project' | 'kind'> {
  readonly since?: number
  readonly until?: number
  /** The root of a tree of runs. */
  readonly tree?: string
  readonly provider?: string
  readonly modelId?: string
}

/** What becomes of the money of a lost call: see `Ledger.expire`. */
export type ExpiryRule = 'charge' | 'release'

/**
 * What was spent, and what may still be: append-only, and the only place where a limit is checked. Calls are reserved
 * before they are made and settled after; what is reserved counts as spent until then.
 */
export interface Ledger extends AsyncDisposable {
  /**
   * Reserves when `spent + reserved + amount ≤ limit` holds for every limit, in one step that nothing can come between.
   * Resolves with nothing then, otherwise with the first account that has no room, unchanged.
   */
  reserve(reservation: Reservation, limits: readonly AccountLimit[]): Promise<AccountState | undefined>
  /**
   * Replaces what was reserved by what it cost. Of several settlements the first counts, and `false` says it was not
   * this one; but what had expired is corrected by the first that comes late.
   * @throws InvalidArgument for a reservation it does not know
   */
  settle(id: string, settlement: Settlement): Promise<boolean>
  /**
   * Ends every open call whose lease ended at `now` or before, and says how many. With `charge` they cost all that was
   * reserved, as their holder may have spent it; with `release`, nothing.
   */
  expire(now: number): Promise<number>
  balance(account: Account): Promise<Balance>
  /** The accounts a limit was ever set for, with the last limit. */
  accounts(): Promise<readonly AccountState[]>
  /** In the order they were reserved. */
  records(filter?: RecordFilter): AsyncIterable<LedgerRecord>
  /** What is to be told once, kept until it has been. */
  readonly outbox: Outbox
  /** Has `close` wait for something that still needs the ledger; gives back what takes it off again. */
  beforeClose(task: () => Promise<void>): () => void
  /** Waits for what is under way, and for the tasks of `beforeClose`. */
  close(): Promise<void>
}

/** The span of an account without a window. */
export const forever: { readonly from: number; readonly until: number } = { from: 0, until: 8.64e15 }

/** The root of the tree a run belongs to. */
export const treeOf = (runId: string): string => runId.split('/', 1)[0] ?? runId

/** The names of all accounts a call is charged to, whatever their span. */
export const accountNames = ({ runId, key, project }: Charge): string[] => [
  'all:',
  ...(runId === undefined ? [] : [`run:${runId}`, `tree:${treeOf(runId)}`]),
  ...(key === undefined ? [] : [`key:${key}`]),
  ...(project === undefined ? [] : [`project:${project}`]),
]

/** The name of an account without its span. */
export const accountName = ({ scope, id }: Account): string => `${scope}:${id}`

import { InvalidArgument } from '@ashlar/core'
import { CloseTasks } from './close-tasks.ts'
import {
  type Account,
  type AccountLimit,
  accountName,
  accountNames,
  type AccountState,
  type ExpiryRule,
  type Ledger,
  type LedgerRecord,
  type RecordFilter,
  type Reservation,
  type Settlement,
} from './ledger.ts'
import { checkExpiryRule, checkReservation, checkSettlement, type LedgerOptions } from './ledger-checks.ts'
import { matchesFilter } from './ledger-filter.ts'
import type { PicoDollars } from './money.ts'
import { memoryOutbox, type Outbox } from './outbox.ts'

interface Entry {
  readonly reservation: Reservation
  readonly accounts: readonly string[]
  settlement?: Omit<Settlement, 'outcome'> & { readonly outcome: LedgerRecord['outcome'] }
}

interface AccountBook extends Account {
  spent: PicoDollars
  reserved: PicoDollars
  limit?: PicoDollars
}

const toRecord = ({ reservation, settlement }: Entry): LedgerRecord => {
  if (!settlement) return { ...reservation, outcome: 'open', cost: 0n }
  const { at, ...how } = settlement
  const { priceSource: _, priceVersion: __, tier: ___, region: ____, ...unpriced } = reservation
  return { ...(how.priceSource === undefined ? reservation : unpriced), ...how, settledAt: at }
}

const covers = ({ from, until }: Account, at: number): boolean => from <= at && at < until

class MemoryLedger implements Ledger {
  readonly #onExpiry: ExpiryRule
  readonly #entries = new Map<string, Entry>()
  readonly #open = new Set<Entry>()
  /** By the account's name: the entries charged to it, and its spans that were ever asked for. */
  readonly #charged = new Map<string, Entry[]>()
  readonly #books = new Map<string, AccountBook[]>()
  readonly #tasks = new CloseTasks()
  readonly outbox: Outbox = memoryOutbox()

  constructor(onExpiry: ExpiryRule) {
    this.#onExpiry = onExpiry
  }

  async reserve(
    reservation: Reservation,
    limits: readonly AccountLimit[],
  ): Promise<AccountState | undefined> {
    checkReservation(reservation, limits)
    const { id, amount } = reservation
    if (this.#entries.has(id)) throw new InvalidArgument('id', 'one that was never used', id)
    for (const limit of limits) {
      const book = this.#bookOf(limit)
      book.limit = limit.limit
      if (book.spent + book.reserved + amount > limit.limit) return { ...book, limit: limit.limit }
    }
    const entry: Entry = { reservation, accounts: accountNames(reservation) }
    this.#entries.set(id, entry)
    this.#open.add(entry)
    for (const name of entry.accounts) {
      const charged = this.#charged.get(name)
      if (charged) charged.push(entry)
      else this.#charged.set(name, [entry])
    }
    this.#book(entry, { reserved: amount, spent: 0n })
    return undefined
  }

  async settle(id: string, settlement: Settlement): Promise<boolean> {
    checkSettlement(settlement)
    const entry = this.#entries.get(id)
    if (!entry) throw new InvalidArgument('id', 'a call that was reserved', id)
    const { settlement: earlier } = entry
    if (earlier && earlier.outcome !== 'expired') return false
    this.#end(entry, settlement)
    return true
  }

  async expire(now: number): Promise<number> {
    const lost = [...this.#open].filter(({ reservation }) => reservation.leaseUntil <= now)
    for (const entry of lost) {
      const cost = this.#onExpiry === 'charge' ? entry.reservation.amount : 0n
      this.#end(entry, { outcome: 'expired', cost, at: now })
    }
    return lost.length
  }

  async balance(account: Account): Promise<{ spent: PicoDollars; reserved: PicoDollars }> {
    const { spent, reserved } = this.#bookOf(account)
    return { spent, reserved }
  }

  async accounts(): Promise<readonly AccountState[]> {
    return [...this.#books.values()]
      .flat()
      .flatMap(({ limit, ...book }) => (limit === undefined ? [] : [{ ...book, limit }]))
  }

  async *records(filter: RecordFilter = {}): AsyncGenerator<LedgerRecord> {
    for (const entry of this.#entries.values()) {
      const record = toRecord(entry)
      if (matchesFilter(record, filter)) yield record
    }
  }

  beforeClose(task: () => Promise<void>): () => void {
    return this.#tasks.add(task)
  }

  close(): Promise<void> {
    return this.#tasks.run()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #end(entry: Entry, settlement: NonNullable<Entry['settlement']>): void {
    const before = entry.settlement?.cost
    const reserved = before === undefined ? -entry.reservation.amount : 0n
    entry.settlement = settlement
    this.#open.delete(entry)
    this.#book(entry, { reserved, spent: settlement.cost - (before ?? 0n) })
  }

  #book({ accounts, reservation }: Entry, change: { spent: PicoDollars; reserved: PicoDollars }): void {
    for (const name of accounts)
      for (const book of this.#books.get(name) ?? [])
        if (covers(book, reservation.at)) {
          book.spent += change.spent
          book.reserved += change.reserved
        }
  }

  /** An account not asked for before is made of all that was charged to it. */
  #bookOf({ scope, id, from, until }: Account): AccountBook {
    const name = accountName({ scope, id, from, until })
    const books = this.#books.get(name) ?? []
    const known = books.find((book) => book.from === from && book.until === until)
    if (known) return known
    const book: AccountBook = { scope, id, from, until, spent: 0n, reserved: 0n }
    for (const { reservation, settlement } of this.#charged.get(name) ?? []) {
      if (!covers(book, reservation.at)) continue
      if (settlement) book.spent += settlement.cost
      else book.reserved += reservation.amount
    }
    this.#books.set(name, [...books, book])
    return book
  }
}

/**
 * A ledger in memory: exact, and gone with the process. It keeps every call it is told of, some 1 kB each; what runs
 * for long or must survive a restart wants `sqliteLedger`.
 */
export const memoryLedger = (options: LedgerOptions = {}): Ledger =>
  new MemoryLedger(checkExpiryRule(options))

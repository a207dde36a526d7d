import { InvalidArgument } from '@ashlar/core'
import { columns, type Database, DatabaseError, openDatabase, type Recovery } from '@ashlar/sqlite'
import { CloseTasks } from './close-tasks.ts'
import {
  type Account,
  type AccountLimit,
  accountName,
  type AccountState,
  type Balance,
  type Ledger,
  type LedgerRecord,
  type RecordFilter,
  type Reservation,
  type Settlement,
} from './ledger.ts'
import { checkExpiryRule, checkReservation, checkSettlement, type LedgerOptions } from './ledger-checks.ts'
import { accountRow, callRow, toAccountState, toLedgerRecord } from './ledger-row.ts'
import type { Outbox } from './outbox.ts'
import { sqliteMigrations } from './sqlite-ledger-schema.ts'
import {
  expireCalls,
  findAccount,
  listAccounts,
  openAccount,
  reserveCall,
  selectRecords,
  settleCall,
  sumAccount,
} from './sqlite-ledger-sql.ts'
import { sqliteOutbox } from './sqlite-outbox.ts'

/** Options of `sqliteLedger`. */
export interface SqliteLedgerOptions extends LedgerOptions {
  /** How long to wait for another process that writes, in milliseconds. @default 5000 */
  readonly busyTimeoutMs?: number
  /** 'normal' survives `kill -9`; 'full' also a power cut, for a disk sync each batch. @default 'normal' */
  readonly synchronous?: 'normal' | 'full'
  /**
   * Told when the file was damaged and set aside, which also says to go on with an empty one. Without it such a
   * ledger does not open, as what was spent is not known. @default none
   */
  readonly onRecover?: (recovery: Recovery) => void
}

/** Records read at a time. */
const pageSize = 500
/** Names remembered; what is forgotten is only looked up again. */
const maxOpened = 10_000
/** How often a refusal is looked into when there seems to be room by the time it is. */
const tries = 3

const balanceRow = columns({ spent: 'text', reserved: 'text' })
const lossRow = columns({ set_aside: 'text' })

const keyOf = (account: AccountLimit): string =>
  `${accountName(account)} ${account.from} ${account.until} ${account.limit}`

const roomIn = ({ limit, spent, reserved }: AccountState): bigint => limit - spent - reserved

class SqliteLedger implements Ledger {
  readonly #database: Database
  readonly #charged: boolean
  /** Accounts that are there with this limit, for good. */
  readonly #opened = new Set<string>()
  readonly #tasks = new CloseTasks()
  readonly outbox: Outbox

  constructor(database: Database, charged: boolean) {
    this.#database = database
    this.#charged = charged
    this.outbox = sqliteOutbox(database)
  }

  async reserve(call: Reservation, limits: readonly AccountLimit[]): Promise<AccountState | undefined> {
    checkReservation(call, limits)
    for (let left = tries; ; left--) {
      const unopened = limits.filter((limit) => !this.#opened.has(keyOf(limit)))
      const results = await this.#database.writeAll([...unopened.map(openAccount), reserveCall(call, limits)])
      if (this.#opened.size > maxOpened) this.#opened.clear()
      for (const limit of unopened) this.#opened.add(keyOf(limit))
      if (results.at(-1)?.rows.length) return undefined
      const [tightest] = limits
        .map((limit) => this.#stateOf(limit))
        .toSorted((a, b) => (roomIn(a) < roomIn(b) ? -1 : 1))
      if (tightest && (left <= 1 || roomIn(tightest) < call.amount)) return tightest
    }
  }

  async settle(id: string, settlement: Settlement): Promise<boolean> {
    checkSettlement(settlement)
    const { sql, params = [] } = settleCall(id, settlement)
    const { rows } = await this.#database.write(sql, params)
    if (rows.length > 0) return true
    if (!this.#database.query('SELECT 1 FROM calls WHERE id = ?', () => true).get(id))
      throw new InvalidArgument('id', 'a call that was reserved', id)
    return false
  }

  async expire(now: number): Promise<number> {
    const { sql, params = [] } = expireCalls(now, this.#charged)
    return (await this.#database.write(sql, params)).rows.length
  }

  async balance(account: Account): Promise<Balance> {
    const { spent, reserved } = this.#stateOf({ ...account, limit: 0n })
    return { spent, reserved }
  }

  async accounts(): Promise<readonly AccountState[]> {
    return this.#database.query(listAccounts, accountRow).all().map(toAccountState)
  }

  async *records(filter: RecordFilter = {}): AsyncGenerator<LedgerRecord> {
    for (let after = 0, more = true; more;) {
      const { sql, params } = selectRecords(filter, { after, size: pageSize })
      const rows = this.#database.query(sql, callRow).all(...params)
      yield* rows.map(toLedgerRecord)
      after = rows.at(-1)?.seq ?? after
      more = rows.length === pageSize
    }
  }

  beforeClose(task: () => Promise<void>): () => void {
    return this.#tasks.add(task)
  }

  async close(): Promise<void> {
    await this.#tasks.run()
    await this.#database.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #stateOf(account: AccountLimit): AccountState {
    const { from, until } = account
    const found = this.#database.query(findAccount, accountRow).get(accountName(account), until, from)
    if (found) return { ...toAccountState(found), limit: account.limit }
    const { sql, params } = sumAccount(account)
    const sums = this.#database.query(sql, balanceRow).get(...params)
    return { ...account, spent: BigInt(sums?.spent ?? 0), reserved: BigInt(sums?.reserved ?? 0) }
  }
}

/** A ledger that was lost stays lost until somebody says that they know. */
const checkLosses = async (database: Database, accepted: boolean): Promise<void> => {
  if (accepted) {
    await database.write('DELETE FROM losses')
    return
  }
  const loss = database.query('SELECT set_aside FROM losses', lossRow).get()
  if (!loss) return
  await database.close()
  const message = `${database.file}: the ledger was damaged and is kept as ${loss.set_aside}; what was spent is not known. Restore it, or open the ledger with \`onRecover\` to go on with an empty one.`
  throw new DatabaseError({ code: 'corrupt', file: database.file, message })
}

/**
 * A ledger in a SQLite file, which processes may share. Writes run in a thread of their own; what was acknowledged
 * survives `kill -9`.
 * @throws DatabaseError when it cannot be opened, or was damaged; InvalidArgument for a wrong option
 */
export const sqliteLedger = async (file: string, options: SqliteLedgerOptions = {}): Promise<Ledger> => {
  const charged = checkExpiryRule(options) === 'charge'
  const { busyTimeoutMs, synchronous, onRecover } = options
  const recoveries: Recovery[] = []
  const database = await openDatabase(file, {
    migrations: sqliteMigrations,
    ...(busyTimeoutMs !== undefined && { busyTimeoutMs }),
    ...(synchronous !== undefined && { synchronous }),
    onRecover: (recovery) => void recoveries.push(recovery),
  })
  for (const recovery of recoveries) {
    await database.write('INSERT INTO losses VALUES (?)', [recovery.setAside])
    onRecover?.(recovery)
  }
  await checkLosses(database, onRecover !== undefined)
  return new SqliteLedger(database, charged)
}

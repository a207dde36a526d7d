import type { Ledger } from './ledger.ts'

/** A ledger with something done otherwise. */
export const ledgerWith = (ledger: Ledger, change: Partial<Ledger>): Ledger => ({
  reserve: (...given) => ledger.reserve(...given),
  settle: (...given) => ledger.settle(...given),
  expire: (now) => ledger.expire(now),
  balance: (account) => ledger.balance(account),
  accounts: () => ledger.accounts(),
  records: (filter) => ledger.records(filter),
  outbox: ledger.outbox,
  beforeClose: (task) => ledger.beforeClose(task),
  close: () => ledger.close(),
  [Symbol.asyncDispose]: () => ledger.close(),
  ...change,
})

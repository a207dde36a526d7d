import type { SqlValue, Statement } from '@ashlar/sqlite'
import {
  type Account,
  type AccountLimit,
  accountName,
  type AccountScope,
  type RecordFilter,
  type Reservation,
  type Settlement,
  treeOf,
} from './ledger.ts'
import { settledPrice } from './ledger-row.ts'

const ownCalls: Readonly<Record<AccountScope, string>> = {
  run: 'c.tree = ?1 AND c.run_id = ?2',
  tree: 'c.tree = ?1 AND ?2 IS NOT NULL',
  key: 'c.key = ?1 AND ?2 IS NOT NULL',
  project: 'c.project = ?1 AND ?2 IS NOT NULL',
  all: '?1 IS NOT NULL AND ?2 IS NOT NULL',
}

/** The settlement that counts: the late one where there are two. */
const settled = `LEFT JOIN settlements s ON s.call = c.seq
  AND s.late = (SELECT max(late) FROM settlements WHERE call = c.seq)`

const totals = (scope: AccountScope, spent: string, reserved: string): string =>
  `${spent}, ${reserved} FROM calls c ${settled}
  WHERE ${ownCalls[scope]} AND c.at >= ?3 AND c.at < ?4`

const spentSum = 'coalesce(sum(s.cost), 0)'
const reservedSum = 'coalesce(sum(c.amount) FILTER (WHERE s.call IS NULL), 0)'

const ownerOf = ({ scope, id, from, until }: Account): SqlValue[] => [
  scope === 'run' ? treeOf(id) : id,
  id,
  from,
  until,
]

/** Makes the account of all that was charged to it, or sets its limit. */
export const openAccount = (account: AccountLimit): Statement => ({
  sql: `INSERT INTO accounts (name, starts, ends, spending_limit, spent, reserved)
    SELECT ?5, ?3, ?4, ?6, ${totals(account.scope, spentSum, reservedSum)}
    ON CONFLICT DO UPDATE SET spending_limit = excluded.spending_limit`,
  params: [...ownerOf(account), accountName(account), account.limit],
})

/** What was charged to an account nobody has opened. */
export const sumAccount = (account: Account): { sql: string; params: SqlValue[] } => ({
  sql: `SELECT ${totals(account.scope, `CAST(${spentSum} AS TEXT) AS spent`, `CAST(${reservedSum} AS TEXT) AS reserved`)}`,
  params: ownerOf(account),
})

/** Inserts the call if every account has room; the triggers do the rest. */
export const reserveCall = (call: Reservation, limits: readonly AccountLimit[]): Statement => {
  const { amount, runId } = call
  const room = limits.map(
    () =>
      'EXISTS (SELECT 1 FROM accounts WHERE name = ? AND ends = ? AND starts = ? AND spent + reserved <= ?)',
  )
  return {
    sql: `INSERT INTO calls
      (id, at, lease_until, amount, provider, model_id, max_output_tokens, run_id, tree, key, project, kind,
      price_source, price_version, tier, region)
      SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? WHERE ${room.length > 0 ? room.join(' AND ') : 'true'} RETURNING seq`,
    params: [
      call.id,
      call.at,
      call.leaseUntil,
      amount,
      call.provider,
      call.modelId,
      call.maxOutputTokens ?? null,
      runId ?? null,
      runId === undefined ? null : treeOf(runId),
      call.key ?? null,
      call.project ?? null,
      call.kind ?? null,
      call.priceSource ?? null,
      call.priceVersion ?? null,
      call.tier ?? null,
      call.region ?? null,
      ...limits.flatMap((limit) => [accountName(limit), limit.until, limit.from, limit.limit - amount]),
    ],
  }
}

/** Inserts the settlement unless there is one that counts. */
export const settleCall = (id: string, settlement: Settlement): Statement => ({
  sql: `INSERT INTO settlements (call, late, outcome, cost, usage, price_source, price_version, at, tier, region)
    SELECT seq, EXISTS (SELECT 1 FROM settlements WHERE call = seq), ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9 FROM calls
    WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM settlements WHERE call = seq AND outcome <> 'expired')
    RETURNING call`,
  params: [
    id,
    settlement.outcome,
    settlement.cost,
    settlement.usage ? JSON.stringify(settlement.usage) : null,
    settlement.priceSource ?? null,
    settlement.priceVersion ?? null,
    settlement.at,
    settlement.tier ?? null,
    settlement.region ?? null,
  ],
})

/** Settles what nobody will. */
export const expireCalls = (now: number, charged: boolean): Statement => ({
  sql: `INSERT INTO settlements (call, late, outcome, cost, at)
    SELECT call, 0, 'expired', iif(?2, amount, 0), ?1 FROM open_calls JOIN calls ON seq = call
    WHERE open_calls.lease_until <= ?1
    RETURNING call`,
  params: [now, charged ? 1 : 0],
})

const accountColumns = `name, starts, ends, CAST(spending_limit AS TEXT) AS spending_limit,
  CAST(spent AS TEXT) AS spent, CAST(reserved AS TEXT) AS reserved`

export const listAccounts: string = `SELECT ${accountColumns} FROM accounts ORDER BY name, ends, starts`
export const findAccount: string = `SELECT ${accountColumns} FROM accounts WHERE name = ? AND ends = ? AND starts = ?`

/** A page of records, from after `seq` on. */
export const selectRecords = (
  filter: RecordFilter,
  { after, size }: { readonly after: number; readonly size: number },
): { sql: string; params: SqlValue[] } => {
  const conditions: readonly (readonly [string, SqlValue | undefined])[] = [
    ['c.seq > ?', after],
    ['c.at >= ?', filter.since],
    ['c.at < ?', filter.until],
    ['c.tree = ?', filter.tree],
    ['c.key = ?', filter.key],
    ['c.project = ?', filter.project],
    ['c.kind = ?', filter.kind],
    ['c.provider = ?', filter.provider],
    ['c.model_id = ?', filter.modelId],
  ]
  const asked = conditions.flatMap(([condition, value]) =>
    value === undefined ? [] : [{ condition, value }],
  )
  return {
    sql: `SELECT c.seq, c.id, c.at, c.lease_until, CAST(c.amount AS TEXT) AS amount, c.provider, c.model_id,
      c.max_output_tokens, c.run_id, c.key, c.project, c.kind, s.outcome, CAST(s.cost AS TEXT) AS cost, s.usage,
      ${settledPrice}, s.at AS settled_at
      FROM calls c ${settled} WHERE ${asked.map(({ condition }) => condition).join(' AND ')}
      ORDER BY c.seq LIMIT ${size}`,
    params: asked.map(({ value }) => value),
  }
}

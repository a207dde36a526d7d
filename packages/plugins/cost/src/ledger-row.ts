import type { ServiceTier } from '@ashlar/catalog'
import type { Usage } from '@ashlar/core'
import { columns, type Row } from '@ashlar/sqlite'
import type { AccountScope, AccountState, LedgerRecord } from './ledger.ts'

interface AccountRow {
  readonly name: string
  readonly starts: number
  readonly ends: number
  readonly spending_limit: string
  readonly spent: string
  readonly reserved: string
}

/** What a database reads of an account: money as text, times as numbers. */
export const accountRow: (row: Row) => AccountRow = columns({
  name: 'text',
  starts: 'real',
  ends: 'real',
  spending_limit: 'text',
  spent: 'text',
  reserved: 'text',
})

interface CallRow {
  readonly seq: number
  readonly id: string
  readonly at: number
  readonly lease_until: number
  readonly amount: string
  readonly provider: string
  readonly model_id: string
  readonly max_output_tokens: number | null
  readonly run_id: string | null
  readonly key: string | null
  readonly project: string | null
  readonly kind: string | null
  readonly outcome: string | null
  readonly cost: string | null
  readonly usage: string | null
  readonly price_source: string | null
  readonly price_version: string | null
  readonly tier: string | null
  readonly region: string | null
  readonly settled_at: number | null
}

/** What a database reads of a call. */
export const callRow: (row: Row) => CallRow = columns({
  seq: 'real',
  id: 'text',
  at: 'real',
  lease_until: 'real',
  amount: 'text',
  provider: 'text',
  model_id: 'text',
  max_output_tokens: 'real?',
  run_id: 'text?',
  key: 'text?',
  project: 'text?',
  kind: 'text?',
  outcome: 'text?',
  cost: 'text?',
  usage: 'text?',
  price_source: 'text?',
  price_version: 'text?',
  tier: 'text?',
  region: 'text?',
  settled_at: 'real?',
})

/** What a call `c` is priced by: a settlement `s` without a price of its own keeps that of the reservation. */
export const settledPrice: string = ['price_source', 'price_version', 'tier', 'region']
  .map((name) => `CASE WHEN s.price_source IS NULL THEN c.${name} ELSE s.${name} END AS ${name}`)
  .join(', ')

const scopes: readonly AccountScope[] = ['run', 'tree', 'key', 'project', 'all']
const outcomes: readonly LedgerRecord['outcome'][] = ['ok', 'failed', 'aborted', 'expired']

const tiers: readonly ServiceTier[] = ['standard', 'batch', 'flex', 'priority', 'scale', 'fast']

/** An account as it was read. */
export const toAccountState = (row: AccountRow): AccountState => {
  const { name, starts, ends } = row
  const at = name.indexOf(':')
  const scope = scopes.find((each) => each === name.slice(0, at)) ?? 'all'
  return {
    scope,
    id: name.slice(at + 1),
    from: starts,
    until: ends,
    limit: BigInt(row.spending_limit),
    spent: BigInt(row.spent),
    reserved: BigInt(row.reserved),
  }
}

const given = <T extends object>(values: { readonly [Name in keyof T]: T[Name] | null }): Partial<T> => {
  const kept: Partial<T> = {}
  for (const name in values) {
    const value = values[name]
    if (value !== null) kept[name] = value
  }
  return kept
}

/** A call as it was read. */
export const toLedgerRecord = (row: CallRow): LedgerRecord => {
  const usage: Usage | null = row.usage === null ? null : JSON.parse(row.usage)
  return {
    id: row.id,
    at: row.at,
    leaseUntil: row.lease_until,
    amount: BigInt(row.amount),
    provider: row.provider,
    modelId: row.model_id,
    outcome: outcomes.find((each) => each === row.outcome) ?? 'open',
    cost: BigInt(row.cost ?? 0),
    ...given<Partial<LedgerRecord>>({
      maxOutputTokens: row.max_output_tokens,
      runId: row.run_id,
      key: row.key,
      project: row.project,
      kind: row.kind,
      usage,
      priceSource: row.price_source,
      priceVersion: row.price_version,
      tier: tiers.find((each) => each === row.tier) ?? null,
      region: row.region,
      settledAt: row.settled_at,
    }),
  }
}

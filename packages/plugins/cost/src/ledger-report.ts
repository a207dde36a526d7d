import type { LedgerRecord } from './ledger.ts'
import type { PicoDollars } from './money.ts'
import { checkTimeZone, dateAt } from './window.ts'

/** What the lines of a report are about. */
export type ReportKey = 'model' | 'day' | 'project' | 'key' | 'kind' | 'run' | 'outcome'

/** What some calls used and cost. */
export interface SpendingLine {
  /** The model, day, project, …; `''` for calls that name none. */
  readonly name: string
  readonly calls: number
  /** Calls that did not end `ok`. */
  readonly failed: number
  readonly inputTokens: number
  /** Those of the input tokens that were read from the provider's cache. */
  readonly cachedInputTokens: number
  readonly outputTokens: number
  readonly cost: PicoDollars
  /** What calls under way may still cost. */
  readonly reserved: PicoDollars
}

export interface SpendingReport {
  /** The dearest first; days in their order. */
  readonly lines: readonly SpendingLine[]
  readonly total: SpendingLine
}

export interface ReportOptions {
  readonly by: ReportKey
  /** Where days begin and end. @default 'UTC' */
  readonly timeZone?: string
}

const namesBy = (timeZone: string): Readonly<Record<ReportKey, (record: LedgerRecord) => string>> => ({
  model: ({ provider, modelId }) => `${provider}/${modelId}`,
  day: ({ at }) => dateAt(at, timeZone),
  project: ({ project = '' }) => project,
  key: ({ key = '' }) => key,
  kind: ({ kind = '' }) => kind,
  run: ({ runId = '' }) => runId,
  outcome: ({ outcome }) => outcome,
})

const lineOf = (name: string, record: LedgerRecord): SpendingLine => {
  const { usage, outcome, cost, amount } = record
  return {
    name,
    calls: 1,
    failed: outcome === 'ok' || outcome === 'open' ? 0 : 1,
    inputTokens: usage?.inputTokens ?? 0,
    cachedInputTokens: usage?.cachedInputTokens ?? 0,
    outputTokens: usage?.outputTokens ?? 0,
    cost,
    reserved: outcome === 'open' ? amount : 0n,
  }
}

const add = (a: SpendingLine, b: SpendingLine): SpendingLine => ({
  name: a.name,
  calls: a.calls + b.calls,
  failed: a.failed + b.failed,
  inputTokens: a.inputTokens + b.inputTokens,
  cachedInputTokens: a.cachedInputTokens + b.cachedInputTokens,
  outputTokens: a.outputTokens + b.outputTokens,
  cost: a.cost + b.cost,
  reserved: a.reserved + b.reserved,
})

const nothing: SpendingLine = {
  name: 'total',
  calls: 0,
  failed: 0,
  inputTokens: 0,
  cachedInputTokens: 0,
  outputTokens: 0,
  cost: 0n,
  reserved: 0n,
}

/** Adds up records by what they have in common. @throws InvalidArgument for a time zone that is none */
export const reportSpending = async (
  records: AsyncIterable<LedgerRecord>,
  { by, timeZone = 'UTC' }: ReportOptions,
): Promise<SpendingReport> => {
  const nameOf = namesBy(checkTimeZone(timeZone))[by]
  const lines = new Map<string, SpendingLine>()
  let total = nothing
  for await (const record of records) {
    const line = lineOf(nameOf(record), record)
    const before = lines.get(line.name)
    lines.set(line.name, before ? add(before, line) : line)
    total = add(total, line)
  }
  const order =
    by === 'day'
      ? (a: SpendingLine, b: SpendingLine) => (a.name < b.name ? -1 : 1)
      : (a: SpendingLine, b: SpendingLine) => (a.cost === b.cost ? 0 : a.cost > b.cost ? -1 : 1)
  return { lines: [...lines.values()].toSorted(order), total }
}

import { InvalidArgument } from '@ashlar/core/errors'
import type { CallRecord } from './call-history.ts'

/** How much an answer will have: the middle, and an interval. */
export interface Span {
  readonly p50: number
  readonly low: number
  readonly high: number
}

/** What a prediction rests on: calls of the same kind, of the same model, or nothing but the limit. */
export type PredictionBasis = 'kind' | 'model' | 'prior'

/** How long an answer will be, in tokens. */
export interface OutputLength extends Span {
  /** What the interval rests on. */
  readonly basis: PredictionBasis
  /** How many calls it was learnt from. */
  readonly samples: number
}

export interface OutputLengthOptions {
  /** Calls of the same model and kind, in the order they were made. */
  readonly ofKind?: readonly CallRecord[]
  /** Calls of the same model. */
  readonly ofModel?: readonly CallRecord[]
  /** The most the answer may have. */
  readonly limit: number
  /** How much of what happens the interval is to hold, between 0 and 1. @default 0.9 */
  readonly coverage?: number
}

/** Calls the middle is taken from. */
const leastForMiddle = 5
/** Older ones say little about what a model writes now. */
const window = 500

/** The `rank`th smallest, from 1. */
const ranked = (sorted: readonly number[], rank: number): number =>
  sorted[Math.min(sorted.length, Math.max(1, rank)) - 1] ?? 0

const sortedLengths = (records: readonly CallRecord[], lengthOf: (record: CallRecord) => number): number[] =>
  records.map(lengthOf).toSorted((a, b) => a - b)

/**
 * Ranks around which `coverage` of the next values lie, whatever their distribution, if they come from where the
 * others came from (conformal prediction): of n values the next is at most the kth with a chance of k / (n + 1).
 * `undefined` when there are too few for that.
 */
const endRanks = (n: number, coverage: number): readonly [low: number, high: number] | undefined => {
  const outside = ((1 - coverage) / 2) * (n + 1)
  // As much as is lost by rounding in an exact sum.
  const low = Math.floor(outside + 1e-9)
  return low >= 1 ? [low, n + 1 - low] : undefined
}

/**
 * How long an answer will be, learnt from calls that came before: of the same kind, where there are enough of them
 * for the interval (19 for 90 %), else of the same model, else from the limit alone: anything up to it, its geometric
 * middle for want of better. An answer that was cut off at a limit counts as this call's limit at the upper end.
 */
export const predictOutputLength = (options: OutputLengthOptions): OutputLength => {
  const { ofKind = [], ofModel = [], limit, coverage = 0.9 } = options
  if (!(coverage > 0 && coverage < 1))
    throw new InvalidArgument('coverage', 'a number between 0 and 1', coverage)
  const least = (record: CallRecord): number => Math.min(record.outputTokens, limit)
  const wasCut = ({ outputTokens, maxOutputTokens = Infinity }: CallRecord): boolean =>
    outputTokens >= maxOutputTokens
  const most = (record: CallRecord): number => (wasCut(record) ? limit : least(record))
  const levels: readonly (readonly [PredictionBasis, readonly CallRecord[]])[] = [
    ['kind', ofKind.slice(-window)],
    ['model', ofModel.slice(-window)],
  ]
  const middle = levels.find(([, records]) => records.length >= leastForMiddle)?.[1]
  const p50 = middle
    ? ranked(sortedLengths(middle, least), Math.ceil(middle.length / 2))
    : Math.max(1, Math.round(Math.sqrt(limit)))
  for (const [basis, records] of levels) {
    const ranks = endRanks(records.length, coverage)
    if (!ranks) continue
    const low = ranked(sortedLengths(records, least), ranks[0])
    const high = ranked(sortedLengths(records, most), ranks[1])
    return { p50: Math.min(high, Math.max(low, p50)), low, high, basis, samples: records.length }
  }
  return {
    p50: Math.min(limit, p50),
    low: Math.min(limit, 1),
    high: limit,
    basis: 'prior',
    samples: middle?.length ?? 0,
  }
}

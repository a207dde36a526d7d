import type { ModelRequest } from '@ashlar/core'
import { countRequest } from '@ashlar/tokens'
import type { CallHistory, CallQuery, CallRecord } from './call-history.ts'
import { costOf } from './cost-of.ts'
import type { PicoDollars } from './money.ts'
import { type OutputLength, predictOutputLength } from './output-length.ts'
import { createPriceBook, type PriceBook, type PriceQuery } from './price-book.ts'
import { createTraitReader } from './request-traits.ts'
import { UnknownPrice } from './unknown-price.ts'

export interface PredictCostOptions extends Omit<PriceQuery, 'provider' | 'modelId'> {
  readonly model: { readonly provider: string; readonly modelId: string }
  /** What calls wrote before. @default nothing is known of them */
  readonly history?: Pick<CallHistory, 'records'>
  /** What sort of request it is, as the history names it. @default none */
  readonly kind?: string
  /** How much of what happens the intervals are to hold, between 0 and 1. @default 0.9 */
  readonly coverage?: number
  /** Keep one for many calls. @default a new one of the catalog alone */
  readonly prices?: PriceBook
}

/** What a call will cost. */
export interface CostPrediction {
  readonly inputTokens: number
  /** `inputTokens` is what the vendor counts, not an estimate. */
  readonly exact: boolean
  readonly outputTokens: OutputLength
  /** `low` with all input read from the provider's cache, `high` with all of it written there, where that has a price. */
  readonly cost: { readonly p50: PicoDollars; readonly low: PicoDollars; readonly high: PicoDollars }
  readonly priceSource: string
  readonly priceVersion: string
}

const recordsOf = async (
  history: Pick<CallHistory, 'records'> | undefined,
  query: CallQuery,
): Promise<CallRecord[]> => {
  const records: CallRecord[] = []
  for await (const record of history?.records(query) ?? []) records.push(record)
  return records
}

/** Where neither the model nor the request has a limit. */
const unlimited = Number.MAX_SAFE_INTEGER

/**
 * What one call will cost, before it is made: the input as it is counted, the output as calls of that model and kind
 * wrote before. What a call can cost at most is `upperBound`.
 * @throws UnknownPrice when the price is not known, or how much the model may write while no calls tell
 */
export const predictCost = async (
  request: ModelRequest,
  options: PredictCostOptions,
): Promise<CostPrediction> => {
  const { model, history, kind, coverage, prices = createPriceBook(), ...query } = options
  const { provider, modelId } = model
  const traits = createTraitReader()(request, provider)
  const { unknownTier, ...asked } = traits.asked
  if (unknownTier !== undefined)
    throw new UnknownPrice({ provider, modelId, missing: `its price of the tier ${unknownTier}` })
  const call = { ...query, ...asked, provider, modelId, prices }
  const list = prices.find(call)
  const { tokens: inputTokens, exact } = await countRequest(request, { modelId, provider })
  const { contextWindow, maxOutputTokens } = list
  const left = contextWindow === undefined ? undefined : Math.max(1, contextWindow - inputTokens)
  const outputTokens = predictOutputLength({
    limit: traits.maxOutputTokens ?? maxOutputTokens ?? left ?? unlimited,
    ofModel: await recordsOf(history, { provider, modelId }),
    ...(kind !== undefined && { ofKind: await recordsOf(history, { provider, modelId, kind }) }),
    ...(coverage !== undefined && { coverage }),
  })
  if (outputTokens.high === unlimited)
    throw new UnknownPrice({ provider, modelId, missing: 'how much it writes at most (maxOutputTokens)' })
  const costWith = (output: number, input: { cachedInputTokens?: number; cacheWriteTokens?: number } = {}) =>
    costOf({ inputTokens, outputTokens: output * traits.answers, ...input }, call)
  const likely = costWith(outputTokens.p50)
  return {
    inputTokens,
    exact,
    outputTokens,
    cost: {
      p50: likely.pico,
      low: costWith(outputTokens.low, { cachedInputTokens: inputTokens }).pico,
      high: costWith(outputTokens.high, { cacheWriteTokens: inputTokens }).pico,
    },
    priceSource: likely.priceSource,
    priceVersion: likely.priceVersion,
  }
}

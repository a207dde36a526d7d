import type { ModelRequest } from '@ashlar/core'
import type { PicoDollars } from './money.ts'
import type { PriceBook, PriceQuery } from './price-book.ts'
import { UnknownPrice } from './unknown-price.ts'

export interface UpperBoundOptions extends Omit<PriceQuery, 'provider' | 'modelId'> {
  /** Keep one for many calls. @default a new one of the catalog alone */
  readonly prices?: PriceBook
}

/** The most a call can cost. */
export interface UpperBound {
  readonly pico: PicoDollars
  /** Input tokens the bound is made of. */
  readonly inputTokens: number
  /** The most tokens it may write. */
  readonly outputTokens: number
  readonly priceSource: string
  readonly priceVersion: string
}

/**
 * The most one call can cost: its input at the dearest price it can be charged at, and all the output it may
 * write. What a budget reserves before the call.
 * @throws UnknownPrice when the price, or how much the model may write, is not known
 */
export const upperBound = async (
  _request: ModelRequest,
  { provider, modelId }: { readonly provider: string; readonly modelId: string },
  _options: UpperBoundOptions = {},
): Promise<UpperBound> => {
  throw new UnknownPrice({ provider, modelId, missing: 'its price' })
}

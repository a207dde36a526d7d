import type { ModelRequest, Usage } from '@ashlar/core'
import { type Cost, costOf } from './cost-of.ts'
import type { PicoDollars } from './money.ts'
import { createPriceBook } from './price-book.ts'
import { servedAs } from './request-traits.ts'
import { upperBound, type UpperBoundOptions } from './upper-bound.ts'

/** A call that has not been made. */
export interface PlannedCall {
  readonly provider: string
  readonly modelId: string
  readonly request: ModelRequest
  /** Milliseconds since the epoch. */
  readonly at: number
}

/** What a call costs, before and after. */
export interface Quote {
  /** The most it can cost. */
  readonly most: PicoDollars
  /** What it did cost. @throws UnknownPrice when something was used that has no price */
  readonly costOf: (usage: Usage) => Pick<Cost, 'pico' | 'priceSource' | 'priceVersion'>
}

/** Prices calls. Throws `UnknownPrice` rather than guess. */
export type Pricing = (call: PlannedCall) => Quote | Promise<Quote>

/** Which prices: those of the catalog or of a `prices` of your own, for the tier and region calls are served in. */
export type PricingOptions = Omit<UpperBoundOptions, 'at'>

/** Prices of the catalog and of your own; the tier and the region are those the request asks for, unless given. */
export const listPricing = (options: PricingOptions = {}): Pricing => {
  const { prices = createPriceBook(), tier, region, cache } = options
  const always = { prices, ...(tier && { tier }), ...(region !== undefined && { region }) }
  return async ({ provider, modelId, request, at }) => {
    const query = { ...servedAs(request, provider), ...always, at: new Date(at) }
    const bound = { ...query, ...(cache !== undefined && { cache }) }
    const { pico: most } = await upperBound(request, { provider, modelId }, bound)
    return { most, costOf: (usage) => costOf(usage, { ...query, provider, modelId }) }
  }
}

import type { ModelRequest, Usage } from '@ashlar/core'
import { type Cost, costOf, type CostOptions } from './cost-of.ts'
import type { PicoDollars } from './money.ts'
import { createPriceBook } from './price-book.ts'
import { servedAs } from './request-traits.ts'
import { upperBound, type UpperBoundOptions } from './upper-bound.ts'

/** A model by its names. */
export interface PricedModel {
  readonly provider: string
  readonly modelId: string
}

/** What is asked of a model: an answer, or embeddings of texts. */
export type PlannedWork = { readonly request: ModelRequest } | { readonly texts: readonly string[] }

/** A call that has not been made, at a time in milliseconds since the epoch. */
export type PlannedCall = PricedModel & PlannedWork & { readonly at: number }

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

/** Tokens a tokenizer may put around a text. */
const around = 8

const bytesOf = (text: string): number => new TextEncoder().encode(text).length

/** No tokenizer makes more tokens of a text than it has bytes; embeddings have nothing but input. */
const mostOfTexts = (texts: readonly string[], call: CostOptions): PicoDollars => {
  const inputTokens = texts.reduce((sum, text) => sum + bytesOf(text) + around, 0)
  return costOf({ inputTokens, outputTokens: 0 }, call).pico
}

/** Prices of the catalog and of your own; the tier and the region are those the request asks for, unless given. */
export const listPricing = (options: PricingOptions = {}): Pricing => {
  const { prices = createPriceBook(), tier, region, cache } = options
  const always = { prices, ...(tier && { tier }), ...(region !== undefined && { region }) }
  return async (call) => {
    const { provider, modelId, at } = call
    const model = { provider, modelId }
    const served = 'request' in call ? servedAs(call.request, provider) : {}
    const query = { ...served, ...always, at: new Date(at) }
    const after = (usage: Usage): Cost => costOf(usage, { ...query, ...model })
    if ('texts' in call) return { most: mostOfTexts(call.texts, { ...query, ...model }), costOf: after }
    const bound = { ...query, ...(cache !== undefined && { cache }) }
    const { pico: most } = await upperBound(call.request, model, bound)
    return { most, costOf: after }
  }
}

import { InvalidArgument, type ModelRequest, type Usage } from '@ashlar/core'
import { type Cost, costOf, type CostOptions } from './cost-of.ts'
import type { PicoDollars } from './money.ts'
import { createPriceBook, type ServiceTier } from './price-book.ts'
import { servedAs, type ServedAs, toldIn, type Way } from './served-as.ts'
import { UnknownPrice } from './unknown-price.ts'
import { createUpperBound, type UpperBound, type UpperBoundOptions } from './upper-bound.ts'

/** A model by its names. */
export interface PricedModel {
  readonly provider: string
  readonly modelId: string
}

/** What is asked of a model: an answer, or embeddings of texts. */
export type PlannedWork = { readonly request: ModelRequest } | { readonly texts: readonly string[] }

/** A call that has not been made, at a time in milliseconds since the epoch. */
export type PlannedCall = PricedModel & PlannedWork & { readonly at: number }

/** What a call is priced by. */
export interface PriceBasis {
  readonly priceSource: string
  readonly priceVersion: string
  readonly tier?: ServiceTier
  readonly region?: string
}

/** What a call costs, before and after. */
export interface Quote {
  /** The most it can cost. */
  readonly most: PicoDollars
  /** What `most` is priced by. */
  readonly basis?: PriceBasis
  /**
   * The usage to bill where a part of it was only estimated: with the input as it was counted before the call, say.
   * @default as it is
   */
  readonly complete?: (usage: Usage) => Usage
  /** The longest answer that can be had for so much; `undefined` when there is none. @default unknown */
  readonly outputWithin?: (pico: PicoDollars) => number | undefined
  /** What it did cost. @throws UnknownPrice when something was used that has no price */
  readonly costOf: (usage: Usage) => Pick<Cost, 'pico'> & PriceBasis
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

/** An estimate knows how much was read, not how often was searched, nor what other answers were written. */
const completed = (usage: Usage, { inputTokens, webSearches, answers }: UpperBound): Usage => {
  if (!usage.estimated) return usage
  const searches = Math.max(usage.webSearches ?? 0, webSearches)
  return {
    ...usage,
    ...(usage.estimated === true && { inputTokens }),
    ...(searches > 0 && { webSearches: searches }),
    outputTokens: usage.outputTokens * answers,
  }
}

const outputWithin = (bound: UpperBound, pico: PicoDollars): number | undefined => {
  const left = pico - (bound.pico - bound.outputPico)
  if (left <= 0n) return undefined
  if (bound.outputPico <= left) return Math.floor(bound.outputTokens / bound.answers)
  const tokens = Number((left * BigInt(bound.outputTokens)) / bound.outputPico)
  return tokens >= bound.answers ? Math.floor(tokens / bound.answers) : undefined
}

/**
 * Prices of the catalog and of your own. What is reserved is the dearest way a call may be served in, what is billed the
 * way its answer tells; where it tells none, the way that was asked for, and for a call broken off, that reserved.
 */
export const listPricing = (options: PricingOptions = {}): Pricing => {
  const { prices = createPriceBook(), tier, region, cache, toolTokens } = options
  const usual = { ...(tier && { tier }), ...(region !== undefined && { region }) }
  const more = { ...(cache !== undefined && { cache }), ...(toolTokens !== undefined && { toolTokens }) }
  if (toolTokens !== undefined && !(Number.isSafeInteger(toolTokens) && toolTokens >= 0))
    throw new InvalidArgument('toolTokens', 'a whole number of tokens, 0 or more', toolTokens)
  const boundOf = createUpperBound(prices)
  return async (call) => {
    const { provider, modelId } = call
    const at = new Date(call.at)
    const model = { provider, modelId, at, prices }
    const billed = (
      usage: Usage,
      { unknownTier: _, ...otherwise }: ServedAs,
    ): ReturnType<Quote['costOf']> => {
      const { unknownTier, ...told } = toldIn(usage)
      if (unknownTier !== undefined)
        throw new UnknownPrice({ provider, modelId, missing: `its price of the tier ${unknownTier}` })
      const way: Way = { tier: 'standard', region: 'global', ...otherwise, ...told }
      return { ...costOf(usage, { ...model, ...way }), ...way }
    }
    if ('texts' in call)
      return {
        most: mostOfTexts(call.texts, { ...model, ...usual }),
        costOf: (usage) => billed(usage, usual),
      }
    const bound = await boundOf(call.request, { provider, modelId }, { ...usual, ...more, at })
    const { priceSource, priceVersion, tier: dearest, region: place } = bound
    const reserved = { tier: dearest, region: place }
    const asked = { ...usual, ...servedAs(call.request, provider) }
    return {
      most: bound.pico,
      basis: { priceSource, priceVersion, ...reserved },
      complete: (usage) => completed(usage, bound),
      outputWithin: (pico) => outputWithin(bound, pico),
      costOf: (usage) => billed(usage, usage.estimated ? reserved : asked),
    }
  }
}

import type { PriceKind } from '@ashlar/catalog'
import type { Usage } from '@ashlar/core'
import type { PicoDollars } from './money.ts'
import type { PriceBook, PriceQuery } from './price-book.ts'
import { UnknownPrice } from './unknown-price.ts'

/** A usage with everything that may have a price of its own; a core `Usage` is one. */
export interface BillableUsage extends Usage {
  readonly imageInputTokens?: number
  readonly imageOutputTokens?: number
  readonly webSearches?: number
}

export interface CostOptions extends PriceQuery {
  /** Keep one for many calls. @default a new one of the catalog alone */
  readonly prices?: PriceBook
}

/** One kind of thing on the bill. */
export interface CostLine {
  readonly kind: PriceKind
  /** How many tokens (or calls). */
  readonly count: number
  /** The price for `per` of them in US dollars, exact. */
  readonly usd: string
  /** A million tokens, a thousand calls. */
  readonly per: number
  readonly pico: PicoDollars
}

/** What a usage costs, and by whose prices. `pico` is the sum of the lines. */
export interface Cost {
  readonly pico: PicoDollars
  readonly lines: readonly CostLine[]
  /** Whose prices: a package, or `'override'`. */
  readonly priceSource: string
  /** The package's version; of overrides a fingerprint of the prices. */
  readonly priceVersion: string
}

/**
 * What a usage costs, exactly.
 * @throws UnknownPrice when the model, or the price of something that was used, is not known
 */
export const costOf = (usage: BillableUsage, { provider, modelId }: CostOptions): Cost => {
  throw new UnknownPrice({ provider, modelId, missing: `its price for ${usage.inputTokens} tokens` })
}

import type { PriceKind, Prices } from '@ashlar/catalog'
import { InvalidArgument } from '@ashlar/core/errors'
import { priceAt } from './cost-of.ts'
import { createPriceBook, type PriceBook } from './price-book.ts'
import { UnknownPrice } from './unknown-price.ts'

/** The prices of one model as another list has them, in US dollars. */
export interface OtherPrice {
  readonly provider: string
  readonly modelId: string
  /** For a million tokens, or for a thousand searches, as in `priceUnits`. */
  readonly prices: { readonly [Kind in PriceKind]?: number }
  /** Above so many input tokens (`above`), these. */
  readonly above?: {
    readonly inputTokens: number
    readonly prices: { readonly [Kind in PriceKind]?: number }
  }
}

/** Another price list. */
export interface PriceSource {
  /** Its name and version, for the report. */
  readonly name: string
  readonly prices: readonly OtherPrice[]
}

/** One price that differs. */
export interface PriceDifference {
  readonly id: string
  /** What it is the price of; `input above 272000` for that of long requests. */
  readonly kind: string
  readonly ours: string
  readonly theirs: string
  /** How far apart, as a part of the larger. */
  readonly difference: number
}

/** What two price lists differ in. */
export interface DriftReport {
  readonly source: string
  /** Prices that both lists have. */
  readonly compared: number
  /** Models that both lists have. */
  readonly models: number
  /** The widest first. */
  readonly differences: readonly PriceDifference[]
  /** Models that the other list has alone. */
  readonly missing: readonly string[]
}

export interface DriftOptions {
  /** @default those of the catalog alone */
  readonly prices?: PriceBook
  /** How far two prices may be apart, as a part of the larger. @default 0.005, half a percent */
  readonly tolerance?: number
  /** @default openai, anthropic and google, whose prices all lists follow closely */
  readonly providers?: readonly string[]
  /** The day the prices are compared for. @default now */
  readonly at?: Date
}

const mainProviders = ['openai', 'anthropic', 'google']

const apart = (a: number, b: number): number => (a === b ? 0 : Math.abs(a - b) / Math.max(a, b))

/** What the price of each kind is here and there, below the long requests and above. */
const pairs = (ours: Prices, { prices, above }: OtherPrice): (readonly [string, string, number])[] => {
  const pairOf = (kind: string, theirs: number, inputTokens: number): (readonly [string, string])[] => {
    const price = Object.entries(ours).find(([known]) => known === kind)?.[1]
    return price ? [[priceAt(price, inputTokens), String(theirs)]] : []
  }
  const flat = (list: object, label: string, inputTokens: number) =>
    Object.entries(list).flatMap(([kind, theirs]) =>
      // A price of 0 stands in many lists for one that is not known.
      typeof theirs === 'number' && theirs > 0
        ? pairOf(kind, theirs, inputTokens).map(([usd]) => [`${kind}${label}`, usd, theirs] as const)
        : [],
    )
  if (!above) return flat(prices, '', 0)
  return [...flat(prices, '', 0), ...flat(above.prices, ` above ${above.inputTokens}`, above.inputTokens + 1)]
}

const findPrices = (
  book: PriceBook,
  query: { provider: string; modelId: string; at: Date },
): Prices | undefined => {
  try {
    return book.find(query).prices
  } catch (error) {
    if (UnknownPrice.isInstance(error)) return undefined
    throw error
  }
}

/**
 * Where the prices in use differ from another list: one of the two is out of date, and neither is taken to be right.
 * @throws InvalidArgument when nothing could be compared, so that an empty report is never good news
 */
export const driftReport = (source: PriceSource, options: DriftOptions = {}): DriftReport => {
  const {
    tolerance = 0.005,
    providers = mainProviders,
    at = new Date(),
    prices = createPriceBook(),
  } = options
  if (!(tolerance >= 0 && tolerance < 1))
    throw new InvalidArgument('tolerance', 'a part of 0 or more and below 1, such as 0.005', tolerance)
  const differences: PriceDifference[] = []
  const missing: string[] = []
  const models = new Set<string>()
  let compared = 0
  for (const other of source.prices) {
    const { provider, modelId } = other
    if (!providers.includes(provider)) continue
    const id = `${provider}/${modelId}`
    const ours = findPrices(prices, { provider, modelId, at })
    if (!ours) {
      missing.push(id)
      continue
    }
    for (const [kind, usd, theirs] of pairs(ours, other)) {
      compared++
      models.add(id)
      const difference = apart(Number(usd), theirs)
      if (difference > tolerance)
        differences.push({ id, kind, ours: usd, theirs: String(theirs), difference })
    }
  }
  if (compared === 0)
    throw new InvalidArgument('source', `prices of models of ${providers.join(', ')}`, source.name)
  return {
    source: source.name,
    compared,
    models: models.size,
    differences: differences.toSorted((a, b) => b.difference - a.difference),
    missing,
  }
}

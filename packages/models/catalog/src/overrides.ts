import { InvalidArgument } from '@ashlar/core/errors'
import { checkOverrides } from './check-overrides.ts'
import type { KnownFacts } from './model-facts.ts'
import { type Price, type PriceKind, type PricePeriod, type Prices, priceUnits, toDecimal } from './price.ts'
import type { ServiceRate } from './service-rate.ts'

/** A price as people write it: US dollars, alone or with tiers. A decimal string is exact; a number is read as written. */
export type PriceOverride = string | number | Price

/** Prices as people write them, for `priceUnits` of each kind (a million tokens, a thousand calls). */
export type PricesOverride = { readonly [Kind in PriceKind]?: PriceOverride }

/** What you know better of a model. A fact given here replaces the catalog's; prices are replaced as a whole. */
export interface ModelOverride extends Omit<KnownFacts, 'prices' | 'rates'> {
  /** Further ids it is found by. */
  readonly aliases?: readonly string[]
  readonly prices?:
    | PricesOverride
    | readonly (Omit<PricePeriod, 'prices'> & { readonly prices: PricesOverride })[]
  /**
   * What batches, tiers and regions cost against the prices; one without either holds for every call (a discount). Each
   * replaces the catalog's for the same tier and region; with prices given here, none of the catalog's is left.
   */
  readonly rates?: readonly RateOverride[]
}

/** A rate as people write it. */
export interface RateOverride extends Omit<ServiceRate, 'prices'> {
  readonly prices?: PricesOverride
}

/**
 * Overrides by `provider/modelId`; `provider/*` is for every model of the provider, and for those it does not list where
 * it has prices. What is said of a model goes before that.
 */
export type CatalogOverrides = { readonly [id: string]: ModelOverride }

const isPriceKind = (kind: string): kind is PriceKind => Object.hasOwn(priceUnits, kind)

const toPrice = (given: PriceOverride, argument: string): Price => {
  if (typeof given !== 'object') return { usd: toDecimal(given, argument) }
  const tiers = given.tiers?.map(({ above, usd: each }) => ({ above, usd: toDecimal(each, argument) }))
  return {
    usd: toDecimal(given.usd, argument),
    ...(tiers && { tiers: tiers.toSorted((a, b) => a.above - b.above) }),
  }
}

const toPrices = (given: PricesOverride, argument: string): Prices => {
  const found: { [Kind in PriceKind]?: Price } = {}
  for (const [kind, each] of Object.entries(given))
    if (isPriceKind(kind)) found[kind] = toPrice(each, `${argument}.${kind}`)
  return found
}

/** The facts of an override, its prices in the catalog's form. */
export const toKnownFacts = (override: ModelOverride, id: string): KnownFacts => {
  const { aliases: _, prices: given, rates: written, ...rest } = override
  const rates = written?.map(({ prices, ...rate }, i) => ({
    ...rate,
    ...(prices && { prices: toPrices(prices, `overrides["${id}"].rates[${i}].prices`) }),
  }))
  const facts: KnownFacts = { ...rest, ...(rates && { rates }) }
  if (!given) return facts
  const argument = `overrides["${id}"].prices`
  const isList = (list: typeof given): list is Extract<typeof given, readonly unknown[]> =>
    Array.isArray(list)
  const periods = isList(given) ? given : [{ prices: given }]
  return { ...facts, prices: periods.map((each) => ({ ...each, prices: toPrices(each.prices, argument) })) }
}

const isOverrides = (value: unknown): value is CatalogOverrides => {
  checkOverrides(value, 'overrides')
  return true
}

/**
 * Checks overrides that come from outside, a JSON file for example.
 * @throws InvalidArgument naming the field that is wrong
 */
export const toOverrides = (value: unknown): CatalogOverrides => {
  if (!isOverrides(value)) return {}
  for (const [id, { aliases }] of Object.entries(value)) {
    if (!/^[^/\s*]+\/(?:\*|[^\s*]+)$/.test(id))
      throw new InvalidArgument('overrides', 'ids as provider/modelId or provider/*', id)
    if (id.endsWith('/*') && aliases)
      throw new InvalidArgument(
        `overrides["${id}"].aliases`,
        'none, as all models cannot share them',
        aliases,
      )
  }
  return value
}

import { type Price, type PriceKind, type PricePeriod, pricesAt, type Prices } from './price.ts'

/**
 * How a call is served: at once at the list price, or cheaper and later, or dearer and sooner; `scale` is capacity
 * bought ahead (OpenAI), `fast` a mode of its own (Anthropic).
 */
export type ServiceTier = 'standard' | 'batch' | 'flex' | 'priority' | 'scale' | 'fast'

/** What a way of being served costs: the list prices times a factor, or prices of its own. */
export interface ServiceRate {
  readonly tier?: Exclude<ServiceTier, 'standard'> | undefined
  /**
   * As the provider names it: `'us'`, `'eu'`, … A rate for a tier and one for a region hold together, one after
   * the other, unless there is one for both. Factors for neither, a discount say, hold for every call, after those.
   */
  readonly region?: string | undefined
  /** An exact decimal every price is multiplied by. @default '1' */
  readonly factor?: string
  /** Factors of the kinds that have one of their own. What is charged by the call has no other. */
  readonly factors?: { readonly [Kind in PriceKind]?: string }
  /** Prices that are published as they are, such as rounded ones; they go before any factor. */
  readonly prices?: Prices
}

/** The list prices of a model, and what other ways of being served cost against them: `ModelFacts` have both. */
export interface RatedPrices {
  readonly prices?: readonly PricePeriod[]
  readonly rates?: readonly ServiceRate[]
}

/** When, how and where a call is served. */
export interface PriceMoment {
  readonly at: Date
  /** @default 'standard' */
  readonly tier?: ServiceTier
  /** @default the list price */
  readonly region?: string
}

const parts = (decimal: string): readonly [digits: bigint, places: number] => {
  const [whole = '0', fraction = ''] = decimal.split('.')
  return [BigInt(whole + fraction), fraction.length]
}

/** The exact product of two decimals of 0 or more, without zeros at the end. */
export const multiplyDecimals = (a: string, b: string): string => {
  const [x, xPlaces] = parts(a)
  const [y, yPlaces] = parts(b)
  const places = xPlaces + yPlaces
  const digits = (x * y).toString().padStart(places + 1, '0')
  const fraction = digits.slice(digits.length - places).replace(/0+$/, '')
  const whole = digits.slice(0, digits.length - places)
  return places > 0 && fraction ? `${whole}.${fraction}` : whole
}

const times = ({ usd, tiers }: Price, factor: string): Price => ({
  usd: multiplyDecimals(usd, factor),
  ...(tiers && { tiers: tiers.map((tier) => ({ ...tier, usd: multiplyDecimals(tier.usd, factor) })) }),
})

/** What is charged by the call costs the same however the tokens are served. */
const byCall: ReadonlySet<string> = new Set(['request', 'webSearch', 'fileSearch', 'textMessage'])

const rated = (list: Prices, { factor = '1', factors = {}, prices = {} }: ServiceRate): Prices => {
  const own = new Map<string, string>(Object.entries(factors))
  const found: Record<string, Price> = {}
  for (const [kind, price] of Object.entries(list))
    found[kind] = times(price, own.get(kind) ?? (byCall.has(kind) ? '1' : factor))
  return { ...found, ...prices }
}

/**
 * The prices that hold at a moment, for a tier and a region. `undefined` when the list price is not known, or
 * what that tier or region costs: another's price is not taken for it.
 */
export const pricesFor = (
  { prices, rates = [] }: RatedPrices,
  { at, tier: asked = 'standard', region }: PriceMoment,
): Prices | undefined => {
  const tier = asked === 'standard' ? undefined : asked
  const list = pricesAt(prices, at)
  const rateOf = (wanted: Pick<ServiceRate, 'tier' | 'region'>): ServiceRate | undefined =>
    rates.find((rate) => rate.tier === wanted.tier && rate.region === wanted.region)
  const served = (): Prices | undefined => {
    if (!list || (tier === undefined && region === undefined)) return list
    const together = rateOf({ tier, region })
    if (together) return rated(list, together)
    if (tier === undefined || region === undefined) return undefined
    const [first, second] = [rateOf({ tier, region: undefined }), rateOf({ tier: undefined, region })]
    return first && second && rated(rated(list, first), second)
  }
  const found = served()
  const always = rateOf({ tier: undefined, region: undefined })
  return found && always ? rated(found, always) : found
}

import { type Price, type PriceKind, type Prices, priceUnits } from '@ashlar/catalog'
import { InvalidArgument } from '@ashlar/core/errors'
import type { BillableUsage } from './billable-usage.ts'
import { priceTimes, type PicoDollars } from './money.ts'
import { createPriceBook, type PriceBook, type PriceQuery, type ServiceTier } from './price-book.ts'
import { toldIn } from './served-as.ts'
import { UnknownPrice } from './unknown-price.ts'

export interface CostOptions extends PriceQuery {
  /** @default the one the usage says it was served in, else 'standard' */
  readonly tier?: ServiceTier
  /** @default the one the usage says it was served in, else 'global' */
  readonly region?: string
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
  /** Whose prices: a package, `'override'` or `'free'`. */
  readonly priceSource: string
  /** The package's version; of overrides a fingerprint of the prices. */
  readonly priceVersion: string
}

/**
 * Whose price holds for tokens that have none of their own: the price lists mean the next one up, which is never
 * lower. Tokens written to the cache for an hour are dearer than any other, so nothing stands for them where the
 * cache has a price at all.
 */
const priceOf = (kind: PriceKind, prices: Prices): Price | undefined => {
  const { input, output, cachedInput, cacheWrite, audioInput, imageInput } = prices
  switch (kind) {
    case 'cachedInput':
    case 'cacheWrite':
    case 'audioInput':
    case 'imageInput':
      return prices[kind] ?? input
    case 'cacheWrite1h':
      return prices[kind] ?? (cacheWrite ? undefined : input)
    case 'cachedAudioInput':
      return prices[kind] ?? audioInput ?? cachedInput ?? input
    case 'cachedImageInput':
      return prices[kind] ?? imageInput ?? cachedInput ?? input
    case 'reasoning':
    case 'audioOutput':
    case 'imageOutput':
      return prices[kind] ?? output
    default:
      return prices[kind]
  }
}

/** The price of a request of this many input tokens. */
export const priceAt = ({ usd, tiers }: Price, inputTokens: number): string =>
  tiers?.findLast(({ above }) => inputTokens > above)?.usd ?? usd

/** Every token under the one kind it is charged as. What a kind is part of has the rest, never less than none. */
const split = (usage: BillableUsage): readonly (readonly [PriceKind, number])[] => {
  const {
    inputTokens,
    outputTokens,
    reasoningTokens = 0,
    audioOutputTokens = 0,
    imageOutputTokens = 0,
  } = usage
  const { cachedInputTokens = 0, cacheWriteTokens = 0, cacheWrite1hTokens = 0 } = usage
  const { audioInputTokens = 0, imageInputTokens = 0 } = usage
  const media = audioInputTokens + imageInputTokens
  // Where it is not said how much of the audio or the images was cached, as little of it as the sums allow.
  const toldImages = usage.cachedImageInputTokens ?? 0
  const overlap = Math.max(0, cachedInputTokens + cacheWriteTokens + media - inputTokens - toldImages)
  const cachedAudio = usage.cachedAudioInputTokens ?? Math.min(overlap, audioInputTokens, cachedInputTokens)
  const cachedImages =
    usage.cachedImageInputTokens ??
    Math.min(overlap - Math.min(overlap, cachedAudio), imageInputTokens, cachedInputTokens - cachedAudio)
  const cachedMedia = cachedAudio + cachedImages
  const rest = (whole: number, ...parts: readonly number[]): number =>
    Math.max(
      0,
      parts.reduce((left, part) => left - part, whole),
    )
  return [
    ['input', rest(inputTokens, cachedInputTokens, cacheWriteTokens, media - cachedMedia)],
    ['cachedInput', rest(cachedInputTokens, cachedMedia)],
    ['cacheWrite', rest(cacheWriteTokens, cacheWrite1hTokens)],
    ['cacheWrite1h', cacheWrite1hTokens],
    ['audioInput', rest(audioInputTokens, cachedAudio)],
    ['cachedAudioInput', cachedAudio],
    ['imageInput', rest(imageInputTokens, cachedImages)],
    ['cachedImageInput', cachedImages],
    ['output', rest(outputTokens, reasoningTokens, audioOutputTokens, imageOutputTokens)],
    ['reasoning', reasoningTokens],
    ['audioOutput', audioOutputTokens],
    ['imageOutput', imageOutputTokens],
    ['webSearch', usage.webSearches ?? 0],
  ]
}

/** What of a usage is no count. */
const words: ReadonlySet<string> = new Set(['estimated', 'serviceTier', 'region'])

const checkCounts = (usage: BillableUsage): void => {
  for (const [name, count] of Object.entries(usage))
    if (!words.has(name) && count !== undefined && !(Number.isSafeInteger(count) && count >= 0))
      throw new InvalidArgument(`usage.${name}`, 'a whole number of tokens, 0 or more', count)
}

/**
 * What a usage costs, exactly. A tier of the price list holds for the whole request, by its input tokens. What is
 * no whole number of picodollars (no price list has had such a price) is rounded up.
 * @throws UnknownPrice when the model, or the price of something that was used, is not known
 * @throws InvalidArgument for a usage that counts anything but whole numbers
 */
export const costOf = (usage: BillableUsage, options: CostOptions): Cost => {
  checkCounts(usage)
  const { provider, modelId, prices: book = createPriceBook() } = options
  const told = toldIn(usage)
  const { tier = told.tier, region = told.region } = options
  if (options.tier === undefined && told.unknownTier !== undefined)
    throw new UnknownPrice({ provider, modelId, missing: `its price of the tier ${told.unknownTier}` })
  const way = { ...(tier && { tier }), ...(region !== undefined && { region }) }
  const { prices, priceSource, priceVersion } = book.find({ ...options, ...way })
  const lines: CostLine[] = []
  let pico = 0n
  const add = (kind: PriceKind, count: number): void => {
    if (count === 0) return
    const price = priceOf(kind, prices)
    if (!price) throw new UnknownPrice({ provider, modelId, missing: `its price of ${kind}` })
    const usd = priceAt(price, usage.inputTokens)
    const per = priceUnits[kind]
    const line = { kind, count, usd, per, pico: priceTimes(usd, { count, per }) }
    lines.push(line)
    pico += line.pico
  }
  for (const [kind, count] of split(usage)) add(kind, count)
  if (prices.request) add('request', usage.requests ?? 1)
  return { pico, lines, priceSource, priceVersion }
}

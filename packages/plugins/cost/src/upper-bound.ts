import type { Price, PriceKind, Prices, ServiceTier } from '@ashlar/catalog'
import { priceUnits } from '@ashlar/catalog'
import type { ModelRequest } from '@ashlar/core'
import { createRequestCounter } from '@ashlar/tokens'
import { type PicoDollars, priceTimes } from './money.ts'
import { createPriceBook, type PriceBook, type PriceList, type PriceQuery } from './price-book.ts'
import { createTraitReader, type RequestTraits } from './request-traits.ts'
import { possibleWays, type Way } from './served-as.ts'
import { UnknownPrice } from './unknown-price.ts'

export interface UpperBoundOptions extends Omit<PriceQuery, 'provider' | 'modelId'> {
  /** How calls that ask for no tier are served. @default the dearest the provider may choose by itself */
  readonly tier?: ServiceTier
  /** Where calls that ask for no region are served. @default the dearest place a workspace may be set to */
  readonly region?: string
  /** Keep one for many calls. @default a new one of the catalog alone */
  readonly prices?: PriceBook
  /** The longest the prompt may be written to the provider's cache for. @default '1h', the dearest */
  readonly cache?: '5m' | '1h' | false
  /**
   * Tokens that one use of a tool at the provider (a web search) brings at most. @default all that fits into the
   * context window, each time
   */
  readonly toolTokens?: number
}

/** The most a call can cost. */
export interface UpperBound {
  readonly pico: PicoDollars
  /** The most input tokens it is taken to have. */
  readonly inputTokens: number
  /** `inputTokens` is what the vendor counts; otherwise it is an estimate that leans high, and a margin. */
  readonly exact: boolean
  /** The most tokens it may write. */
  readonly outputTokens: number
  /** What of `pico` is for those. */
  readonly outputPico: PicoDollars
  /** How many answers `outputTokens` are for. */
  readonly answers: number
  /** Searches at the provider at most. */
  readonly webSearches: number
  /** The dearest way it may be served in. */
  readonly tier: ServiceTier
  readonly region: string
  readonly priceSource: string
  readonly priceVersion: string
}

/** Bounds requests, as `upperBound` does. */
export type UpperBounder = (
  request: ModelRequest,
  model: { readonly provider: string; readonly modelId: string },
  options?: Omit<UpperBoundOptions, 'prices'>,
) => Promise<UpperBound>

/** On an estimate that leans high already. */
const margin = 1.1
const spare = 16

const outputKinds = ['output', 'reasoning', 'audioOutput', 'imageOutput'] as const

const inputKinds = (traits: RequestTraits, cache: '5m' | '1h' | false): PriceKind[] => [
  'input',
  ...(cache === false ? [] : (['cacheWrite'] as const)),
  ...(cache === '1h' ? (['cacheWrite1h'] as const) : []),
  ...(traits.hasAudio ? (['audioInput'] as const) : []),
  ...(traits.hasImages ? (['imageInput'] as const) : []),
]

const possible = ({ usd, tiers = [] }: Price, inputTokens: number): string[] => [
  usd,
  ...tiers.filter(({ above }) => inputTokens > above).map((tier) => tier.usd),
]

/** What so many tokens cost at the dearest of these kinds; `undefined` when none of them has a price. */
const dearest = (
  kinds: readonly PriceKind[],
  { prices, count, inputTokens }: { prices: Prices; count: number; inputTokens: number },
): PicoDollars | undefined => {
  let most: PicoDollars | undefined
  for (const kind of kinds) {
    const price = prices[kind]
    if (!price) continue
    for (const usd of possible(price, inputTokens)) {
      const pico = priceTimes(usd, { count, per: priceUnits[kind] })
      if (most === undefined || pico > most) most = pico
    }
  }
  return most
}

/** The most it may write: what the request says, then what the model can, then what the window leaves. */
const outputLimit = (
  traits: RequestTraits,
  { list, inputTokens }: { list: PriceList; inputTokens: number },
): number | undefined => {
  const { maxOutputTokens, contextWindow } = list
  const left = contextWindow === undefined ? undefined : Math.max(1, contextWindow - inputTokens)
  const most = traits.maxOutputTokens ?? maxOutputTokens ?? left
  return most === undefined ? undefined : most * traits.answers
}

/** What it reads at most: the request, as often as tools make the model read it again, and what those bring. */
const inputLimit = (
  { tools: { uses }, unseen }: RequestTraits,
  { known, window, toolTokens }: { known: number; window: number; toolTokens: number | undefined },
): number => {
  const first = unseen === undefined ? known : window
  if (uses === 0) return first
  if (toolTokens === undefined) return first + uses * window
  return first * (uses + 1) + (toolTokens * uses * (uses + 1)) / 2
}

/** An `upperBound` that counts each message once, by its identity: they must not be changed in place. */
export const createUpperBound = (book: PriceBook): UpperBounder => {
  const count = createRequestCounter()
  const read = createTraitReader()
  return async (request, { provider, modelId }, options = {}) => {
    const { cache = '1h', toolTokens, tier, region, at = new Date() } = options
    const unknown = (missing: string, remedy?: string): UnknownPrice =>
      new UnknownPrice({ provider, modelId, missing, ...(remedy !== undefined && { remedy }) })
    const traits = read(request, provider)
    const { asked, tools, unseen, answers } = traits
    if (asked.unknownTier !== undefined) throw unknown(`its price of the tier ${asked.unknownTier}`)
    const usual: Way = { ...(tier && { tier }), ...(region !== undefined && { region }) }
    const ways = possibleWays({ provider, asked, usual }, book.ways({ provider, modelId }))
    const { tokens, exact } = await count(request, { modelId, provider })
    const estimate = Math.ceil(tokens * margin) + spare + traits.foreignBytes(modelId) + tools.tokens
    const boundOf = (way: Way): UpperBound => {
      const list = book.find({ provider, modelId, at, ...way })
      const { prices, priceSource, priceVersion, contextWindow: window } = list
      const isFree = priceSource === 'free'
      if (tools.unknown !== undefined && !isFree) throw unknown(tools.unknown)
      if (tools.unlimited !== undefined && !isFree)
        throw unknown(
          `how often it uses ${tools.unlimited} at most`,
          'set max_uses of the tool, or max_tool_calls',
        )
      const hidden =
        unseen ?? (tools.uses > 0 && toolTokens === undefined ? 'what its tools bring' : undefined)
      if (hidden !== undefined && window === undefined && !isFree)
        throw unknown(`how much it reads at most (contextWindow), which ${hidden} may fill,`)
      const known = exact ? tokens : estimate
      const inputTokens = inputLimit(traits, { known, window: window ?? known, toolTokens })
      const outputTokens = outputLimit(traits, { list, inputTokens })
      if (outputTokens === undefined) throw unknown('how much it writes at most (maxOutputTokens)')
      const input = dearest(inputKinds(traits, cache), { prices, count: inputTokens, inputTokens })
      const outputPico = dearest(outputKinds, { prices, count: outputTokens, inputTokens })
      if (input === undefined) throw unknown('its price of input')
      if (outputPico === undefined) throw unknown('its price of output')
      const { searches: webSearches } = tools
      const { request: perCall, webSearch } = prices
      if (webSearches > 0 && !webSearch && !isFree) throw unknown('its price of webSearch')
      const fee = perCall ? priceTimes(perCall.usd, { count: 1, per: priceUnits.request }) : 0n
      const searched = webSearch
        ? priceTimes(webSearch.usd, { count: webSearches, per: priceUnits.webSearch })
        : 0n
      return {
        pico: input + outputPico + fee + searched,
        inputTokens,
        exact: exact && unseen === undefined && tools.uses === 0,
        outputTokens,
        outputPico,
        answers,
        webSearches,
        tier: way.tier ?? 'standard',
        region: way.region ?? 'global',
        priceSource,
        priceVersion,
      }
    }
    return ways.map(boundOf).reduce((most, each) => (each.pico > most.pico ? each : most))
  }
}

/**
 * The most one call can cost: its input at the dearest price it can be charged at (written to the cache, say), and all
 * the output it may write, served in the dearest way the provider may choose. What a budget reserves before the call.
 *
 * Input tokens are exact where the vendor has published how they are counted. Elsewhere they are an estimate that
 * leans high and a tenth, with a token for each byte that is not ASCII where the tokenizer is not public. Of what the
 * request does not show (a file behind a URL, an earlier response) it takes the whole context window; searches at the
 * provider are counted as often as they are allowed.
 * @throws UnknownPrice when the price, how much the model may write, or how often a tool at the provider may be used is
 * not known
 */
export const upperBound = (
  request: ModelRequest,
  model: { readonly provider: string; readonly modelId: string },
  { prices = createPriceBook(), ...options }: UpperBoundOptions = {},
): Promise<UpperBound> => createUpperBound(prices)(request, model, options)

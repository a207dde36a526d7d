import type { Price, PriceKind, Prices } from '@ashlar/catalog'
import { priceUnits } from '@ashlar/catalog'
import type { ModelRequest } from '@ashlar/core'
import { countRequest } from '@ashlar/tokens'
import { type PicoDollars, priceTimes } from './money.ts'
import { createPriceBook, type PriceBook, type PriceList, type PriceQuery } from './price-book.ts'
import { type RequestTraits, traitsOf } from './request-traits.ts'
import { UnknownPrice } from './unknown-price.ts'

export interface UpperBoundOptions extends Omit<PriceQuery, 'provider' | 'modelId'> {
  /** Keep one for many calls. @default a new one of the catalog alone */
  readonly prices?: PriceBook
  /** The longest the prompt may be written to the provider's cache for. @default '1h', the dearest */
  readonly cache?: '5m' | '1h' | false
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
  readonly priceSource: string
  readonly priceVersion: string
}

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
): PicoDollars | undefined =>
  kinds
    .flatMap((kind) => {
      const price = prices[kind]
      return price
        ? possible(price, inputTokens).map((usd) => priceTimes(usd, { count, per: priceUnits[kind] }))
        : []
    })
    .reduce<PicoDollars | undefined>(
      (most, pico) => (most === undefined || pico > most ? pico : most),
      undefined,
    )

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

/**
 * The most one call can cost: its input at the dearest price it can be charged at (written to the cache, say), and all
 * the output it may write. What a budget reserves before the call.
 *
 * Input tokens are exact where the vendor has published how they are counted. Elsewhere they are an estimate that
 * leans high and a tenth, with a token for each byte that is not ASCII where the tokenizer is not public. Tools that
 * run at the provider are not in it: they have prices of their own.
 * @throws UnknownPrice when the price, or how much the model may write, is not known
 */
export const upperBound = async (
  request: ModelRequest,
  { provider, modelId }: { readonly provider: string; readonly modelId: string },
  options: UpperBoundOptions = {},
): Promise<UpperBound> => {
  const { prices: book = createPriceBook(), cache = '1h', ...query } = options
  const traits = traitsOf(request, provider)
  const list = book.find({ ...traits.served, ...query, provider, modelId })
  const { prices, priceSource, priceVersion } = list
  const { tokens, exact } = await countRequest(request, { modelId, provider })
  const inputTokens = exact ? tokens : Math.ceil(tokens * margin) + spare + traits.foreignBytes(modelId)
  const outputTokens = outputLimit(traits, { list, inputTokens })
  if (outputTokens === undefined)
    throw new UnknownPrice({ provider, modelId, missing: 'how much it writes at most (maxOutputTokens)' })
  const read = dearest(inputKinds(traits, cache), { prices, count: inputTokens, inputTokens })
  const written = dearest(outputKinds, { prices, count: outputTokens, inputTokens })
  if (read === undefined) throw new UnknownPrice({ provider, modelId, missing: 'its price of input' })
  if (written === undefined) throw new UnknownPrice({ provider, modelId, missing: 'its price of output' })
  const fee = prices.request ? priceTimes(prices.request.usd, { count: 1, per: priceUnits.request }) : 0n
  return { pico: read + written + fee, inputTokens, exact, outputTokens, priceSource, priceVersion }
}

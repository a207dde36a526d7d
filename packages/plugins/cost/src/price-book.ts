import {
  type CatalogOverrides,
  createCatalog,
  type ModelFacts,
  type Prices,
  pricesAt,
  pricesFor,
  type ServiceTier,
} from '@ashlar/catalog'
import { fingerprint } from './fingerprint.ts'
import type { KnownWays } from './served-as.ts'
import { UnknownPrice } from './unknown-price.ts'

export type { ServiceTier } from '@ashlar/catalog'

/** Which price of which model. */
export interface PriceQuery {
  readonly provider: string
  readonly modelId: string
  /** When the call was made. @default now */
  readonly at?: Date
  /** @default 'standard' */
  readonly tier?: ServiceTier
  /** Where the call is served, when that has a price of its own: `'us'`, `'eu'`, … @default 'global', the list price */
  readonly region?: string
}

export interface PriceBookOptions {
  /** What you know better: negotiated prices, tiers, models of your own, aliases. `toOverrides` checks a file. */
  readonly overrides?: CatalogOverrides
  /** Providers that charge nothing, whatever the model. @default ['local'], which runs in this process */
  readonly free?: readonly string[]
}

/** The prices that hold for a call, and whose they are. */
export interface PriceList {
  readonly prices: Prices
  /** Whose prices: a package, `'override'` or `'free'`. */
  readonly priceSource: string
  /** The package's version; of overrides a fingerprint of the prices. */
  readonly priceVersion: string
  /** How much the model writes at most, where it is known. */
  readonly maxOutputTokens?: number
  /** How much it reads and writes together at most, where it is known. */
  readonly contextWindow?: number
}

/** Prices looked up once a model. Keep one for many calls. */
export interface PriceBook {
  /** @throws UnknownPrice when the model, or what that tier or region costs, is not known */
  find(query: PriceQuery): PriceList
  /** The tiers and regions whose price is known, beside the list price. */
  ways(model: Pick<PriceQuery, 'provider' | 'modelId'>): KnownWays
}

/** `@pydantic/genai-prices 0.1.8`, and what a version of a list is called: `litellm 1.109.1, its file`. */
const splitSource = (source: string): readonly [name: string, version: string] => {
  const [, name = source, version = ''] = /^(\S+) ([^\s,]+)/.exec(source) ?? []
  return [name, version]
}

const sourceOf = (model: ModelFacts, fact: 'prices' | 'rates'): readonly [name: string, version: string] => {
  const source = model.sources[fact] ?? ''
  return source === 'override' ? [source, fingerprint(model[fact])] : splitSource(source)
}

const whatOf = (tier: ServiceTier, region: string | undefined): string =>
  [
    tier === 'standard' ? 'its' : `its ${tier}`,
    'price',
    ...(region === undefined ? [] : [`in ${region}`]),
  ].join(' ')

const free: Prices = { input: { usd: '0' }, output: { usd: '0' } }

/** Names of models come from outside: what is kept of them is bounded. */
const maxKept = 1000

/** A model, and what was worked out of its prices: by those that hold at a time, the tier and the region. */
interface Known {
  readonly model: ModelFacts | undefined
  readonly ways: KnownWays
  readonly lists: Map<Prices, Map<string, PriceList>>
}

const toKnown = (model: ModelFacts | undefined): Known => {
  const rates = model?.rates ?? []
  const tiers = new Set(rates.flatMap(({ tier }) => (tier === undefined ? [] : [tier])))
  const regions = new Set(rates.flatMap(({ region }) => (region === undefined ? [] : [region])))
  return { model, ways: { tiers, regions }, lists: new Map() }
}

const limitsOf = (model: ModelFacts | undefined): Pick<PriceList, 'maxOutputTokens' | 'contextWindow'> => ({
  ...(model?.maxOutputTokens !== undefined && { maxOutputTokens: model.maxOutputTokens }),
  ...(model?.contextWindow !== undefined && { contextWindow: model.contextWindow }),
})

/** Places that are no place: what an answer says that was served wherever there was room. */
const nowhere: ReadonlySet<string> = new Set(['global', 'not_available'])

const listOf = (
  model: ModelFacts,
  moment: { readonly at: Date; readonly tier: ServiceTier; readonly region?: string },
): PriceList | undefined => {
  const prices = pricesFor(model, moment)
  if (!prices) return undefined
  const { tier, region } = moment
  const [name, version] = sourceOf(model, 'prices')
  const limits = limitsOf(model)
  const discounted = model.rates?.some((rate) => rate.tier === undefined && rate.region === undefined)
  if (tier === 'standard' && region === undefined && !discounted)
    return { prices, priceSource: name, priceVersion: version, ...limits }
  const [rateName, rateVersion] = sourceOf(model, 'rates')
  return {
    prices,
    priceSource: `${name} × ${rateName}`,
    priceVersion: `${version} × ${rateVersion}`,
    ...limits,
  }
}

/**
 * Makes a price book of the catalog and your overrides.
 * @throws InvalidArgument naming the field of the overrides that is wrong
 */
export const createPriceBook = (options: PriceBookOptions = {}): PriceBook => {
  const catalog = createCatalog(options.overrides ? { overrides: options.overrides } : {})
  const freeProviders = new Set(options.free ?? ['local'])
  const kept = new Map<string, Known>()

  const knownOf = ({ provider, modelId }: Pick<PriceQuery, 'provider' | 'modelId'>): Known => {
    const id = `${provider}/${modelId}`
    const known = kept.get(id) ?? toKnown(catalog.find(id))
    if (kept.size >= maxKept) kept.clear()
    kept.set(id, known)
    return known
  }
  return {
    ways: (model) => knownOf(model).ways,
    find: ({ provider, modelId, at = new Date(), tier = 'standard', region: asked }) => {
      const { model, lists } = knownOf({ provider, modelId })
      if (freeProviders.has(provider) && model?.sources.prices !== 'override')
        return { prices: free, priceSource: 'free', priceVersion: provider, ...limitsOf(model) }
      const region = asked !== undefined && nowhere.has(asked) ? undefined : asked
      const published = pricesAt(model?.prices, at)
      if (!model || !published) throw new UnknownPrice({ provider, modelId, missing: whatOf(tier, region) })
      const ways = lists.get(published) ?? new Map<string, PriceList>()
      const way = `${tier} ${region ?? ''}`
      const list = ways.get(way) ?? listOf(model, { at, tier, ...(region !== undefined && { region }) })
      if (!list) throw new UnknownPrice({ provider, modelId, missing: whatOf(tier, region) })
      // Regions come from outside too.
      lists.set(published, ways.size >= maxKept ? new Map() : ways.set(way, list))
      return list
    },
  }
}

import {
  type CatalogOverrides,
  createCatalog,
  type ModelFacts,
  type Prices,
  pricesFor,
  type ServiceTier,
} from '@ashlar/catalog'
import { fingerprint } from './fingerprint.ts'
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
  /** Where the call is served, when that has a price of its own: `'us'`, `'eu'`, … @default the list price */
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

/**
 * Makes a price book of the catalog and your overrides.
 * @throws InvalidArgument naming the field of the overrides that is wrong
 */
export const createPriceBook = (options: PriceBookOptions = {}): PriceBook => {
  const catalog = createCatalog(options.overrides ? { overrides: options.overrides } : {})
  const freeProviders = new Set(options.free ?? ['local'])
  const kept = new Map<string, ModelFacts | undefined>()

  const factsOf = (id: string): ModelFacts | undefined => {
    if (kept.has(id)) return kept.get(id)
    if (kept.size >= maxKept) kept.clear()
    const found = catalog.find(id)
    kept.set(id, found)
    return found
  }
  return {
    find: ({ provider, modelId, at = new Date(), tier = 'standard', region }) => {
      const model = factsOf(`${provider}/${modelId}`)
      const limits = {
        ...(model?.maxOutputTokens !== undefined && { maxOutputTokens: model.maxOutputTokens }),
        ...(model?.contextWindow !== undefined && { contextWindow: model.contextWindow }),
      }
      if (freeProviders.has(provider) && model?.sources.prices !== 'override')
        return { prices: free, priceSource: 'free', priceVersion: provider, ...limits }
      const moment = { at, tier, ...(region !== undefined && { region }) }
      const prices = model && pricesFor(model, moment)
      if (!model || !prices) throw new UnknownPrice({ provider, modelId, missing: whatOf(tier, region) })
      const [name, version] = sourceOf(model, 'prices')
      if (tier === 'standard' && region === undefined)
        return { prices, priceSource: name, priceVersion: version, ...limits }
      const [rateName, rateVersion] = sourceOf(model, 'rates')
      return {
        prices,
        priceSource: `${name} × ${rateName}`,
        priceVersion: `${version} × ${rateVersion}`,
        ...limits,
      }
    },
  }
}

import { InvalidArgument } from '@ashlar/core/errors'
import { encodingOf } from './encoding-of.ts'
import { factSheets } from './known-facts.ts'
import { type KnownFacts, type ModelFacts, withFacts } from './model-facts.ts'
import { type CatalogOverrides, toKnownFacts, toOverrides } from './overrides.ts'
import { findPriced, makerOf, pricedModels, pricedProvider } from './priced-models.ts'

export interface CatalogOptions {
  /** What you know better: negotiated prices, models of your own, aliases. */
  readonly overrides?: CatalogOverrides
}

/** Facts about models. Anything not known is absent. */
export interface Catalog {
  /**
   * The facts of a model by `provider/modelId`, an alias, or a model's id alone. A dated id is found by the id
   * without its date where it is not listed itself. Under `a/b/c` and under a provider that does not list the
   * model, what is known of the model is found without prices: what somebody else charges is not known.
   */
  find(id: string): ModelFacts | undefined
  /** All models, or those of one provider. */
  list(filter?: { readonly provider?: string }): ModelFacts[]
}

const tiktoken = 'tiktoken 0.14.0, model.py'

/** A date or a version of the deployment at the end of an id; more of a name than that is another model. */
const dated = /(?:[-@]\d{8}|-\d{4}-\d{2}-\d{2}|-latest)$/

const namesOf = (modelId: string): string[] => {
  const undated = modelId.replace(dated, '')
  return undated === modelId ? [modelId] : [modelId, undated]
}

const blank = (provider: string, modelId: string): ModelFacts => ({
  id: `${provider}/${modelId}`,
  provider,
  modelId,
  aliases: [],
  sources: {},
})

const withoutPrices = ({ prices: _, ...model }: ModelFacts): ModelFacts => {
  const { prices: __, ...sources } = model.sources
  return { ...model, sources }
}

/** Lays the fact sheets over a model found by an id; an announced end is that of the very id. */
const withSheets = (model: ModelFacts, modelId: string): ModelFacts => {
  const encoding = encodingOf(modelId)
  let known = encoding ? withFacts(model, { encoding }, tiktoken) : model
  for (const { provider, models, facts, source } of factSheets) {
    if (provider !== model.provider) continue
    if (models.includes(modelId) || (facts.shutdown === undefined && models.includes(model.modelId)))
      known = withFacts(known, facts, source)
  }
  return known
}

interface Override {
  readonly facts: KnownFacts
  readonly aliases: readonly string[]
}

const readOverrides = (given: CatalogOverrides) => {
  const byId = new Map<string, Override>()
  const byAlias = new Map<string, string>()
  for (const [written, override] of Object.entries(toOverrides(given))) {
    const slash = written.indexOf('/')
    const provider = written.slice(0, slash).toLowerCase()
    const id = `${pricedProvider(provider) ?? provider}/${written.slice(slash + 1).toLowerCase()}`
    if (byId.has(id)) throw new InvalidArgument(`overrides["${written}"]`, 'one override a model', id)
    byId.set(id, { facts: toKnownFacts(override, written), aliases: override.aliases ?? [] })
    for (const alias of override.aliases ?? []) {
      const key = alias.toLowerCase()
      if (byAlias.has(key))
        throw new InvalidArgument(`overrides["${written}"].aliases`, 'aliases used once', alias)
      byAlias.set(key, id)
    }
  }
  return { byId, byAlias, providers: new Set([...byId.keys()].map((id) => id.slice(0, id.indexOf('/')))) }
}

/**
 * Makes a catalog of the price list of @pydantic/genai-prices, what the vendors' own packages and pages say
 * beside it, and your overrides, each over the one before.
 * @throws InvalidArgument when an override is wrong
 */
export const createCatalog = ({ overrides = {} }: CatalogOptions = {}): Catalog => {
  const { byId, byAlias, providers } = readOverrides(overrides)

  const withOverride = (model: ModelFacts, id: string): ModelFacts => {
    const override = byId.get(id)
    if (!override) return model
    const aliases = [...new Set([...model.aliases, ...override.aliases])]
    return withFacts({ ...model, aliases }, override.facts, 'override')
  }
  /** The model a provider serves under a name, which is `modelId` or a part of it. */
  const named = (provider: string, name: string, modelId = name): ModelFacts | undefined => {
    const id = `${provider}/${name}`
    const isKnown =
      byId.has(id) || factSheets.some((sheet) => sheet.provider === provider && sheet.models.includes(name))
    const model = findPriced(provider, name) ?? (isKnown ? blank(provider, name) : undefined)
    if (!model) return undefined
    const whole = withOverride(withSheets(model, modelId), model.id)
    return model.id === id ? whole : withOverride(whole, id)
  }
  const served = (provider: string, modelId: string): ModelFacts | undefined => {
    for (const name of namesOf(modelId)) {
      const model = named(provider, name, modelId)
      if (model) return model
    }
    return undefined
  }
  const providerOf = (name: string): string | undefined =>
    pricedProvider(name) ?? (providers.has(name) ? name : undefined)

  /** The model under the whole of a path, read as `provider/modelId` or as a model's id alone. */
  const at = (path: string): ModelFacts | undefined => {
    const alias = byAlias.get(path)
    const full = alias ?? path
    const slash = full.indexOf('/')
    const provider = slash > 0 ? providerOf(full.slice(0, slash)) : undefined
    const model = provider === undefined ? undefined : served(provider, full.slice(slash + 1))
    if (model || slash >= 0) return model
    const maker = makerOf(full)
    return maker === undefined ? undefined : served(maker, full)
  }
  return {
    find: (id) => {
      const whole = id.trim().toLowerCase()
      for (let path = whole; ; path = path.slice(path.indexOf('/') + 1)) {
        const model = at(path)
        if (model) return path === whole ? model : withoutPrices(model)
        if (!path.includes('/')) return undefined
      }
    },
    list: ({ provider } = {}) => {
      const only = provider === undefined ? undefined : (providerOf(provider.toLowerCase()) ?? provider)
      const models = new Map<string, ModelFacts>()
      for (const model of only === undefined || pricedProvider(only) ? pricedModels(only) : [])
        if (!models.has(model.id))
          models.set(model.id, withOverride(withSheets(model, model.modelId), model.id))
      const sheeted = factSheets.flatMap((sheet) => sheet.models.map((name) => `${sheet.provider}/${name}`))
      for (const id of [...sheeted, ...byId.keys()]) {
        const slash = id.indexOf('/')
        const owner = id.slice(0, slash)
        if (only !== undefined && owner !== only) continue
        const model = models.has(id) ? undefined : named(owner, id.slice(slash + 1))
        if (model && !models.has(model.id)) models.set(model.id, model)
      }
      return [...models.values()]
    },
  }
}

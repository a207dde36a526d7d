import { type ModelFacts, withoutRates } from './model-facts.ts'
import { createModelLookup } from './model-lookup.ts'
import type { CatalogOverrides } from './overrides.ts'
import { makerOf, pricedModels, pricedProvider } from './priced-models.ts'

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

const withoutPrices = ({ prices: _, ...model }: ModelFacts): ModelFacts => {
  const { prices: __, ...sources } = model.sources
  return withoutRates({ ...model, sources })
}

/**
 * Makes a catalog of the price list of @pydantic/genai-prices, what the vendors' own packages and pages say
 * beside it, and your overrides, each over the one before.
 * @throws InvalidArgument when an override is wrong
 */
export const createCatalog = ({ overrides = {} }: CatalogOptions = {}): Catalog => {
  const { ids, aliasOf, providerOf, served, whole } = createModelLookup(overrides)

  /** The model under the whole of a path, read as `provider/modelId` or as a model's id alone. */
  const at = (path: string): ModelFacts | undefined => {
    const full = aliasOf(path) ?? path
    const slash = full.indexOf('/')
    const provider = slash < 0 ? makerOf(full) : providerOf(full.slice(0, slash))
    return provider === undefined ? undefined : served(provider, full.slice(slash + 1))
  }
  return {
    find: (id) => {
      const asked = id.trim().toLowerCase()
      for (let path = asked; ; path = path.slice(path.indexOf('/') + 1)) {
        const model = at(path)
        if (model) return path === asked ? model : withoutPrices(model)
        if (!path.includes('/')) return undefined
      }
    },
    list: ({ provider } = {}) => {
      const only = provider === undefined ? undefined : providerOf(provider.toLowerCase())
      if (provider !== undefined && only === undefined) return []
      const models = new Map<string, ModelFacts>()
      for (const model of only === undefined || pricedProvider(only) ? pricedModels(only) : [])
        if (!models.has(model.id)) models.set(model.id, whole(model))
      for (const id of ids) {
        const [owner = ''] = id.split('/', 1)
        if (only !== undefined && owner !== only) continue
        const model = models.has(id) ? undefined : served(owner, id.slice(owner.length + 1))
        if (model && !models.has(model.id)) models.set(model.id, model)
      }
      return [...models.values()]
    },
  }
}

import { InvalidArgument } from '@ashlar/core/errors'
import { encodingOf } from './encoding-of.ts'
import { type FactSheet, factSheets } from './known-facts.ts'
import { limitSheets } from './known-limits.ts'
import { rateSheets } from './known-rates.ts'
import { type KnownFacts, type ModelFacts, withFacts, withoutRates } from './model-facts.ts'
import { type CatalogOverrides, toKnownFacts, toOverrides } from './overrides.ts'
import { findPriced, pricedProvider } from './priced-models.ts'
import type { ServiceRate } from './service-rate.ts'

/** Every source of facts, each laid over the one before: price list, fact sheets, overrides. */
export interface ModelLookup {
  /** Ids of models that are in no price list, lower case. */
  readonly ids: readonly string[]
  /** The id an alias of the overrides stands for. */
  readonly aliasOf: (name: string) => string | undefined
  /** The name a provider is kept under; `undefined` when nothing is known of it. */
  readonly providerOf: (name: string) => string | undefined
  /** The model a provider serves under an id, dated or not. */
  readonly served: (provider: string, modelId: string) => ModelFacts | undefined
  /** A model of the price list with everything else known of it. */
  readonly whole: (model: ModelFacts) => ModelFacts
}

const tiktoken = 'tiktoken 0.14.0, model.py'

/** A date or a version of the deployment at the end of an id; more of a name than that is another model. */
const dated = /(?:[-@]\d{8}|-\d{4}-\d{2}-\d{2}|-latest)$/

const namesOf = (modelId: string): string[] => {
  const undated = modelId.replace(dated, '')
  return undated === modelId ? [modelId] : [modelId, undated]
}

/** What the vendors say themselves goes over what others have gathered. */
const sheets: readonly FactSheet[] = [...limitSheets, ...rateSheets, ...factSheets]

const blank = (provider: string, modelId: string): ModelFacts => ({
  id: `${provider}/${modelId}`,
  provider,
  modelId,
  aliases: [],
  sources: {},
})

/** Lays the fact sheets over a model found by an id; an announced end is that of the very id. */
const withSheets = (model: ModelFacts, modelId: string): ModelFacts => {
  const encoding = encodingOf(modelId)
  let known = encoding ? withFacts(model, { encoding }, tiktoken) : model
  const names = modelId === model.modelId ? [modelId] : [...namesOf(modelId), model.modelId]
  for (const { provider, models, facts, source } of sheets) {
    if (provider !== model.provider) continue
    const holds = facts.shutdown === undefined ? names : [modelId]
    if (holds.some((name) => models.includes(name))) known = withFacts(known, facts, source)
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

/** The key of what holds for all models of a provider. */
const anyOf = (provider: string): string => `${provider}/*`

/** Each rate of the later replaces that for the same tier and region. */
const mergeRates = (
  earlier: readonly ServiceRate[] = [],
  later: readonly ServiceRate[] | undefined,
): readonly ServiceRate[] | undefined =>
  later && [
    ...later,
    ...earlier.filter(
      ({ tier, region }) => !later.some((rate) => rate.tier === tier && rate.region === region),
    ),
  ]

/** @throws InvalidArgument when an override is wrong */
export const createModelLookup = (overrides: CatalogOverrides): ModelLookup => {
  const { byId, byAlias, providers } = readOverrides(overrides)
  const sheeted = new Set(
    sheets.flatMap(({ provider, models }) => models.map((name) => `${provider}/${name}`)),
  )

  const laidOver = (model: ModelFacts, override: Override | undefined): ModelFacts => {
    if (!override) return model
    const aliases = [...new Set([...model.aliases, ...override.aliases])]
    const known = override.facts.prices ? withoutRates(model) : model
    const rates = mergeRates(known.rates, override.facts.rates)
    return withFacts({ ...known, aliases }, { ...override.facts, ...(rates && { rates }) }, 'override')
  }
  const withOverride = (model: ModelFacts, id: string): ModelFacts =>
    laidOver(laidOver(model, byId.get(anyOf(model.provider))), byId.get(id))
  const whole = (model: ModelFacts, modelId = model.modelId): ModelFacts =>
    withOverride(withSheets(model, modelId), model.id)

  return {
    ids: [...sheeted, ...byId.keys()].filter((id) => !id.endsWith('/*')),
    aliasOf: (name) => byAlias.get(name),
    providerOf: (name) => pricedProvider(name) ?? (providers.has(name) ? name : undefined),
    served: (provider, modelId) => {
      for (const name of namesOf(modelId)) {
        const id = `${provider}/${name}`
        const isKnown = byId.has(id) || sheeted.has(id) || byId.get(anyOf(provider))?.facts.prices
        const model = findPriced(provider, name) ?? (isKnown ? blank(provider, name) : undefined)
        if (!model) continue
        const known = whole(model, modelId)
        return model.id === id ? known : laidOver(known, byId.get(id))
      }
      return undefined
    },
    whole: (model) => whole(model),
  }
}

import type { Catalog, ModelFacts } from '@ashlar/catalog'
import { InvalidArgument, isObject, type LanguageModel } from '@ashlar/core'
import { checkNames } from './check-options.ts'
import { knownDefaults, knownProviders, type PackagedProvider, providerSynonyms } from './known-providers.ts'
import { loadProvider, type ProviderFactory } from './load-provider.ts'
import { lazyStream, startStream } from './model-stream.ts'

export type { PackagedProvider } from './known-providers.ts'
export type { ProviderFactory } from './load-provider.ts'

export interface ModelsOptions {
  /**
   * Providers beside the known ones, or in their place: a function that makes a model of its id, or the package it is
   * loaded from when it is first needed.
   */
  readonly providers?: Readonly<Record<string, ProviderFactory | PackagedProvider>>
  /** Other names: of a model (`fast: 'openai/gpt-5-mini'`), or of a provider (`work: 'openai'`). */
  readonly aliases?: Readonly<Record<string, string>>
  /** The model of a provider that is named alone. */
  readonly defaults?: Readonly<Record<string, string>>
  /** Where `list` gets its facts. @default that of `@ashlar/catalog`, loaded when it is first needed */
  readonly catalog?: Pick<Catalog, 'list'>
}

/** Models by name. */
export interface Models {
  /** The names of all providers. */
  readonly providers: readonly string[]
  /**
   * The model `provider/modelId`, an alias, or the default of a provider; the same one for the same name. Its package is
   * loaded at its first request, once for all of a provider's models.
   * @throws InvalidArgument listing the choices, when there is no such provider
   */
  get(id: string): LanguageModel
  /**
   * Like `get`, but loads the package now.
   * @throws AshlarError with the line that installs the package, where it is missing
   */
  load(id: string): Promise<LanguageModel>
  /** What is known of the models of all providers, or of one: context window, prices, modalities. */
  list(filter?: { readonly provider?: string }): Promise<ModelFacts[]>
}

type Providers = Readonly<Record<string, ProviderFactory | PackagedProvider>>

interface ModelName {
  readonly provider: string
  readonly modelId: string
}

const isPackaged = (provider: unknown): provider is PackagedProvider =>
  isObject(provider) && typeof provider['package'] === 'string' && typeof provider['export'] === 'string'

const checkOptions = ({ providers = {}, aliases = {}, defaults = {} }: ModelsOptions): void => {
  for (const [name, provider] of Object.entries(providers)) {
    if (name === '' || name.includes('/') || name !== name.toLowerCase())
      throw new InvalidArgument('providers', 'names in lower case without a slash', name)
    if (typeof provider !== 'function' && !isPackaged(provider))
      throw new InvalidArgument(`providers.${name}`, 'a function, or { package, export }', provider)
  }
  for (const [name, target] of Object.entries(aliases)) {
    if (typeof target !== 'string' || target === '')
      throw new InvalidArgument(`aliases.${name}`, 'the name of a model or a provider', target)
    if (Object.hasOwn(providers, name))
      throw new InvalidArgument(`aliases.${name}`, 'a name that no provider has', name)
  }
  for (const name of Object.keys(aliases)) {
    const seen = new Set<string>()
    for (let at: string | undefined = name; at !== undefined; at = aliases[at]) {
      if (seen.has(at))
        throw new InvalidArgument(`aliases.${name}`, 'an alias that does not lead back to itself', at)
      seen.add(at)
    }
  }
  for (const [name, modelId] of Object.entries(defaults))
    if (typeof modelId !== 'string' || modelId === '')
      throw new InvalidArgument(`defaults.${name}`, "a model's id", modelId)
}

/** Finds the provider and the model a name means. */
const createResolver = (options: ModelsOptions, providers: Providers) => {
  const aliases: Record<string, string> = { ...providerSynonyms, ...options.aliases }
  const defaults: Record<string, string> = { ...knownDefaults, ...options.defaults }
  const aliasOf = (name: string): string =>
    !Object.hasOwn(options.providers ?? {}, name) && Object.hasOwn(aliases, name)
      ? aliasOf(aliases[name] ?? name)
      : name

  return (id: string): ModelName => {
    if (typeof id !== 'string' || id.trim() === '')
      throw new InvalidArgument('id', "a model's name: 'provider/model', an alias, or a provider", id)
    const name = aliasOf(id.trim())
    const slash = name.indexOf('/')
    const provider = aliasOf((slash < 0 ? name : name.slice(0, slash)).toLowerCase())
    const choices = Object.keys(providers).toSorted()
    if (!Object.hasOwn(providers, provider)) {
      const also = Object.keys(options.aliases ?? {})
      const names = [`'provider/model' with one of the providers ${choices.join(', ')}`]
      if (also.length > 0) names.push(`one of the aliases ${also.join(', ')}`)
      throw new InvalidArgument('id', names.join(', or '), id)
    }
    const modelId = slash < 0 ? defaults[provider] : name.slice(slash + 1)
    if (!modelId)
      throw new InvalidArgument('id', `'${provider}/' and a model, or a default for ${provider}`, id)
    return { provider, modelId }
  }
}

/** Loads the package of each provider once, and tries again what failed: it may be there by then. */
const createLoader = (providers: Providers): ((provider: string) => Promise<ProviderFactory>) => {
  const loading = new Map<string, Promise<ProviderFactory>>()
  return (provider) => {
    const known = loading.get(provider)
    if (known) return known
    const source = providers[provider]
    if (typeof source === 'function') return Promise.resolve(source)
    if (!source) return Promise.reject(new InvalidArgument('provider', 'a known provider', provider))
    const factory = loadProvider(source)
    loading.set(provider, factory)
    factory.catch(() => loading.delete(provider))
    return factory
  }
}

/** The catalog given, or the one of the package, loaded once. */
const createFacts = ({ catalog }: ModelsOptions): (() => Promise<Pick<Catalog, 'list'>>) => {
  let loading: Promise<Pick<Catalog, 'list'>> | undefined
  return async () =>
    catalog ?? (loading ??= import('@ashlar/catalog').then(({ createCatalog }) => createCatalog()))
}

/**
 * Models by name, their providers loaded when they are needed. Nothing is shared between two of these.
 * @throws InvalidArgument when an option is wrong
 */
export const createModels = (options: ModelsOptions = {}): Models => {
  checkNames(options, ['providers', 'aliases', 'defaults', 'catalog'])
  checkOptions(options)
  const providers: Providers = { ...knownProviders, ...options.providers }
  const resolve = createResolver(options, providers)
  const factoryOf = createLoader(providers)
  const factsOf = createFacts(options)
  const made = new Map<string, LanguageModel>()
  const loaded = new Map<string, LanguageModel>()

  const loadNamed = async ({ provider, modelId }: ModelName): Promise<LanguageModel> => {
    const factory = await factoryOf(provider)
    const name = `${provider}/${modelId}`
    const model = loaded.get(name) ?? factory(modelId)
    loaded.set(name, model)
    return model
  }
  const lazyModel = (name: ModelName): LanguageModel => ({
    ...name,
    stream: (request) =>
      lazyStream(async () => {
        request.signal?.throwIfAborted()
        return startStream(await loadNamed(name), request)
      }),
  })
  const get = (id: string): LanguageModel => {
    const name = resolve(id)
    const key = `${name.provider}/${name.modelId}`
    const source = providers[name.provider]
    const model = made.get(key) ?? (typeof source === 'function' ? source(name.modelId) : lazyModel(name))
    made.set(key, model)
    return model
  }
  return {
    providers: Object.keys(providers).toSorted(),
    get,
    load: async (id) => {
      const name = resolve(id)
      return typeof providers[name.provider] === 'function' ? get(id) : loadNamed(name)
    },
    async list({ provider } = {}) {
      const facts = await factsOf()
      const names = provider === undefined ? Object.keys(providers) : [resolve(`${provider}/any`).provider]
      const models = names.flatMap((name) => facts.list({ provider: name }))
      return [...new Map(models.map((model) => [model.id, model])).values()]
    },
  }
}

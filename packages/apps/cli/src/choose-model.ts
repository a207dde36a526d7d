import type { LanguageModel } from '@ashlar/core'
import { baseUrlOf } from './base-url.ts'
import { CommandError } from './exit-code.ts'
import { findOllama, ollamaAddress, type OllamaServer } from './find-ollama.ts'
import { modelFileProblem } from './model-file.ts'
import { type Providers, type ProviderSettings, settingsOf, withTimeout } from './provider-settings.ts'

type Environment = Readonly<Record<string, string | undefined>>

export interface ChooseModelOptions {
  /** `openai/…`, `anthropic/…`, `ollama/…`, `local/offline` or the path of a GGUF file. @default by the environment */
  readonly model?: string | undefined
  /** Asked in this order when the first one fails. @default none */
  readonly fallbacks?: readonly string[] | undefined
  /** How providers are reached; variables of the environment go over it. @default nothing */
  readonly providers?: Providers | undefined
  /** @default process.env */
  readonly env?: Environment
}

export interface ChosenModel {
  readonly model: LanguageModel
  /** Why this one, in a few words. */
  readonly reason: string
}

/** What a key alone asks for: the middle size of each vendor. */
const defaultIds = { anthropic: 'claude-sonnet-5-5', openai: 'gpt-5.4-mini' } as const

const spellings = 'openai/<id>, anthropic/<id>, ollama/<id>, local/offline or the path of a .gguf file'

const valueOf = (env: Environment, name: string): string | undefined => env[name]?.trim() || undefined

interface Place {
  readonly env: Environment
  readonly providers: Providers | undefined
}

const anthropicModel = async (id: string, { env, providers }: Place): Promise<LanguageModel> => {
  const { anthropic } = await import('@ashlar/anthropic')
  const authToken =
    valueOf(env, 'ANTHROPIC_API_KEY') === undefined ? valueOf(env, 'ANTHROPIC_AUTH_TOKEN') : undefined
  const own = await settingsOf('anthropic', providers)
  const apiKey = valueOf(env, 'ANTHROPIC_API_KEY') ?? (authToken === undefined ? own.apiKey : undefined)
  const there = baseUrlOf(env, 'ANTHROPIC_BASE_URL')
  const baseURL = there?.url ?? own.baseURL
  if (apiKey === undefined && authToken === undefined)
    throw new CommandError('usage', `anthropic/${id} needs a key: set ANTHROPIC_API_KEY`)
  const model = anthropic(id, {
    ...(apiKey && { apiKey }),
    ...(authToken && { authToken }),
    ...(baseURL && { baseURL }),
    headers: { ...there?.headers, ...own.headers },
  })
  return withTimeout(model, own)
}

const openaiModel = async (id: string, { env, providers }: Place): Promise<LanguageModel> => {
  const own = await settingsOf('openai', providers)
  const apiKey = valueOf(env, 'OPENAI_API_KEY') ?? own.apiKey
  const there = baseUrlOf(env, 'OPENAI_BASE_URL')
  const baseURL = there?.url ?? own.baseURL
  // Servers elsewhere may want another key, or none: the provider knows.
  if (apiKey === undefined && baseURL === undefined)
    throw new CommandError('usage', `openai/${id} needs a key: set OPENAI_API_KEY`)
  const headers = { ...there?.headers, ...own.headers }
  return compatible(id, { ...own, headers, ...(apiKey && { apiKey }), ...(baseURL && { baseURL }) })
}

/** A model of a server that speaks OpenAI's API. */
const compatible = async (
  id: string,
  settings: ProviderSettings,
  providerName?: string,
): Promise<LanguageModel> => {
  const { openai } = await import('@ashlar/openai')
  const { timeoutMs: _, ...own } = settings
  return withTimeout(openai(id, { ...own, ...(providerName && { providerName }) }), settings)
}

const atOllama = async (id: string, { url, headers }: OllamaServer): Promise<LanguageModel> => {
  const { openai } = await import('@ashlar/openai')
  return openai(id, { baseURL: `${url}/v1`, apiKey: 'ollama', headers, providerName: 'ollama' })
}

/** The environment, with the address of Ollama that the configuration has. */
const withOllama = async ({ env, providers }: Place): Promise<Environment> => {
  if (valueOf(env, 'OLLAMA_HOST')) return env
  const { baseURL } = await settingsOf('ollama', providers)
  return baseURL ? { ...env, OLLAMA_HOST: baseURL.replace(/\/v1\/?$/, '') } : env
}

const ollamaModel = async (id: string, place: Place): Promise<LanguageModel> => {
  const env = await withOllama(place)
  const server = await findOllama(env, { timeoutMs: 2_000 })
  if (!server)
    throw new CommandError(
      'usage',
      `Ollama does not answer at ${ollamaAddress(env).url}: start it with "ollama serve"`,
    )
  const name = server.models.find((model) => model === id || model === `${id}:latest`)
  if (name !== undefined) return atOllama(name, server)
  const there = server.models.length > 0 ? `it has ${server.models.join(', ')}` : 'it has no models'
  throw new CommandError('usage', `Ollama has no model "${id}" (${there}): fetch it with "ollama pull ${id}"`)
}

const fileModel = async (path: string): Promise<LanguageModel> => {
  const problem = await modelFileProblem(path)
  if (problem !== undefined)
    throw new CommandError('usage', `The model file ${path} ${problem}: check the path`)
  const { gguf } = await import('@ashlar/local')
  return gguf(path)
}

const offlineModel = async (): Promise<LanguageModel> => (await import('@ashlar/local')).offline()

const named = async (name: string, place: Place): Promise<LanguageModel> => {
  const [, provider = '', id = ''] = /^([a-z][a-z0-9_-]*)\/(.+)$/s.exec(name) ?? []
  if (name === 'local/offline' || name === 'offline') return offlineModel()
  if (/\.gguf$/i.test(name)) return fileModel(name)
  if (provider === 'anthropic') return anthropicModel(id, place)
  if (provider === 'openai') return openaiModel(id, place)
  if (provider === 'ollama') return ollamaModel(id, place)
  const own = await settingsOf(provider, place.providers)
  if (own.baseURL !== undefined) return compatible(id, own, provider)
  throw new CommandError(
    'usage',
    `Unknown model "${name}": expected ${spellings}, or a provider whose baseURL the configuration has`,
  )
}

/** The first, and after it those that are asked when it fails. */
const withFallbacks = async (
  first: LanguageModel,
  fallbacks: readonly string[],
  place: Place,
): Promise<LanguageModel> => {
  if (fallbacks.length === 0) return first
  const { fallback } = await import('@ashlar/models/fallback')
  return fallback([first, ...(await Promise.all(fallbacks.map((name) => named(name, place))))])
}

const byPlace = async (place: Place): Promise<ChosenModel> => {
  const { env, providers } = place
  const configured = (provider: string): boolean => providers?.settings[provider]?.apiKey !== undefined
  if (valueOf(env, 'ANTHROPIC_API_KEY'))
    return { model: await anthropicModel(defaultIds.anthropic, place), reason: 'ANTHROPIC_API_KEY is set' }
  if (valueOf(env, 'OPENAI_API_KEY'))
    return { model: await openaiModel(defaultIds.openai, place), reason: 'OPENAI_API_KEY is set' }
  if (configured('anthropic'))
    return {
      model: await anthropicModel(defaultIds.anthropic, place),
      reason: 'the configuration has its key',
    }
  if (configured('openai'))
    return { model: await openaiModel(defaultIds.openai, place), reason: 'the configuration has its key' }
  const server = await findOllama(await withOllama(place))
  const [first] = server?.models ?? []
  if (server && first !== undefined)
    return { model: await atOllama(first, server), reason: `Ollama answers at ${server.url}` }
  const file = valueOf(env, 'ASHLAR_MODEL_FILE')
  if (file !== undefined) return { model: await fileModel(file), reason: 'ASHLAR_MODEL_FILE is set' }
  const ollama = server ? 'no chat model in Ollama' : 'no Ollama'
  return { model: await offlineModel(), reason: `no API key, ${ollama}, no ASHLAR_MODEL_FILE` }
}

/**
 * The model to use: the one asked for, else by the environment: ANTHROPIC_API_KEY, OPENAI_API_KEY, a key of the
 * configuration, an Ollama server that answers, ASHLAR_MODEL_FILE, and at last the rule-based offline model. Providers
 * are loaded only when chosen.
 * @throws CommandError when the model asked for is unknown or cannot be had
 */
export const chooseModel = async (options: ChooseModelOptions = {}): Promise<ChosenModel> => {
  const { model: wanted, fallbacks = [], providers, env = process.env } = options
  const place = { env, providers }
  const chosen =
    wanted === undefined ? await byPlace(place) : { model: await named(wanted, place), reason: 'as asked' }
  return { ...chosen, model: await withFallbacks(chosen.model, fallbacks, place) }
}

/** One line for a person: which model, and why; the offline model is named for what it is. */
export const describeChoice = ({ model, reason }: ChosenModel): string => {
  const rules =
    model.provider === 'local' && model.modelId.startsWith('offline')
      ? 'rule-based, not a language model; '
      : ''
  return `Model: ${model.provider}/${model.modelId} (${rules}${reason})`
}

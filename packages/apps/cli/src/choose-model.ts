import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import type { LanguageModel } from '@ashlar/core'
import { CommandError } from './exit-code.ts'
import { findOllama, ollamaUrl } from './find-ollama.ts'

type Environment = Readonly<Record<string, string | undefined>>

export interface ChooseModelOptions {
  /** `openai/…`, `anthropic/…`, `ollama/…`, `local/offline` or the path of a GGUF file. @default by the environment */
  readonly model?: string | undefined
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

const anthropicModel = async (id: string, env: Environment): Promise<LanguageModel> => {
  const { anthropic } = await import('@ashlar/anthropic')
  const apiKey = valueOf(env, 'ANTHROPIC_API_KEY')
  const authToken = apiKey === undefined ? valueOf(env, 'ANTHROPIC_AUTH_TOKEN') : undefined
  const baseURL = valueOf(env, 'ANTHROPIC_BASE_URL')
  if (apiKey === undefined && authToken === undefined)
    throw new CommandError('usage', `anthropic/${id} needs a key: set ANTHROPIC_API_KEY`)
  return anthropic(id, {
    ...(apiKey && { apiKey }),
    ...(authToken && { authToken }),
    ...(baseURL && { baseURL }),
  })
}

const openaiModel = async (id: string, env: Environment): Promise<LanguageModel> => {
  const { openai } = await import('@ashlar/openai')
  const apiKey = valueOf(env, 'OPENAI_API_KEY')
  const baseURL = valueOf(env, 'OPENAI_BASE_URL')
  // Servers elsewhere may want another key, or none: the provider knows.
  if (apiKey === undefined && baseURL === undefined)
    throw new CommandError('usage', `openai/${id} needs a key: set OPENAI_API_KEY`)
  return openai(id, { ...(apiKey && { apiKey }), ...(baseURL && { baseURL }) })
}

const atOllama = async (id: string, url: string): Promise<LanguageModel> => {
  const { openai } = await import('@ashlar/openai')
  return openai(id, { baseURL: `${url}/v1`, apiKey: 'ollama', providerName: 'ollama' })
}

const ollamaModel = async (id: string, env: Environment): Promise<LanguageModel> => {
  const server = await findOllama(env, { timeoutMs: 2_000 })
  if (!server)
    throw new CommandError(
      'usage',
      `Ollama does not answer at ${ollamaUrl(env)}: start it with "ollama serve"`,
    )
  const name = server.models.find((model) => model === id || model === `${id}:latest`)
  if (name !== undefined) return atOllama(name, server.url)
  const there = server.models.length > 0 ? `it has ${server.models.join(', ')}` : 'it has no models'
  throw new CommandError('usage', `Ollama has no model "${id}" (${there}): fetch it with "ollama pull ${id}"`)
}

const fileModel = async (path: string): Promise<LanguageModel> => {
  try {
    await access(path, constants.R_OK)
  } catch (error) {
    throw new CommandError('usage', `The model file ${path} cannot be read: check the path`, { cause: error })
  }
  const { gguf } = await import('@ashlar/local')
  return gguf(path)
}

const offlineModel = async (): Promise<LanguageModel> => (await import('@ashlar/local')).offline()

const named = async (name: string, env: Environment): Promise<LanguageModel> => {
  const [, provider = '', id = ''] = /^([a-z]+)\/(.+)$/s.exec(name) ?? []
  if (name === 'local/offline' || name === 'offline') return offlineModel()
  if (/\.gguf$/i.test(name)) return fileModel(name)
  if (provider === 'anthropic') return anthropicModel(id, env)
  if (provider === 'openai') return openaiModel(id, env)
  if (provider === 'ollama') return ollamaModel(id, env)
  throw new CommandError('usage', `Unknown model "${name}": expected ${spellings}`)
}

/**
 * The model to use: the one asked for, else by the environment: ANTHROPIC_API_KEY, OPENAI_API_KEY, an Ollama server that
 * answers, ASHLAR_MODEL_FILE, and at last the rule-based offline model. Providers are loaded only when chosen.
 * @throws CommandError when the model asked for is unknown or cannot be had
 */
export const chooseModel = async (options: ChooseModelOptions = {}): Promise<ChosenModel> => {
  const { model: wanted, env = process.env } = options
  if (wanted !== undefined) return { model: await named(wanted, env), reason: 'as asked' }
  if (valueOf(env, 'ANTHROPIC_API_KEY'))
    return { model: await anthropicModel(defaultIds.anthropic, env), reason: 'ANTHROPIC_API_KEY is set' }
  if (valueOf(env, 'OPENAI_API_KEY'))
    return { model: await openaiModel(defaultIds.openai, env), reason: 'OPENAI_API_KEY is set' }
  const server = await findOllama(env)
  const [first] = server?.models ?? []
  if (server && first !== undefined)
    return { model: await atOllama(first, server.url), reason: `Ollama answers at ${server.url}` }
  const file = valueOf(env, 'ASHLAR_MODEL_FILE')
  if (file !== undefined) return { model: await fileModel(file), reason: 'ASHLAR_MODEL_FILE is set' }
  const ollama = server ? 'no chat model in Ollama' : 'no Ollama'
  return { model: await offlineModel(), reason: `no API key, ${ollama}, no ASHLAR_MODEL_FILE` }
}

/** One line for a person: which model, and why; the offline model is named for what it is. */
export const describeChoice = ({ model, reason }: ChosenModel): string => {
  const rules =
    model.provider === 'local' && model.modelId.startsWith('offline')
      ? 'rule-based, not a language model; '
      : ''
  return `Model: ${model.provider}/${model.modelId} (${rules}${reason})`
}

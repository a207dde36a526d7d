import { findProvider, type MatchLogic, type ModelInfo, type Provider } from '@pydantic/genai-prices'
import { type ModelFacts, withFacts } from './model-facts.ts'
import { toModalities, toPeriods } from './to-prices.ts'

/** Written beside every fact that is from it; a test holds it to the version installed. */
export const priceSource = '@pydantic/genai-prices 0.1.8'

/** The package lists no providers, it only finds them; a test holds this list to its data. */
export const providerIds: readonly string[] = `
  anthropic arcee avian aws azure baseten cerebras cloudflare cohere cursor deepseek doubleword
  fireworks github-copilot google groq huggingface_cerebras huggingface_fireworks-ai huggingface_groq
  huggingface_hyperbolic huggingface_nebius huggingface_novita huggingface_nscale huggingface_ovhcloud
  huggingface_publicai huggingface_sambanova huggingface_together minimax mistral modal moonshotai
  novita openai openrouter ovhcloud perplexity quicksilverpro together typesafe voyageai x-ai zai
  zhipuai
`
  .trim()
  .split(/\s+/)

/** Names other packages give to the same provider. */
const synonyms: Readonly<Record<string, string>> = {
  'amazon-bedrock': 'aws',
  bedrock: 'aws',
  'fireworks-ai': 'fireworks',
  gemini: 'google',
  'google-vertex': 'google',
  mistralai: 'mistral',
  moonshot: 'moonshotai',
  'together-ai': 'together',
  vertex: 'google',
  xai: 'x-ai',
}

/** The ids a rule names in full. */
const namedIn = (match: MatchLogic): string[] => {
  if ('or' in match) return match.or.flatMap(namedIn)
  return 'equals' in match ? [match.equals] : []
}

const matches = (match: MatchLogic, id: string): boolean => {
  if ('or' in match) return match.or.some((each) => matches(each, id))
  if ('and' in match) return match.and.every((each) => matches(each, id))
  if ('equals' in match) return id === match.equals.toLowerCase()
  if ('starts_with' in match) return id.startsWith(match.starts_with.toLowerCase())
  if ('ends_with' in match) return id.endsWith(match.ends_with.toLowerCase())
  if ('contains' in match) return id.includes(match.contains.toLowerCase())
  return new RegExp(match.regex).test(id)
}

const toFacts = (info: ModelInfo, provider: string): ModelFacts => {
  const { id: modelId, name, context_window: contextWindow, deprecated } = info
  const prices = toPeriods(info.prices)
  const aliases = namedIn(info.match).filter((alias) => alias !== modelId)
  return withFacts(
    { id: `${provider}/${modelId}`, provider, modelId, aliases, sources: {} },
    {
      ...(name !== undefined && { name }),
      ...(contextWindow !== undefined && { contextWindow }),
      ...(deprecated && { deprecated }),
      ...toModalities(prices?.at(-1)?.prices),
      ...(prices && { prices }),
    },
    priceSource,
  )
}

const providerOf = (id: string): Provider | undefined => {
  const provider = findProvider({ providerId: id })
  return provider?.id === id ? provider : undefined
}

/** The name prices are kept under for a provider; `undefined` when none are. */
export const pricedProvider = (name: string): string | undefined => {
  const lower = name.toLowerCase()
  const id = Object.hasOwn(synonyms, lower) ? synonyms[lower] : lower
  return id !== undefined && providerOf(id) ? id : undefined
}

/** Who makes a model that is named without a provider. */
export const makerOf = (modelId: string): string | undefined => findProvider({ modelId })?.id

/** All models with a price list, or those of one provider. */
export const pricedModels = (provider?: string): ModelFacts[] =>
  (provider === undefined ? providerIds : [provider]).flatMap(
    (id) => providerOf(id)?.models.map((info) => toFacts(info, id)) ?? [],
  )

/**
 * How the name of another model goes on: with a further version, or with what it is for. The rules of the list take
 * many a model for one with a shorter name, which has another price.
 */
const another = /^(?:[-.]\d{1,2}(?!\d)(?!-\d\d)|.*-(?:tts|image|audio|live|transcribe|realtime|search)\b)/

const isAnother = (id: string, info: ModelInfo): boolean => {
  const listed = [info.id, ...namedIn(info.match)].map((name) => name.toLowerCase())
  if (listed.includes(id)) return false
  return listed.some((name) => id.startsWith(name) && another.test(id.slice(name.length)))
}

/** The model a provider lists under an id, or one of a vendor whose list the provider goes by (Azure by OpenAI's). */
export const findPriced = (provider: string, modelId: string): ModelFacts | undefined => {
  const id = modelId.toLowerCase()
  const listed = providerOf(provider)
  for (const each of [provider, ...(listed?.fallback_model_providers ?? [])]) {
    const info = providerOf(each)?.models.find(({ match }) => matches(match, id))
    if (info && !isAnother(id, info)) return toFacts(info, provider)
  }
  return undefined
}

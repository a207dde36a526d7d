import type { PriceKind } from '@ashlar/catalog'
import { InvalidArgument, isObject } from '@ashlar/core'
import type { OtherPrice, PriceSource } from './drift.ts'

type Fields = Readonly<Record<string, PriceKind>>

const pick = (from: object, fields: Fields, times: number): { [Kind in PriceKind]?: number } => {
  const found: { [Kind in PriceKind]?: number } = {}
  for (const [field, value] of Object.entries(from)) {
    const kind = Object.hasOwn(fields, field) ? fields[field] : undefined
    // Rounded off where a price for one token was written as a floating-point number.
    if (kind && typeof value === 'number') found[kind] = Number((value * times).toPrecision(12))
  }
  return found
}

const calculatorFields: Fields = {
  inputPer1MTokens: 'input',
  outputPer1MTokens: 'output',
  cacheReadPer1MTokens: 'cachedInput',
  cacheWritePer1MTokens: 'cacheWrite',
  audioInputPer1MTokens: 'audioInput',
}
const calculatorLongFields: Fields = {
  longContextInputPer1MTokens: 'input',
  longContextOutputPer1MTokens: 'output',
  longContextCacheReadPer1MTokens: 'cachedInput',
  longContextCacheWritePer1MTokens: 'cacheWrite',
}
const calculatorProviders: Readonly<Record<string, string>> = { xai: 'x-ai' }

/**
 * The prices in `allPricing` of the npm package ai-sdk-cost-calculator, which are taken from the vendors' pages.
 * @throws InvalidArgument when it is something else
 */
export const fromCostCalculator = (allPricing: unknown, name = 'ai-sdk-cost-calculator'): PriceSource => {
  if (!isObject(allPricing)) throw new InvalidArgument('allPricing', 'models by provider', allPricing)
  const prices = Object.entries(allPricing).flatMap(([written, models]): OtherPrice[] => {
    if (!isObject(models)) return []
    const provider = calculatorProviders[written] ?? written
    return Object.entries(models).flatMap(([modelId, price]): OtherPrice[] => {
      if (!isObject(price)) return []
      const threshold = price['longContextThreshold']
      const long = pick(price, calculatorLongFields, 1)
      const above = typeof threshold === 'number' ? { above: { inputTokens: threshold, prices: long } } : {}
      return [{ provider, modelId, prices: pick(price, calculatorFields, 1), ...above }]
    })
  })
  return { name, prices }
}

const litellmFields: Fields = {
  input_cost_per_token: 'input',
  output_cost_per_token: 'output',
  cache_read_input_token_cost: 'cachedInput',
  cache_creation_input_token_cost: 'cacheWrite',
  cache_creation_input_token_cost_above_1hr: 'cacheWrite1h',
  output_cost_per_reasoning_token: 'reasoning',
  input_cost_per_audio_token: 'audioInput',
  output_cost_per_audio_token: 'audioOutput',
  input_cost_per_image_token: 'imageInput',
  output_cost_per_image_token: 'imageOutput',
}
const litellmProviders: Readonly<Record<string, string>> = {
  openai: 'openai',
  anthropic: 'anthropic',
  gemini: 'google',
  mistral: 'mistral',
  deepseek: 'deepseek',
  xai: 'x-ai',
}
const thresholds = /_above_(\d+)k_tokens$/

/**
 * The prices in LiteLLM's `model_prices_and_context_window.json`, parsed.
 * @throws InvalidArgument when it is something else
 */
export const fromLitellm = (file: unknown, name = 'LiteLLM'): PriceSource => {
  if (!isObject(file))
    throw new InvalidArgument('file', "LiteLLM's model_prices_and_context_window.json", file)
  const prices = Object.entries(file).flatMap(([id, entry]): OtherPrice[] => {
    const written = isObject(entry) ? entry['litellm_provider'] : undefined
    if (!isObject(entry) || typeof written !== 'string' || !Object.hasOwn(litellmProviders, written))
      return []
    const threshold = Object.keys(entry)
      .map((field) => thresholds.exec(field)?.[1])
      .find(Boolean)
    const long = Object.fromEntries(
      Object.entries(entry).flatMap(([field, value]) =>
        field.endsWith(`_above_${threshold}k_tokens`) ? [[field.replace(thresholds, ''), value]] : [],
      ),
    )
    return [
      {
        provider: litellmProviders[written] ?? written,
        modelId: id.replace(/^[^/]+\//, ''),
        prices: pick(entry, litellmFields, 1_000_000),
        ...(threshold && {
          above: { inputTokens: Number(threshold) * 1000, prices: pick(long, litellmFields, 1_000_000) },
        }),
      },
    ]
  })
  return { name, prices }
}

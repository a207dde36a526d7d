import { encodingOf } from '@ashlar/catalog/encoding-of'
import { isEarlyClaude } from './claude-version.ts'
import type { EncodingName } from './encoding.ts'

/** How the text of a request is counted for a model. */
export interface TextRule {
  readonly encoding: EncodingName
  /** Tokens of the model for each token of `encoding`; 1 when the encoding is the model's own. */
  readonly factor: number
  /** `encoding` is the model's own. */
  readonly own: boolean
  /** The vendor says how messages are wrapped, and it holds for this model. */
  readonly published: boolean
}

/**
 * OpenAI's cookbook, "How to count tokens with tiktoken", gives the wrapping of chat messages for these and no
 * others (GPT-5 was measured one token off it).
 */
const cookbook =
  /^(?:gpt-3\.5-turbo|gpt-4|gpt-4o|gpt-4o-mini|gpt-4-32k|gpt-4-turbo)(?:-\d{4}(?:-\d\d-\d\d)?)?$/

/**
 * Tokens for each token of o200k_base, rounded up from the dearest of prose, documentation, code and JSON
 * (English) where the tokenizer is public: Gemma 3 1.12 (Gemini is taken to be alike), Llama 3 1.01, Qwen 3 1.07,
 * DeepSeek V3 1.04, Claude 2 1.06. From version 4.7 on Claude needs up to 1.35 times as many (its release
 * notes). Scripts other than Latin vary more: Russian 0.97 to 2.0, Chinese 0.7 to 1.35.
 */
const factors: readonly (readonly [RegExp, number])[] = [
  [/claude/, 1.5],
  [/gemini|gemma/, 1.15],
  [/qwen/, 1.1],
  [/llama|deepseek/, 1.05],
  [/^(?:openai|azure)\/|gpt-|\bo\d\b/, 1],
]

const earlyClaudeFactor = 1.1
const unknownFactor = 1.2

/** The rule for a model; `provider` tells whose it is when its id does not. */
export const textRuleOf = (modelId: string, provider?: string): TextRule => {
  const own = encodingOf(modelId)
  const name = modelId.toLowerCase().replace(/^.*\//, '')
  const isOpenai = provider === undefined || provider === 'openai' || provider === 'azure'
  if (own) return { encoding: own, factor: 1, own: true, published: isOpenai && cookbook.test(name) }
  const full = `${provider ?? ''}/${modelId}`.toLowerCase().replace(/^\//, '')
  const family = factors.find(([pattern]) => pattern.test(full))?.[1] ?? unknownFactor
  const factor = isEarlyClaude(full) ? earlyClaudeFactor : family
  return { encoding: 'o200k_base', factor, own: false, published: false }
}

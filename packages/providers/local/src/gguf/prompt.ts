import { type LanguageModel, ModelError, type ModelErrorKind, type ModelRequest } from '@ashlar/core'
import type { HistoryItem } from './llama-module.ts'
import type { LoadedGguf } from './load-gguf.ts'
import { planPrompt, type PromptPlan } from './prompt-plan.ts'
import { toHistory } from './to-history.ts'

/** A prompt ready to be answered. */
export interface Prompt {
  readonly plan: PromptPlan
  readonly history: HistoryItem[]
  readonly tokens: readonly number[]
  /** Tokens the answer may have. */
  readonly room: number
}

export interface PromptOptions {
  readonly model: LanguageModel
  readonly loaded: LoadedGguf
}

/** Tokens node-llama-cpp keeps free; without them it drops the start of the conversation, unasked. */
const reserve = 2

/**
 * Renders a request with the chat template and counts its tokens.
 * @throws ModelError when it does not fit the context, or holds what the model cannot read
 */
export const promptFor = (request: ModelRequest, { model, loaded }: PromptOptions): Prompt => {
  const { provider, modelId } = model
  const fail = (kind: ModelErrorKind, why: string): ModelError =>
    new ModelError(`${provider}/${modelId}: ${why}`, { kind, provider, modelId })
  const plan = planPrompt(request)
  const history = toHistory(request.messages, {
    system: plan.system,
    refuse: (type) =>
      fail('bad-request', `this model reads only text; the messages hold a part of type ${type}`),
  })
  const { contextText } = loaded.wrapper.generateContextState({
    chatHistory: history,
    ...(plan.functions && { availableFunctions: plan.functions }),
  })
  const tokens = contextText.tokenize(loaded.weights.tokenizer)
  const room = loaded.contextSize - tokens.length - reserve
  if (room < 1)
    throw fail(
      'context-overflow',
      `the prompt has ${tokens.length} tokens and the context ${loaded.contextSize}; shorten it, or set a larger contextSize`,
    )
  return { plan, history, tokens, room: Math.min(room, request.maxOutputTokens ?? Infinity) }
}

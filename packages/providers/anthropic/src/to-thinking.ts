import { InvalidArgument, type ModelRequest } from '@ashlar/core'
import type { OutputConfig, ThinkingConfigParam } from '@anthropic-ai/sdk/resources/messages'
import type { ModelTraits } from './model-traits.ts'

/** What a model is told about thinking. */
export interface ThinkingParams {
  readonly thinking?: ThinkingConfigParam
  readonly effort?: NonNullable<OutputConfig['effort']>
}

/** The least budget the API takes. */
const leastBudget = 1024

/** Efforts as budgets, for the models that know no effort: common steps, at most half of the answer. */
const budgets = { low: 2048, medium: 8192, high: 16_384 } as const

const budgeted = (budget: number, argument: string, maxTokens: number): ThinkingParams => {
  if (!(budget >= leastBudget && budget < maxTokens))
    throw new InvalidArgument(
      argument,
      `at least ${leastBudget} tokens and fewer than maxOutputTokens (${maxTokens}), which count thinking`,
      budget,
    )
  return { thinking: { type: 'enabled', budget_tokens: budget } }
}

/**
 * How the model is told to think as much as `request.reasoning` asks; empty when nothing is asked, which
 * leaves it to the model.
 * @throws InvalidArgument for what this model cannot honour
 */
export const toThinking = (
  request: ModelRequest,
  options: { readonly modelId: string; readonly traits: ModelTraits; readonly maxTokens: number },
): ThinkingParams => {
  const { reasoning } = request
  const { modelId, traits, maxTokens } = options
  if (reasoning === undefined) return {}
  if (reasoning === 'none') {
    if (traits.noThinking) return { thinking: { type: traits.noThinking } }
    throw new InvalidArgument('reasoning', `'low', 'medium' or 'high' (${modelId} always thinks)`, reasoning)
  }
  if (typeof reasoning === 'object') {
    if (traits.thinking !== 'effort') return budgeted(reasoning.maxTokens, 'reasoning.maxTokens', maxTokens)
    throw new InvalidArgument(
      'reasoning',
      `an effort: 'low', 'medium' or 'high' (${modelId} takes no budget of thinking tokens)`,
      JSON.stringify(reasoning),
    )
  }
  if (traits.thinking === 'budget')
    return budgeted(Math.min(budgets[reasoning], Math.floor(maxTokens / 2)), 'reasoning', maxTokens)
  // Current models leave the text of their thinking out unless they are asked for it.
  return { thinking: { type: 'adaptive', display: 'summarized' }, effort: reasoning }
}

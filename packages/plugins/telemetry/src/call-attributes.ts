import type { FinishEvent, LanguageModel, ModelRequest, Usage } from '@ashlar/core'
import type { Attributes } from '@opentelemetry/api'
import { finishReasonOf } from './content.ts'

/** Providers that the GenAI conventions have a name of their own for. */
const providers: Readonly<Record<string, string>> = {
  azure: 'azure.ai.openai',
  bedrock: 'aws.bedrock',
  gemini: 'gcp.gemini',
  google: 'gcp.gemini',
  mistral: 'mistral_ai',
  moonshot: 'moonshot_ai',
  vertex: 'gcp.vertex_ai',
  xai: 'x_ai',
}

/** What identifies a call in spans and metrics alike. */
export const identityOf = ({
  provider,
  modelId,
}: Pick<LanguageModel, 'provider' | 'modelId'>): Attributes => ({
  'gen_ai.operation.name': 'chat',
  'gen_ai.provider.name': Object.hasOwn(providers, provider) ? providers[provider] : provider,
  'gen_ai.request.model': modelId,
})

/** What was asked for, but no content. */
export const requestAttributes = (request: ModelRequest): Attributes => ({
  'gen_ai.request.stream': request.deltas === false ? undefined : true,
  'gen_ai.request.max_tokens': request.maxOutputTokens,
  'gen_ai.request.temperature': request.temperature,
  'gen_ai.request.top_p': request.topP,
  'gen_ai.request.seed': request.seed,
  'gen_ai.request.stop_sequences': request.stop && [...request.stop],
  'gen_ai.output.type': request.output && 'json',
})

/** Tokens, as far as they are there. */
export const usageAttributes = (usage: Usage): Attributes => ({
  'gen_ai.usage.input_tokens': usage.inputTokens,
  'gen_ai.usage.output_tokens': usage.outputTokens,
  'gen_ai.usage.cache_read.input_tokens': usage.cachedInputTokens,
  'gen_ai.usage.cache_creation.input_tokens': usage.cacheWriteTokens,
  'gen_ai.usage.reasoning.output_tokens': usage.reasoningTokens,
  'ashlar.usage.estimated': usage.estimated,
})

/** How it was answered, but no content. */
export const responseAttributes = ({ reason, response, replayed }: FinishEvent): Attributes => ({
  'gen_ai.response.finish_reasons': [finishReasonOf(reason)],
  'gen_ai.response.id': response.id,
  'gen_ai.response.model': response.modelId,
  'ashlar.response.request_id': response.requestId,
  'ashlar.replayed': replayed,
})

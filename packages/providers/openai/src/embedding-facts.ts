import type { ModelResponse, Usage } from '@ashlar/core'
import { type AnswerOrigin, toResponse } from './answer-reader.ts'
import { fromChatUsage } from './usage.ts'

/** What an answer with vectors says beside them: who answered, and what it used. */
export const readEmbeddingFacts = (
  origin: AnswerOrigin,
  body: Readonly<Record<string, unknown>>,
): { readonly usage: Usage | undefined; readonly response: ModelResponse } => {
  const model = typeof body['model'] === 'string' ? body['model'] : undefined
  return { usage: fromChatUsage(body['usage']), response: toResponse(origin, { model }) }
}

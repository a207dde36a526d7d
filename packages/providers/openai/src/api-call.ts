import type { ChatCompletionCreateParams } from 'openai/resources/chat/completions'
import type { EmbeddingCreateParams } from 'openai/resources/embeddings'
import type { ResponseCreateParams } from 'openai/resources/responses/responses'

/** A body and where it goes, for each of the three APIs. */
export type ApiBody =
  | { readonly path: '/chat/completions'; readonly body: ChatCompletionCreateParams }
  | { readonly path: '/responses'; readonly body: ResponseCreateParams }
  | { readonly path: '/embeddings'; readonly body: EmbeddingCreateParams }

/** One request. */
export type ApiCall = ApiBody & {
  readonly signal?: AbortSignal | undefined
  readonly deadline?: number | undefined
}

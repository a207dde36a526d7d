export { openaiEmbedding, type OpenAIEmbeddingOptions } from './embeddings.ts'
export { openai, type OpenAIOptions } from './openai.ts'
export type { EndpointOptions } from './transport.ts'

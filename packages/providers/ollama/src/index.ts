export { ollama, type OllamaOptions } from './ollama.ts'
export { ollamaEmbedding, type OllamaEmbeddingOptions } from './embeddings.ts'
export type { EndpointOptions } from './transport.ts'

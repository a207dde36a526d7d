export { anthropic, type AnthropicModel, type AnthropicOptions } from './anthropic.ts'
export type { CacheLifetime } from './cache-breakpoints.ts'
export { countTokens } from './count-tokens.ts'
export type { AnthropicClient, EndpointOptions } from './transport.ts'

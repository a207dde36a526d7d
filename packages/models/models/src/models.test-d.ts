import type { LanguageModel } from '@ashlar/core'
import {
  balance,
  type Breaker,
  breaker,
  cache,
  type CachedModel,
  type CacheStore,
  coalesce,
  createModels,
  createRetryBudget,
  fallback,
  hedge,
  limit,
  type LimitedModel,
  memoryStore,
  race,
  record,
  retry,
  semanticCache,
  timeout,
} from './index.ts'
import { type CircuitStore, memoryCircuits } from './breaker.ts'
import { type LimitStore, memoryLimits } from './limit.ts'
import { type RedisCache, redisCache } from './redis-cache.ts'
import { redisCircuits, redisLimits } from './redis-state.ts'
import { sqliteCache } from './sqlite-cache.ts'

declare const model: LanguageModel

// Every layer is a model, so that layers go around layers.
cache(
  coalesce(fallback([retry(breaker(limit(timeout(model, { totalMs: 1 })))), model])),
) satisfies CachedModel
race([
  hedge(model, { afterMs: 1 }),
  balance([record(model, { sink: () => undefined })]),
]) satisfies LanguageModel
breaker(model) satisfies Breaker
limit(model, { requestsPerMinute: 1, store: memoryLimits(), name: 'a' }) satisfies LimitedModel
// @ts-expect-error a layer takes a model, not its name
retry('openai/gpt-5-mini')
// @ts-expect-error several models are a list
fallback(model)
// @ts-expect-error what cannot be late without an end
hedge(model)
// @ts-expect-error no strategy of this name
balance([model], { strategy: 'best' })
// @ts-expect-error no kind of failure of this name
retry(model, { on: ['sunspots'] })
// @ts-expect-error a meaning needs embeddings and a tenant
semanticCache(model, {})
// @ts-expect-error no option of this name
limit(model, { requestsPerSecond: 1 })
// @ts-expect-error the state is read, not set
breaker(model).state = 'open'

memoryStore() satisfies CacheStore
sqliteCache('file') satisfies CacheStore
redisCache('redis://localhost', { maxBytes: 1 }) satisfies CacheStore
redisCache({ call: async () => null }) satisfies RedisCache
redisLimits('redis://localhost') satisfies LimitStore
redisCircuits('redis://localhost') satisfies CircuitStore
memoryCircuits() satisfies CircuitStore
// @ts-expect-error a cache is no limit
limit(model, { store: memoryStore() })
// @ts-expect-error a limit is no circuit
breaker(model, { store: memoryLimits() })
// @ts-expect-error neither an address nor a client
redisCache(6379)

const models = createModels({ aliases: { fast: 'openai/gpt-5-mini' }, providers: { mine: () => model } })
models.get('fast') satisfies LanguageModel
void (models.load('mine/x') satisfies Promise<LanguageModel>)
const [facts] = await models.list({ provider: 'openai' })
facts?.contextWindow satisfies number | undefined
// @ts-expect-error what is not known of a model is undefined
facts?.contextWindow satisfies number
// @ts-expect-error a provider makes models
createModels({ providers: { mine: 'model' } })
// @ts-expect-error a number of tries
createRetryBudget('3')

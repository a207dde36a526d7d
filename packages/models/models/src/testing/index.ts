export type { Runner } from './run-checks.ts'
export { type CacheStoreBench, testCacheStore, type TestCacheStoreOptions } from './test-cache-store.ts'
export {
  type CircuitStoreBench,
  testCircuitStore,
  type TestCircuitStoreOptions,
} from './test-circuit-store.ts'
export { type LimitStoreBench, testLimitStore, type TestLimitStoreOptions } from './test-limit-store.ts'

export {
  type CacheStoreBench,
  type Runner,
  testCacheStore,
  type TestCacheStoreOptions,
} from './test-cache-store.ts'

import type { CacheStore } from '../cache-store.ts'
import { assertEqual, type Bench, type Check, runChecks, type Runner } from './run-checks.ts'

/** A cache store under test. */
export type CacheStoreBench = Bench<CacheStore>

export interface TestCacheStoreOptions {
  readonly name: string
  /** A store with nothing in it, with room for 64 KiB at least. */
  create(): Promise<CacheStoreBench>
}

const forGood = { ttlMs: Infinity }

const assertNothing = (actual: unknown, what: string): void => assertEqual(actual, undefined, what)

const checks: readonly Check<CacheStore>[] = [
  [
    'has nothing at first',
    async ({ store }) => {
      assertNothing(await store.get('a'), 'a key nobody has set')
      await store.delete('a')
    },
  ],
  [
    'gives back what was set, the last value of each key',
    async ({ store }) => {
      await store.set('a', '1', forGood)
      await store.set('b', '2', forGood)
      await store.set('a', '3', forGood)
      assertEqual(await store.get('a'), '3', 'the last value')
      assertEqual(await store.get('b'), '2', 'another key')
    },
  ],
  [
    'forgets what was deleted, and nothing else',
    async ({ store }) => {
      await store.set('a', '1', forGood)
      await store.set('b', '2', forGood)
      await store.delete('a')
      assertNothing(await store.get('a'), 'a deleted key')
      assertEqual(await store.get('b'), '2', 'the other key')
    },
  ],
  [
    'keeps any text as it is',
    async ({ store }) => {
      const texts = [
        '',
        ' ',
        '\0',
        "'; DROP TABLE cache; --",
        '\u{1F99C}é中',
        '{"a":[1,2]}',
        'x'.repeat(50_000),
      ]
      for (const text of texts) {
        await store.set(`key ${text.slice(0, 40)}`, text, forGood)
        assertEqual(await store.get(`key ${text.slice(0, 40)}`), text, 'the text')
      }
    },
  ],
  [
    'tells keys apart by case and by spaces',
    async ({ store }) => {
      await store.set('key', '1', forGood)
      await store.set('KEY', '2', forGood)
      await store.set('key ', '3', forGood)
      assertEqual(await store.get('key'), '1', 'the lower case')
      assertEqual(await store.get('KEY'), '2', 'the upper case')
    },
  ],
  [
    'no longer gives what has outlived its time',
    async ({ store, advance }) => {
      await store.set('short', '1', { ttlMs: 50 })
      await store.set('long', '2', { ttlMs: 60_000 })
      await store.set('again', '3', { ttlMs: 50 })
      await store.set('again', '4', { ttlMs: 60_000 })
      assertEqual(await store.get('short'), '1', 'in its time')
      await advance(60)
      assertNothing(await store.get('short'), 'after its time')
      assertEqual(await store.get('long'), '2', 'with more time')
      assertEqual(await store.get('again'), '4', 'set again with more time')
    },
  ],
  [
    'takes many calls at once',
    async ({ store }) => {
      const names = Array.from({ length: 100 }, (_, index) => `key ${index}`)
      await Promise.all(names.map((name) => store.set(name, name, forGood)))
      const values = await Promise.all(names.map((name) => store.get(name)))
      for (const [index, value] of values.entries()) assertEqual(value, names[index], 'a value among many')
      await Promise.all(names.map((name) => store.set('one', name, forGood)))
      assertEqual(names.includes((await store.get('one')) ?? ''), true, 'one of the values written at once')
    },
  ],
]

/**
 * What holds for every cache store.
 * @throws InvalidArgument when an option is missing
 */
export const testCacheStore = (options: TestCacheStoreOptions, runner: Runner): void =>
  runChecks({ title: `cache store ${options.name}`, checks, create: options.create }, runner)

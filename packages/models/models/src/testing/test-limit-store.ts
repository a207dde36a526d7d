import type { LimitClaim, LimitPlace, LimitStore } from '../limit-store.ts'
import { assertEqual, type Bench, type Check, runChecks, type Runner } from './run-checks.ts'

/** A limit store under test. */
export type LimitStoreBench = Bench<LimitStore>

export interface TestLimitStoreOptions {
  readonly name: string
  /** A store in which nothing was counted yet. Where `advance` waits, the suite takes some seconds. */
  create(): Promise<LimitStoreBench>
}

/** Long enough for a machine under load to do between two steps what a step does. */
const windowMs = 1500

const claimOf = (claim: Partial<LimitClaim>): LimitClaim => ({
  tokens: 1,
  maxRequests: Infinity,
  maxTokens: Infinity,
  windowMs,
  ...claim,
})

const isPlace = (answer: LimitPlace | number): answer is LimitPlace => typeof answer !== 'number'

const assertPlace = (answer: LimitPlace | number, what: string): LimitPlace => {
  if (!isPlace(answer)) throw new Error(`${what}: expected a place, got ${answer} ms to wait`)
  return answer
}

const assertWait = (answer: LimitPlace | number, what: string): number => {
  if (isPlace(answer) || !(answer > 0 && answer <= 2 * windowMs))
    throw new Error(
      `${what}: expected a time within two windows, got ${isPlace(answer) ? 'a place' : answer}`,
    )
  return answer
}

const checks: readonly Check<LimitStore>[] = [
  [
    'gives as many places as there are, and says when the next is free',
    async ({ store, advance }) => {
      const claim = claimOf({ maxRequests: 2 })
      for (const which of ['first', 'second']) assertPlace(await store.take('a', claim), which)
      const waitMs = assertWait(await store.take('a', claim), 'the third')
      assertPlace(await store.take('b', claim), 'another name')
      await advance(waitMs)
      assertPlace(await store.take('a', claim), 'after that time')
    },
  ],
  [
    'counts in any window, wherever it starts',
    async ({ store, advance }) => {
      const claim = claimOf({ maxRequests: 2 })
      assertPlace(await store.take('a', claim), 'at the start')
      await advance(windowMs / 2)
      assertPlace(await store.take('a', claim), 'half a window later')
      await advance(assertWait(await store.take('a', claim), 'the third'))
      assertPlace(await store.take('a', claim), 'when the first has left')
      assertWait(await store.take('a', claim), 'as the second has not')
    },
  ],
  [
    'counts tokens, and corrects them by what was used',
    async ({ store }) => {
      const claim = (tokens: number): LimitClaim => claimOf({ tokens, maxTokens: 100 })
      const first = assertPlace(await store.take('a', claim(60)), '60 of 100')
      assertWait(await store.take('a', claim(50)), '50 more')
      assertPlace(await store.take('a', claim(40)), '40 more')
      await first.correct(9.5)
      assertWait(await store.take('a', claim(51)), '51 of 50 that are left')
      assertPlace(await store.take('a', claim(50)), 'all that is left')
      assertWait(await store.take('a', claim(1)), 'one too many')
    },
  ],
  [
    'takes back a place that was not used',
    async ({ store }) => {
      const claim = claimOf({ tokens: 10, maxRequests: 1, maxTokens: 10 })
      const place = assertPlace(await store.take('a', claim), 'the only one')
      assertWait(await store.take('a', claim), 'another')
      await place.release()
      assertPlace(await store.take('a', claim), 'the same again')
      assertWait(await store.take('a', claim), 'and no other')
    },
  ],
  [
    'gives each place once to many who ask at once',
    async ({ store }) => {
      const claim = claimOf({ maxRequests: 20, maxTokens: 1000 })
      const answers = await Promise.all(Array.from({ length: 60 }, () => store.take('a', claim)))
      assertEqual(answers.filter(isPlace).length, 20, 'places')
    },
  ],
  [
    'has place for all where there is no limit',
    async ({ store }) => {
      const answers = await Promise.all(
        Array.from({ length: 200 }, () => store.take('a', claimOf({ tokens: 1e6 }))),
      )
      assertEqual(answers.every(isPlace), true, 'places')
    },
  ],
]

/**
 * What holds for every limit store.
 * @throws InvalidArgument when an option is missing
 */
export const testLimitStore = (options: TestLimitStoreOptions, runner: Runner): void =>
  runChecks({ title: `limit store ${options.name}`, checks, create: options.create }, runner)

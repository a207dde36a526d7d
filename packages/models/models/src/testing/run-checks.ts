import { InvalidArgument } from '@ashlar/core'

/** A store under test. */
export interface Bench<Store> {
  readonly store: Store
  /** Lets time pass: moves the clock the store was given, or waits. */
  advance(milliseconds: number): Promise<void>
  /** Called after every test. */
  close?(): Promise<void>
}

/** What the suites need of a test framework; vitest, jest, mocha, bun and `node:test` have it. */
export interface Runner {
  describe(name: string, body: () => void): unknown
  it(name: string, test: () => Promise<void>): unknown
}

export type Check<Store> = readonly [name: string, test: (bench: Bench<Store>) => Promise<void>]

export const assertEqual = (actual: unknown, expected: unknown, what: string): void => {
  if (actual !== expected)
    throw new Error(`${what}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`)
}

export interface Suite<Store> {
  readonly title: string
  readonly checks: readonly Check<Store>[]
  create(): Promise<Bench<Store>>
}

/** Each check on a bench of its own. @throws InvalidArgument when there is no way to make one */
export const runChecks = <Store>({ title, checks, create }: Suite<Store>, { describe, it }: Runner): void => {
  if (typeof create !== 'function')
    throw new InvalidArgument('create', 'a function that makes a store', create)
  describe(title, () => {
    for (const [name, test] of checks)
      it(name, async () => {
        const bench = await create()
        try {
          await test(bench)
        } finally {
          await bench.close?.()
        }
      })
  })
}

import { InvalidArgument } from '@ashlar/core'
import type { Bus } from '../bus.ts'
import { busChecks, type CheckBench } from './bus-checks.ts'

/** A bus under test. */
export interface BusBench {
  readonly bus: Bus
  /** Lets go of what the bus stands on; called after every test, after the bus was closed. */
  close?(): Promise<void>
}

export interface TestBusOptions {
  readonly name: string
  create(): Promise<BusBench>
  /** How long an event may take to arrive, in milliseconds. @default 5_000 */
  readonly patienceMs?: number
}

/** What the suite needs of a test framework; vitest, jest, mocha, bun and `node:test` have it. */
export interface Runner {
  describe(name: string, body: () => void): unknown
  it(name: string, test: () => Promise<void>): unknown
}

/** The contract of a bus. */
export const testBus = (
  { name, create, patienceMs = 5_000 }: TestBusOptions,
  { describe, it }: Runner,
): void => {
  if (typeof create !== 'function') throw new InvalidArgument('create', 'a function that makes a bus', create)
  const until: CheckBench['until'] = async (condition, what) => {
    for (
      const end = Date.now() + patienceMs;
      !condition();
      await new Promise((resolve) => setTimeout(resolve, 1))
    )
      if (Date.now() > end) throw new Error(`waited ${patienceMs} ms for ${what}`)
  }
  const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 50))
  describe(`${name}: a bus`, () => {
    for (const [title, test] of busChecks)
      it(title, async () => {
        const { bus, close } = await create()
        try {
          await test({ bus, until, settle, patienceMs, topic: `test.${crypto.randomUUID()}` })
        } finally {
          await bus.close()
          await close?.()
        }
      })
  })
}

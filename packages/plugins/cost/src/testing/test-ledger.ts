import assert from 'node:assert/strict'
import { InvalidArgument } from '@ashlar/core'
import type { LedgerBench } from './ledger-bench.ts'
import { runLedgerSchedule } from './ledger-schedule.ts'
import { limitChecks } from './limit-checks.ts'
import { outboxChecks } from './outbox-checks.ts'
import { recordChecks } from './record-checks.ts'
import { settlementChecks } from './settlement-checks.ts'

export interface TestLedgerOptions {
  readonly name: string
  /** Makes a ledger for one test. */
  readonly create: () => Promise<LedgerBench>
  /** How many random schedules of agents at the same time are run. @default 50 */
  readonly schedules?: number
  /** Numbers from 0 up to 1 for the schedule with this number. @default `Math.random` */
  readonly random?: (schedule: number) => () => number
}

/** What the suite needs of a test framework; vitest, jest, mocha, bun and `node:test` have it. */
export interface Runner {
  describe(name: string, body: () => void): unknown
  it(name: string, test: () => Promise<void>): unknown
}

const dayMs = 86_400_000

/**
 * What holds for every ledger, and random schedules of agents that spend from it at the same time.
 * @throws InvalidArgument when an option is missing
 */
export const testLedger = (options: TestLedgerOptions, { describe, it }: Runner): void => {
  const { name, create, schedules = 50, random = () => Math.random } = options
  if (typeof create !== 'function')
    throw new InvalidArgument('create', 'a function that makes a ledger', create)
  const on = async (test: (bench: LedgerBench) => Promise<void>): Promise<void> => {
    const bench = await create()
    try {
      await test(bench)
    } finally {
      await bench.close?.()
    }
  }
  describe(`ledger ${name}`, () => {
    for (const [title, test] of [...limitChecks, ...settlementChecks, ...recordChecks, ...outboxChecks])
      it(title, () => on(test))
    it(`is never overspent, and exact in the end, over ${schedules} random schedules`, () =>
      on(async ({ ledger }) => {
        let refused = 0
        for (let number = 0; number < schedules; number++) {
          const schedule = { random: random(number), name: `s${number}`, start: number * dayMs }
          const report = await runLedgerSchedule(ledger, schedule)
          assert.deepEqual(report.violations, [], `schedule ${number}`)
          refused += report.refused
        }
        assert(schedules < 10 || refused > 0, 'no schedule came near its limits')
      }))
  })
}

import { describe, expect, it } from 'vitest'
import { rounds } from './load.ts'
import { runLoad } from './run-load.ts'
import { growthOf, problemsOf, settled } from './verdict.ts'

const isSoak = process.env['ASHLAR_SOAK'] === '1'
/** Of the soak; CI runs it for seconds. */
const minutes = Number(process.env['ASHLAR_SOAK_MINUTES'] ?? 10)
const full = { concurrency: 1_000, graphs: 20, generations: 5, leastRuns: 1_000 }
const small = { concurrency: 100, graphs: 4, generations: 3, durationMs: 6_000, sampleMs: 500, leastRuns: 0 }

describe('1,000 concurrent runs of agents in one process', () => {
  it(
    'do everything that is asked for, stop when they are told to, and neither hold the loop up nor keep memory',
    async () => {
      const time = isSoak
        ? { durationMs: minutes * 60_000, sampleMs: 5_000 }
        : { durationMs: 5_000, sampleMs: 1_000 }
      const report = await runLoad({ ...full, ...time })
      const { runs, delay, samples, active, cancel, upstream } = report
      const figures = { ...report, samples: undefined, growthMb: growthOf(settled(samples)) }
      process.stdout.write(
        `${JSON.stringify({ ...figures, first: samples[0], last: samples.at(-1) }, null, 2)}\n`,
      )
      expect([report.wrong, upstream.refused]).toEqual([0, 0])
      expect([active.max, active.mean > 0.95 * full.concurrency]).toEqual([full.concurrency, true])
      expect(runs).toBeGreaterThanOrEqual(full.leastRuns)
      // Each asked the model for every call and for its answer; those that were stopped had begun to.
      expect(upstream.requests).toBeGreaterThanOrEqual(runs * (rounds + 1))
      expect(upstream.requests).toBeLessThanOrEqual((runs + cancel.runs) * (rounds + 1))
      expect(report.toolCalls).toBeGreaterThanOrEqual(runs * rounds)
      expect(report.deltas).toBeGreaterThan(runs * (rounds + 1))
      expect([cancel.runs > 0, cancel.left]).toEqual([true, 0])
      if (isSoak) expect([problemsOf({ delay, samples }), cancel.ms < 1_000]).toEqual([[], true])
    },
    isSoak ? minutes * 60_000 + 120_000 : 90_000,
  )

  it('are found out when a tool keeps what it is given', async () => {
    const report = await runLoad({ ...small, fault: 'leak' })
    expect(problemsOf(report)).toContainEqual(expect.stringContaining('memory'))
  }, 60_000)

  it('are found out when a tool holds the loop up', async () => {
    const report = await runLoad({ ...small, fault: 'stall' })
    expect(problemsOf(report)).toContainEqual(expect.stringContaining('event loop'))
  }, 60_000)
})

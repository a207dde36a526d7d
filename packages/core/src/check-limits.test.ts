import { expect, it } from 'vitest'
import { checkLimits } from './check-limits.ts'

it('fills in the documented defaults, keeps what is given, and ignores undefined', () => {
  const defaults = {
    steps: 20,
    tokens: Infinity,
    callsPerTurn: 16,
    parallelCalls: 8,
    toolTimeoutMs: 60_000,
    repeats: 3,
  }
  expect(checkLimits({})).toEqual(defaults)
  const given: object = { steps: 3, repeats: undefined }
  expect(checkLimits(given)).toEqual({ ...defaults, steps: 3 })
})

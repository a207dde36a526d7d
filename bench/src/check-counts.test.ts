import { describe, expect, it } from 'vitest'
import { checkCounts, type Counted } from './check-counts.ts'
import { workloadNamed } from './workloads.ts'

const loop = workloadNamed('loop')
const right: Counted = { operations: 3, lookups: 15, adds: 15, wrongAnswers: 0, deltas: 0 }

describe('checkCounts', () => {
  it('accepts 11 requests and 10 tool calls a loop', () => {
    expect(checkCounts(loop, { requests: 33, refused: 0 }, right)).toEqual([])
  })

  it.each([
    ['a request was skipped', { requests: 32, refused: 0 }, right],
    ['a request was repeated', { requests: 34, refused: 0 }, right],
    ['a request fitted no answer', { requests: 33, refused: 1 }, right],
    ['a tool was not called', { requests: 33, refused: 0 }, { ...right, adds: 14 }],
    ['an answer was wrong', { requests: 33, refused: 0 }, { ...right, wrongAnswers: 1 }],
  ])('complains when %s', (_, upstream, report) => {
    expect(checkCounts(loop, upstream, report)).toHaveLength(1)
  })

  it('complains of a stream without deltas', () => {
    const report: Counted = { operations: 1, lookups: 0, adds: 0, wrongAnswers: 0, deltas: 0 }
    expect(checkCounts(workloadNamed('stream'), { requests: 1, refused: 0 }, report)).toEqual([
      'no delta was handed on',
    ])
  })
})

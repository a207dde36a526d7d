import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { reciprocalRankFusion } from './reciprocal-rank-fusion.ts'

const ranking = fc.uniqueArray(fc.constantFrom(...'abcdefgh'), { maxLength: 8 })

describe('reciprocalRankFusion', () => {
  it('adds up the reciprocals of the places', () => {
    expect(
      reciprocalRankFusion([
        ['a', 'b', 'c'],
        ['c', 'a'],
      ]),
    ).toEqual([
      { id: 'a', score: 1 / 61 + 1 / 62 },
      { id: 'c', score: 1 / 63 + 1 / 61 },
      { id: 'b', score: 1 / 62 },
    ])
  })

  it('keeps the order of rankings that agree, and minds not their order', () => {
    fc.assert(
      fc.property(ranking, fc.array(ranking, { maxLength: 4 }), (one, others) => {
        expect(reciprocalRankFusion([one, one, one]).map(({ id }) => id)).toEqual(one)
        const scores = (given: string[][]) =>
          new Map(reciprocalRankFusion(given).map(({ id, score }) => [id, score]))
        const [forth, back] = [scores([one, ...others]), scores([...others, one])]
        expect([...forth.keys()].toSorted()).toEqual([...back.keys()].toSorted())
        for (const [id, score] of forth) expect(back.get(id)).toBeCloseTo(score, 12)
      }),
    )
  })

  it('weighs, limits, and counts an id once in a ranking', () => {
    const rankings = [['a'], ['b', 'b', 'a']]
    expect(reciprocalRankFusion(rankings, { k: 0, weights: [1, 3] })).toEqual([
      { id: 'b', score: 3 },
      { id: 'a', score: 1 + 3 / 2 },
    ])
    expect(reciprocalRankFusion(rankings, { limit: 1 })).toHaveLength(1)
    expect(reciprocalRankFusion([])).toEqual([])
    expect(reciprocalRankFusion([['x', 'y']], { weights: [0] }).map(({ id }) => id)).toEqual(['x', 'y'])
  })

  it('refuses wrong options', () => {
    expect(() => reciprocalRankFusion([], { k: -1 })).toThrow(/^k: expected a number of 0 or more/)
    expect(() => reciprocalRankFusion([['a']], { weights: [] })).toThrow(
      /^weights: expected 1, one a ranking/,
    )
    expect(() => reciprocalRankFusion([['a']], { weights: [-1] })).toThrow(
      /^weights: expected numbers of 0 or more/,
    )
    expect(() => reciprocalRankFusion([['a']], { limit: 0.5 })).toThrow(/^limit/)
  })
})

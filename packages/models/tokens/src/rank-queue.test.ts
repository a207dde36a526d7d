import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRankQueue, noRank } from './rank-queue.ts'

describe('createRankQueue', () => {
  it('gives out what was added, lowest rank first and last added first', () => {
    const ranks = 70_000
    const additions = fc.array(fc.oneof(fc.nat(ranks - 1), fc.constantFrom(0, 31, 32, 1023, 1024, 32_768)), {
      maxLength: 200,
    })
    const queue = createRankQueue(ranks, 200)
    fc.assert(
      fc.property(additions, (added) => {
        for (const [position, rank] of added.entries()) queue.add(rank, position)
        const taken: [number, number][] = []
        for (let rank = queue.lowest(); rank !== noRank; rank = queue.lowest())
          for (let position = queue.take(rank); position >= 0; position = queue.take(rank))
            taken.push([rank, position])
        const expected = [...added.entries()]
          .map(([position, rank]): [number, number] => [rank, position])
          .toSorted(([a, i], [b, j]) => a - b || j - i)
        expect(taken).toEqual(expected)
      }),
    )
  })
})

import { InvalidArgument } from '@ashlar/core'
import { scriptedModel } from '@ashlar/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { aggregate, type Aggregator, NothingToAggregate } from './aggregate.ts'
import {
  average,
  collect,
  concat,
  firstSuccess,
  latest,
  majorityVote,
  merge,
  sum,
  synthesis,
  weightedQuorum,
} from './aggregators.ts'
import type { TaskOutcome } from './task.ts'

const outcomesOf = <Value>(values: readonly (Value | undefined)[]) => ({
  outcomes: new Map(
    values.map((output, i): [string, TaskOutcome<Value>] => {
      const id = `t${i}`
      const base = { id, attempts: 1, durationMs: 1 }
      return [id, output === undefined ? { ...base, state: 'failed' } : { ...base, state: 'success', output }]
    }),
  ),
})
const valueOf = async <Value, Result>(
  aggregator: Aggregator<Value, Result>,
  values: readonly (Value | undefined)[],
) => (await aggregate(outcomesOf(values), aggregator)).value

describe('aggregate', () => {
  it('says what is missing', async () => {
    const all = outcomesOf([1, undefined, 3])
    expect(await aggregate(all, sum())).toEqual({
      value: 4,
      from: ['t0', 't2'],
      missing: [{ id: 't1', state: 'failed' }],
      partial: true,
    })
    expect(await aggregate(all, sum(), { of: ['t2'] })).toEqual({
      value: 3,
      from: ['t2'],
      missing: [],
      partial: false,
    })
    expect((await aggregate(all, sum(), { of: ['t9'] })).missing).toEqual([{ id: 't9', state: 'skipped' }])
    const required = aggregate(all, sum(), { requireAll: true })
    await expect(required).rejects.toThrow('No value from t1 (failed), and all are required')
  })
  it('takes the value out of the output', async () => {
    const { value } = await aggregate(outcomesOf([{ n: 1 }, { n: 2 }]), sum(), { value: ({ n }) => n })
    expect(value).toBe(3)
    const odd = await aggregate(outcomesOf([1, 2, 3]), collect(), { value: (n) => (n % 2 ? n : undefined) })
    expect([odd.value, odd.missing]).toEqual([[1, 3], [{ id: 't1', state: 'success' }]])
  })
})

describe('aggregators', () => {
  it('count', async () => {
    expect(await valueOf(sum(), [])).toBe(0)
    expect(await valueOf(average(), [1, 2, undefined, 6])).toBe(3)
    expect(await valueOf(concat(' '), ['a', 'b'])).toBe('a b')
    expect(await valueOf(collect(), ['a', undefined, 'b'])).toEqual(['a', 'b'])
  })
  it('choose', async () => {
    expect(await valueOf(firstSuccess(), [undefined, 'b', 'c'])).toBe('b')
    expect(await valueOf(latest(), ['a', 'b', undefined])).toBe('b')
  })
  it.each([
    ['average', average()],
    ['latest', latest<number>()],
    ['firstSuccess', firstSuccess<number>()],
    ['majorityVote', majorityVote<number>()],
  ])('%s needs something', async (_, aggregator) => {
    await expect(valueOf<number, unknown>(aggregator, [undefined])).rejects.toSatisfy(
      NothingToAggregate.isInstance,
    )
  })

  it('merge objects, however deep', async () => {
    const parts = [
      { a: 1, deep: { x: 1 }, list: [1] },
      { b: 2, deep: { y: 2, x: 3 }, list: [2] },
    ]
    expect(await valueOf(merge(), parts)).toEqual({ a: 1, b: 2, deep: { x: 3, y: 2 }, list: [2] })
    expect(await valueOf(merge({ conflicts: 'first' }), parts)).toMatchObject({ deep: { x: 1 }, list: [1] })
    await expect(valueOf(merge({ conflicts: 'throw' }), parts)).rejects.toThrow('disagree about deep.x')
    const hostile: object = JSON.parse('{"__proto__":{"polluted":true}}')
    const merged = await valueOf(merge(), [hostile, hostile])
    expect('polluted' in merged).toBe(false)
    expect(Object.getPrototypeOf(parts[0])).toBe(Object.prototype)
    expect(parts[0]).toEqual({ a: 1, deep: { x: 1 }, list: [1] })
  })

  it('vote: more than half of those that voted', async () => {
    const { value, share, votes } = await valueOf(majorityVote<object>(), [
      { a: 1, b: 2 },
      { b: 2, a: 1 },
      { a: 9 },
      undefined,
    ])
    expect([value, share]).toEqual([{ a: 1, b: 2 }, 2 / 3])
    expect(votes.map(({ by }) => by)).toEqual([['t0', 't1'], ['t2']])
    await expect(valueOf(majorityVote<string>(), ['a', 'b'])).rejects.toThrow(
      'No value has enough votes: "a" 1, "b" 1',
    )
  })
  it('weigh votes', async () => {
    const weights = { t0: 3, t1: 1, t2: 1 }
    expect((await valueOf(weightedQuorum<string>({ weights }), ['a', 'b', 'b'])).value).toBe('a')
    const strict = weightedQuorum<string>({ weights, threshold: 0.8 })
    await expect(valueOf(strict, ['a', 'b', 'b'])).rejects.toThrow('enough votes')
    await expect(valueOf(weightedQuorum<string>({ minimumWeight: 3 }), ['a', 'a'])).rejects.toThrow('too few')
    // A tie decides nothing, however low the threshold.
    await expect(valueOf(weightedQuorum<string>({ threshold: 0.3 }), ['a', 'b'])).rejects.toThrow(
      'enough votes',
    )
  })
  it('the winner of a vote does not depend on who came first', async () => {
    const ballots = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 9 })
    await fc.assert(
      fc.asyncProperty(ballots, fc.integer({ min: 1, max: 8 }), async (votes, turn) => {
        const winner = async (all: string[]): Promise<string | undefined> =>
          valueOf(majorityVote<string>(), all).then(
            ({ value }) => value,
            () => undefined,
          )
        const turned = [...votes.slice(turn), ...votes.slice(0, turn)]
        const counts = ['a', 'b', 'c'].map((one) => votes.filter((vote) => vote === one).length)
        const most = ['a', 'b', 'c'].find((_, i) => (counts[i] ?? 0) * 2 > votes.length)
        expect(await winner(votes)).toBe(most)
        expect(await winner(turned)).toBe(most)
      }),
    )
  })

  it('let a model write', async () => {
    const model = scriptedModel(['both'])
    expect(await valueOf(synthesis({ model }), ['one', 'two'])).toBe('both')
    expect(JSON.stringify(model.requests[0]?.messages)).toContain('<result task=\\"t1\\">\\ntwo\\n</result>')
    await expect(valueOf(synthesis({ model }), [])).rejects.toSatisfy(NothingToAggregate.isInstance)
  })
})

describe('a value of the wrong kind', () => {
  const wrong = (aggregator: Aggregator<never, unknown>, values: readonly unknown[]) =>
    // What the types do not allow comes from tasks all the same.
    aggregate(outcomesOf(values), aggregator as Aggregator<unknown, unknown>)

  it.each<[string, Aggregator<never, unknown>, unknown[], string]>([
    ['sum', sum(), [1, 'aa'], 'the value of task "t1": expected a number, received "aa"'],
    ['sum', sum(), [Number.NaN], 'the value of task "t0": expected a number'],
    ['average', average(), ['1', 2], 'the value of task "t0": expected a number, received "1"'],
    ['merge', merge(), [{ a: 1 }, 'b'], 'the value of task "t1": expected an object, received "b"'],
    ['merge', merge(), [null], 'the value of task "t0": expected an object'],
    ['concat', concat(), ['a', 2], 'the value of task "t1": expected a text'],
    ['synthesis', synthesis({ model: scriptedModel([]) }), [{}], 'the value of task "t0": expected a text'],
  ])('%s refuses it, and names the task', async (_, aggregator, values, message) => {
    await expect(wrong(aggregator, values)).rejects.toSatisfy(InvalidArgument.isInstance)
    await expect(wrong(aggregator, values)).rejects.toThrow(message)
  })

  it('control: what takes anything takes it', async () => {
    expect((await wrong(collect(), ['a', null, 2])).value).toEqual(['a', null, 2])
  })
})

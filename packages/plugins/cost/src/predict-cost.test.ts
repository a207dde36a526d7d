import { type ModelRequest, userText } from '@ashlar/core'
import { describe, expect, it } from 'vitest'
import { type CallLedger, createCallHistory, ledgerHistory } from './call-history.ts'
import { toUsdString } from './money.ts'
import { predictCost } from './predict-cost.ts'
import { createPriceBook } from './price-book.ts'

const at = new Date('2026-11-21T12:00:00Z')
const model = { provider: 'openai', modelId: 'gpt-4o' }
const hello: ModelRequest = { messages: [userText('Hello, world!')] }

const historyOf = (lengths: readonly number[], kind?: string) => {
  const history = createCallHistory()
  for (const outputTokens of lengths)
    history.add({ ...model, outputTokens, ...(kind !== undefined && { kind }) })
  return history
}
const oneTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1)

describe('predictCost', () => {
  it('counts the input exactly and learns the output', async () => {
    const prediction = await predictCost(hello, { model, at, history: historyOf(oneTo(99)) })
    expect(prediction).toMatchObject({
      inputTokens: 11,
      exact: true,
      outputTokens: { p50: 50, low: 5, high: 95, basis: 'model', samples: 99 },
      priceSource: '@pydantic/genai-prices',
      priceVersion: '0.1.8',
    })
    // 11 × 2.50 + 50 × 10; cached 11 × 1.25 + 5 × 10; 11 × 2.50 + 95 × 10 millionths.
    const { p50, low, high } = prediction.cost
    expect([p50, low, high].map(toUsdString)).toEqual(['0.0005275', '0.00006375', '0.0009775'])
  })

  it('prefers calls of the same kind', async () => {
    const history = historyOf(oneTo(99))
    for (let i = 0; i < 20; i++) history.add({ ...model, kind: 'title', outputTokens: 4 })
    const { outputTokens } = await predictCost(hello, { model, at, history, kind: 'title' })
    expect(outputTokens).toMatchObject({ p50: 4, low: 4, high: 4, basis: 'kind' })
    expect((await predictCost(hello, { model, at, history, kind: 'other' })).outputTokens.basis).toBe('model')
  })

  it('goes from nothing to the limit without a history', async () => {
    const { outputTokens } = await predictCost({ ...hello, maxOutputTokens: 400 }, { model, at })
    expect(outputTokens).toMatchObject({ p50: 20, low: 1, high: 400, basis: 'prior' })
    expect((await predictCost(hello, { model, at })).outputTokens.high).toBe(16_384)
  })

  it('refuses what has no price, and a limit that nobody knows', async () => {
    await expect(predictCost(hello, { model: { ...model, modelId: 'unheard-of' }, at })).rejects.toThrow(
      /its price is not known/,
    )
    const prices = createPriceBook({ overrides: { 'acme/m': { prices: { input: '1', output: '1' } } } })
    const own = { provider: 'acme', modelId: 'm' }
    await expect(predictCost(hello, { model: own, prices })).rejects.toThrow(/how much it writes at most/)
    const history = createCallHistory()
    for (const outputTokens of oneTo(19)) history.add({ ...own, outputTokens })
    expect((await predictCost(hello, { model: own, prices, history })).outputTokens.high).toBe(19)
  })

  it('counts every answer that is asked for, at the tier that is asked for', async () => {
    const request = { ...hello, maxOutputTokens: 100 }
    const cost = async (options: Record<string, number | string>) =>
      (
        await predictCost(
          { ...request, providerOptions: { openai: options } },
          { model: { ...model, modelId: 'gpt-5' }, at },
        )
      ).cost.high
    const one = await cost({})
    expect((await cost({ n: 2 })) - one).toBe(100n * 10_000_000n)
    expect(await cost({ service_tier: 'priority' })).toBe(one * 2n)
  })
})

describe('createCallHistory', () => {
  it('keeps the newest of each model and kind, and so many kinds', () => {
    const history = createCallHistory({ limit: 2, maxKinds: 2 })
    for (const outputTokens of [1, 2, 3]) history.add({ ...model, outputTokens })
    expect([...history.records(model)]).toMatchObject([{ outputTokens: 2 }, { outputTokens: 3 }])
    history.add({ ...model, modelId: 'a', outputTokens: 1 })
    history.add({ ...model, modelId: 'b', outputTokens: 1 })
    expect([...history.records(model)]).toEqual([])
    expect([...history.records({ ...model, modelId: 'b' })]).toHaveLength(1)
  })
})

describe('ledgerHistory', () => {
  it('reads the calls of a ledger that came to their end', async () => {
    const usage = { inputTokens: 1, outputTokens: 30, reasoningTokens: 20 }
    const asked: unknown[] = []
    const ledger: CallLedger = {
      async *records(filter) {
        asked.push(filter)
        yield { ...model, outcome: 'ok', usage, kind: 'k', maxOutputTokens: 50 }
        yield { ...model, outcome: 'aborted', usage }
        yield { ...model, outcome: 'open' }
        yield { ...model, outcome: 'ok', usage }
      },
    }
    const records: unknown[] = []
    for await (const record of ledgerHistory(ledger).records({ ...model, kind: 'k' })) records.push(record)
    expect(records).toEqual([
      { ...model, outputTokens: 30, kind: 'k', maxOutputTokens: 50 },
      { ...model, outputTokens: 30 },
    ])
    expect(asked).toEqual([{ ...model, kind: 'k' }])
  })
})

import { createAgent, type LanguageModel, type ModelRequest, userText } from '@ashlar/core'
import { scriptedModel } from '@ashlar/testing'
import { describe, expect, it } from 'vitest'
import { budget } from './budget.ts'
import { BudgetExceeded } from './budget-exceeded.ts'
import { memoryLedger } from './memory-ledger.ts'
import { metered, type MeteredOptions } from './metered.ts'
import { createPriceBook } from './price-book.ts'

const prices = createPriceBook()
/** A dollar and more is reserved for all it may write. */
const gpt5 = () => scriptedModel(() => 'Short.', { provider: 'openai', modelId: 'gpt-5' })

const ask = async (model: LanguageModel, request: Partial<ModelRequest> = {}): Promise<unknown> => {
  try {
    for await (const _ of model.stream({ messages: [userText('Hello!')], ...request }));
    return undefined
  } catch (error) {
    return error
  }
}
const limitsOf = (requests: readonly ModelRequest[]): (number | undefined)[] =>
  requests.map(({ maxOutputTokens }) => maxOutputTokens)

describe('a budget with no room for all a model may write', () => {
  it('makes the call with half of what there is room for', async () => {
    const model = gpt5()
    const ledger = memoryLedger()
    const agent = createAgent({ model, plugins: [budget({ usd: 0.5, prices, ledger })] })
    expect((await agent.run('Hello!')).text).toBe('Short.')
    const [limit = 0] = limitsOf(model.requests)
    // Priority costs $20 for a million tokens: 25,000 for half a dollar, the prompt aside.
    expect(limit).toBeGreaterThan(12_000)
    expect(limit).toBeLessThan(12_500)
    for await (const { amount, maxOutputTokens } of ledger.records()) {
      expect(amount).toBeLessThan(251_000_000_000n)
      expect(maxOutputTokens).toBe(limit)
    }
  })

  it('leaves room for others at the same time, as long as answers are worth having', async () => {
    const model = gpt5()
    const ledger = memoryLedger()
    const spending = metered(model, { usd: 0.5, prices, ledger })
    const open: AsyncIterator<unknown>[] = []
    const begin = async (): Promise<unknown> => {
      const call = spending.stream({ messages: [userText('Hello!')] })[Symbol.asyncIterator]()
      open.push(call)
      return call.next().catch((error: unknown) => error)
    }
    const ends: unknown[] = []
    for (let index = 0; index < 8; index++) ends.push(await begin())
    expect(ends.findIndex((end) => BudgetExceeded.isInstance(end))).toBeGreaterThan(3)
    const { spent, reserved } = await ledger.balance({ scope: 'all', id: '', from: 0, until: 8.64e15 })
    expect(spent + reserved).toBeLessThanOrEqual(500_000_000_000n)
    for (const call of open) await call.return?.()
  })

  const refusedWith = async (options: Partial<MeteredOptions>, request: Partial<ModelRequest> = {}) => {
    const model = gpt5()
    const error = await ask(metered(model, { usd: 0.5, prices, ...options }), request)
    expect(model.requests.filter(({ maxOutputTokens = 0 }) => maxOutputTokens > 0).length).toBeLessThan(3)
    return error
  }

  it('does not touch a limit that was set, nor shorten below what is worth having, nor where told not to', async () => {
    const refused = [
      await refusedWith({}, { maxOutputTokens: 100_000 }),
      await refusedWith({ maxOutputTokens: 100_000 }),
      await refusedWith({ minOutputTokens: false }),
      await refusedWith({ minOutputTokens: 60_000 }),
      await refusedWith({ usd: 0.001 }),
    ]
    for (const error of refused) expect(BudgetExceeded.isInstance(error)).toBe(true)
    const [first, , , , last] = refused
    expect(String(first)).toMatch(/set maxOutputTokens \(up to 24\d\d\d would fit now\)/)
    expect(first).toMatchObject({ maxOutputTokens: expect.any(Number), status: 402 })
    expect(last).toMatchObject({ maxOutputTokens: expect.any(Number) })
  })

  it('is right about what would fit', async () => {
    const error = await refusedWith({ minOutputTokens: false })
    const fits = BudgetExceeded.isInstance(error) ? (error.maxOutputTokens ?? 0) : 0
    expect(await refusedWith({}, { maxOutputTokens: fits })).toBeUndefined()
    expect(BudgetExceeded.isInstance(await refusedWith({}, { maxOutputTokens: fits + 1 }))).toBe(true)
    const nothing = await refusedWith({ usd: '0.000001' })
    expect(nothing).toMatchObject({ maxOutputTokens: undefined })
    expect(String(nothing)).toContain('shorten the prompt')
  })

  it.each([0, -1, 1.5, NaN])('refuses minOutputTokens: %d', (minOutputTokens) => {
    expect(() => metered(gpt5(), { usd: 1, minOutputTokens })).toThrow(/^minOutputTokens: expected a whole/)
  })
})

describe('BudgetExceeded as JSON', () => {
  it('has its money as decimals', async () => {
    const error = await ask(metered(gpt5(), { usd: 0.1 + 0.2, prices, minOutputTokens: false }))
    const read: unknown = JSON.parse(JSON.stringify({ error }))
    expect(read).toEqual({
      error: {
        name: 'BudgetExceeded',
        code: 'budget-exceeded',
        message: expect.stringContaining('$0.30'),
        status: 402,
        scope: 'all',
        id: '',
        limit: '0.3',
        spent: '0',
        reserved: '0',
        needed: expect.stringMatching(/^2\.5\d+$/),
        maxOutputTokens: expect.any(Number),
      },
    })
  })
})

import { userText } from '@ashlar/core'
import { openai } from '@ashlar/openai'
import { createWireServer } from '@ashlar/testing/wire'
import { expect, it } from 'vitest'
import { BudgetExceeded } from './budget-exceeded.ts'
import type { Ledger } from './ledger.ts'
import { memoryLedger } from './memory-ledger.ts'
import { metered } from './metered.ts'
import { toPicoDollars } from './money.ts'
import { createPriceBook } from './price-book.ts'
import { sqliteLedger } from './sqlite-ledger.ts'

const limit = toPicoDollars('0.05')
/** Half a cent a thousand tokens: a call may write 200, and reads a handful. */
const prices = createPriceBook({
  overrides: { 'openai/gpt-4o': { contextWindow: 128_000, prices: { input: '5', output: '5' } } },
})

const ledgers: readonly (readonly [string, () => Promise<Ledger>])[] = [
  ['in memory', async () => memoryLedger()],
  ['in SQLite', () => sqliteLedger(':memory:')],
]

it.each(ledgers)(
  '200 calls at once against $0.05 never exceed it, and the refused cost nothing upstream: %s',
  async (_, open) => {
    await using ledger = await open()
    await using server = await createWireServer({
      answers: () => ({ text: 'hi', usage: { inputTokens: 8, outputTokens: 150 } }),
    })
    const upstream = openai('gpt-4o', { apiKey: 'test', baseURL: `${server.url}/v1` })
    const model = metered(upstream, { usd: '0.05', ledger, prices })
    const all = { scope: 'all', id: '', from: 0, until: 8.64e15 } as const
    const ask = async (): Promise<'answered' | 'refused'> => {
      try {
        for await (const { type } of model.stream({ messages: [userText('Hello!')], maxOutputTokens: 200 })) {
          const { spent, reserved } = await ledger.balance(all)
          expect(spent + reserved).toBeLessThanOrEqual(limit)
          if (type === 'finish') return 'answered'
        }
        return expect.unreachable('a call ends with finish')
      } catch (error) {
        if (BudgetExceeded.isInstance(error)) return 'refused'
        throw error
      }
    }
    const ends = await Promise.all(Array.from({ length: 200 }, ask))
    const answered = ends.filter((end) => end === 'answered').length
    // 49 fit while all are reserved at once; some more when the first have been settled below what was reserved.
    expect(answered).toBeGreaterThanOrEqual(45)
    expect(answered).toBeLessThanOrEqual(63)
    expect(server.requests).toHaveLength(answered)
    const { spent, reserved } = await ledger.balance(all)
    expect(reserved).toBe(0n)
    expect(spent).toBe(BigInt(answered) * 158n * 5_000_000n)
    expect(spent).toBeLessThanOrEqual(limit)
  },
)

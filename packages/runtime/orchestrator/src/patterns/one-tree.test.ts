import { createAgent, type Plugin, tool } from '@ashlar/core'
import { budget, memoryLedger } from '@ashlar/cost'
import { scriptedModel } from '@ashlar/testing'
import { describe, expect, it } from 'vitest'
import { concat } from '../aggregators.ts'
import { durable, sqliteJournal } from '../durable/index.ts'
import { mapReduce } from './map-reduce.ts'
import { pipeline } from './pipeline.ts'
import { supervisor } from './supervisor.ts'

const picoPerToken = 1_000_000n

/** A millionth of a dollar a token; a call may take 20 of them, and takes 15. */
const pricing: Parameters<typeof budget>[0]['pricing'] = () => ({
  most: 20n * picoPerToken,
  costOf: ({ inputTokens, outputTokens }) => ({
    pico: BigInt(inputTokens + outputTokens) * picoPerToken,
    priceSource: 'test',
    priceVersion: '1',
  }),
})

const agentOf = (text: string, plugins: readonly Plugin[]) =>
  createAgent({ name: text, model: scriptedModel(() => text), plugins })

describe('the agents of a pattern', () => {
  it('spend one budget, whoever of them does', async () => {
    const ledger = memoryLedger()
    const plugins = [budget({ usd: '0.000050', ledger, pricing })]
    // Room for three calls of 15 after which 20 do not fit.
    const items = ['a', 'b', 'c', 'd', 'e']
    const { items: turns, usage } = await mapReduce(
      items,
      { map: agentOf('ok', plugins), reduce: concat() },
      { runId: 'all', concurrency: 1 },
    )
    expect(turns.map(({ state }) => state)).toEqual(['done', 'done', 'done', 'failed', 'failed'])
    expect(turns[3]?.error?.name).toBe('BudgetExceeded')
    expect(usage.inputTokens + usage.outputTokens).toBe(45)
    expect(await ledger.accounts()).toEqual([
      expect.objectContaining({ scope: 'tree', id: 'all', spent: 45n * picoPerToken, reserved: 0n }),
    ])
  })

  it('spend that of the run that started the pattern', async () => {
    const ledger = memoryLedger()
    const plugins = [budget({ usd: 1, ledger, pricing })]
    const router = createAgent({
      model: scriptedModel([
        JSON.stringify({ next: 'w', text: 'go' }),
        JSON.stringify({ next: 'done', text: 'ok' }),
      ]),
      plugins,
    })
    const ask = tool({
      description: 'Asks a team',
      execute: async (_, { run: parent }) =>
        (await supervisor({ router, workers: { w: agentOf('found', plugins) } }, '?', { parent })).value,
    })
    const boss = createAgent({
      model: scriptedModel([{ toolCalls: [{ name: 'ask' }] }, 'end']),
      tools: { ask },
      plugins,
    })
    await boss.run('go', { runId: 'boss' })
    expect(await ledger.accounts()).toEqual([
      expect.objectContaining({ scope: 'tree', id: 'boss', spent: 75n * picoPerToken }),
    ])
  })

  it('go on from one journal: what was answered is not asked again', async () => {
    const journal = await sqliteJournal(':memory:')
    const plugins = [durable(journal)]
    const asked: string[] = []
    const say = (text: string, error?: Error) =>
      createAgent({
        name: text,
        model: scriptedModel(() => {
          asked.push(text)
          if (error) throw error
          return text
        }),
        plugins,
      })
    const died = new Error('the process ended here')
    const first = pipeline([say('a'), say('b', died), say('c')], 'x', { runId: 'p' })
    await expect(first).rejects.toThrow('Stage 2')
    const { value, usage } = await pipeline([say('a'), say('b'), say('c')], 'x', { runId: 'p' })
    expect([value, asked.join(' ')]).toEqual(['c', 'a b b c'])
    // Counted as if all had been asked; it is the meter that bills.
    expect(usage.inputTokens).toBe(30)
    expect((await journal.runs()).map(({ runId }) => runId).toSorted()).toEqual([
      'p/stage-1',
      'p/stage-2',
      'p/stage-3',
    ])
    await journal.close()
  })
})

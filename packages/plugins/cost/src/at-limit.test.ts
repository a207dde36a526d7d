import {
  createAgent,
  type LanguageModel,
  ModelError,
  type ModelEvent,
  type RunContext,
  userText,
} from '@ashlar/core'
import { cache, memoryStore } from '@ashlar/models'
import { scriptedModel } from '@ashlar/testing'
import { describe, expect, it } from 'vitest'
import { budget } from './budget.ts'
import { BudgetExceeded } from './budget-exceeded.ts'
import type { LedgerRecord } from './ledger.ts'
import { memoryLedger } from './memory-ledger.ts'
import { metered, type MeteredOptions } from './metered.ts'
import type { Degraded } from './metered-stream.ts'
import { createPriceBook } from './price-book.ts'
import type { Pricing } from './pricing.ts'
import { runCost } from './run-cost.ts'
import { UnknownPrice } from './unknown-price.ts'

const dollar = 10n ** 12n
const hello = { messages: [userText('hello')] }
const read = async (
  model: LanguageModel,
  more: { readonly signal?: AbortSignal } = {},
): Promise<ModelEvent[]> => {
  const events: ModelEvent[] = []
  for await (const event of model.stream({ ...hello, ...more })) events.push(event)
  return events
}
const named = (
  modelId: string,
  ...turns: Parameters<typeof scriptedModel>
): ReturnType<typeof scriptedModel> => scriptedModel(turns[0], { modelId, ...turns[1] })
const textOf = (events: readonly ModelEvent[]): string =>
  events.map((event) => (event.type === 'text-delta' ? event.text : '')).join('')

/** `dear` may cost $5, `free` has no price, everything else a cent. */
const pricing: Pricing = ({ provider, modelId }) => {
  if (modelId === 'free') throw new UnknownPrice({ provider, modelId, missing: 'its price' })
  return {
    most: modelId === 'dear' ? 5n * dollar : dollar / 100n,
    costOf: () => ({ pico: dollar / 100n, priceSource: 'test', priceVersion: '1' }),
  }
}
const busy = new ModelError('busy', { kind: 'overloaded', provider: 'scripted', modelId: 'broken' })

describe('at the limit', () => {
  const cached = async (): Promise<LanguageModel> => {
    const model = cache(named('dear', ['kept']), { store: memoryStore() })
    await read(model)
    return model
  }

  it.each([
    ['fails', () => named('broken', [{ error: busy }])],
    ['has no price', () => named('free', ['never'])],
    ['has no room', () => named('dear', ['never'])],
  ])('the next is asked when a cheaper model %s', async (_, cheaper) => {
    const degraded: Degraded[] = []
    const model = metered(named('dear', ['never']), {
      usd: 1,
      pricing,
      atLimit: [cheaper(), await cached()],
      onDegraded: (each) => void degraded.push(each),
      runId: 'r',
    })
    const events = await read(model)
    expect(textOf(events)).toBe('kept')
    const { modelId } = cheaper()
    expect(degraded).toMatchObject([
      {
        runId: 'r',
        from: { provider: 'scripted', modelId: 'dear' },
        to: { provider: 'scripted', modelId: 'dear' },
        reason: { scope: 'all', needed: 5n * dollar, spent: 0n },
        attempts: [{ modelId: 'dear', error: expect.stringContaining('no room') }, { modelId }],
      },
    ])
    expect(events.at(-1)).toMatchObject({
      type: 'finish',
      attempts: [
        { modelId: 'dear', error: expect.any(String) },
        { modelId, error: expect.any(String) },
        { modelId: 'dear' },
      ],
    })
  })

  it('the first refusal is what fails when nobody can answer, and says what else went wrong', async () => {
    const atLimit = [named('free', ['never']), named('broken', [{ error: busy }])]
    const model = metered(named('dear', ['never']), { usd: 1, pricing, atLimit })
    const error: unknown = await read(model).catch((thrown: unknown) => thrown)
    expect(BudgetExceeded.isInstance(error)).toBe(true)
    expect(error).toMatchObject({ needed: 5n * dollar, cause: { name: 'UnknownPrice' } })
  })

  it('another failure is passed on while there is room, and so are an abort and a break in the answer', async () => {
    const never = named('cheap', ['never'])
    const signal = AbortSignal.abort(new Error('enough'))
    const options: MeteredOptions = { usd: 1, pricing, atLimit: [never] }
    await expect(read(metered(named('broken', [{ error: busy }]), options))).rejects.toBe(busy)
    await expect(read(metered(named('other', ['hi']), options), { signal })).rejects.toThrow('enough')
    const aborts: LanguageModel = {
      ...named('aborts', []),
      stream: async function* () {
        yield* []
        controller.abort(new Error('left'))
        controller.signal.throwIfAborted()
      },
    }
    const controller = new AbortController()
    const late = metered(named('dear', []), { usd: 1, pricing, atLimit: [aborts, never] })
    await expect(read(late, { signal: controller.signal })).rejects.toThrow('left')
    const half = named('half', [{ text: 'begun', error: busy, errorAfter: 1 }])
    const begun = metered(named('dear', []), { usd: 1, pricing, atLimit: [half, never] })
    await expect(read(begun)).rejects.toBe(busy)
    expect(never.requests).toHaveLength(0)
  })

  it('nobody is told of another model while there is room, and no listener harms a call', async () => {
    const told: unknown[] = []
    const errors: unknown[] = []
    const options: MeteredOptions = {
      usd: 1,
      pricing,
      atLimit: [named('cheap', () => 'cheap')],
      onDegraded: ({ to }) => {
        told.push(to.modelId)
        throw new Error('listener')
      },
      onError: (error) => void errors.push(error),
    }
    const [finish] = (await read(metered(named('other', ['hi']), options))).slice(-1)
    expect([told, finish && 'attempts' in finish]).toEqual([[], false])
    expect(textOf(await read(metered(named('dear', []), options)))).toBe('cheap')
    const agent = createAgent({ model: named('dear', []), plugins: [budget(options)] })
    expect((await agent.run('hi')).text).toBe('cheap')
    expect([told, errors.length]).toEqual([['cheap', 'cheap'], 2])
  })

  it('a model without a price is refused at once, as it would be when it is needed', () => {
    const prices = createPriceBook({
      overrides: { 'scripted/cheap': { prices: { input: '1', output: '1' } } },
    })
    const bad = { usd: 1, prices, atLimit: [named('cheap', []), named('free', [])] }
    expect(() => budget(bad)).toThrow('atLimit[1]: expected a model with a price')
    expect(() => metered(named('cheap', []), bad)).toThrow('scripted/free')
    expect(() => budget({ ...bad, prices: createPriceBook({ free: ['scripted'] }) })).not.toThrow()
    expect(() => budget({ ...bad, pricing })).not.toThrow()
  })
})

describe('the calls of a budget', () => {
  it('are told when they begin and when they end, however they do', async () => {
    const ledger = memoryLedger()
    const begun: LedgerRecord[] = []
    const ended: LedgerRecord[] = []
    const errors: unknown[] = []
    const usage = { inputTokens: 3, outputTokens: 1, estimated: true } as const
    const facts = { kind: 'overloaded', provider: 'p', modelId: 'm', usage } as const
    const model = metered(
      named('m', [
        'hi',
        { error: new ModelError('broken off', facts) },
        { error: busy },
        { text: 'x'.repeat(99), deltaDelayMs: 5 },
      ]),
      {
        usd: 1,
        pricing,
        ledger,
        onReserve: (record) => void begun.push(record),
        onCall: (record) => {
          ended.push(record)
          throw new Error('listener')
        },
        onError: (error) => void errors.push(error),
      },
    )
    await read(model)
    await expect(read(model)).rejects.toThrow('broken off')
    await expect(read(model)).rejects.toBe(busy)
    const controller = new AbortController()
    const left = async (): Promise<void> => {
      for await (const _ of model.stream({ ...hello, signal: controller.signal })) controller.abort()
    }
    await expect(left()).rejects.toThrow('aborted')
    expect(begun.map(({ outcome, cost }) => [outcome, cost])).toEqual(
      Array.from({ length: 4 }, () => ['open', 0n]),
    )
    expect(ended.map(({ outcome }) => outcome)).toEqual(['ok', 'failed', 'failed', 'aborted'])
    const records: LedgerRecord[] = []
    for await (const record of ledger.records()) records.push(record)
    expect(ended).toEqual(records)
    expect(begun.map(({ id }) => id)).toEqual(records.map(({ id }) => id))
    expect(errors).toHaveLength(4)
  })

  it('are paid by whom each run says', async () => {
    const ledger = memoryLedger()
    const users = new Map([
      ['run-1', 'alice'],
      ['run-2', 'bob'],
    ])
    const key = ({ runId }: RunContext): string | undefined => users.get(runId)
    const limits = [{ usd: '0.01', per: 'key' }] as const
    const plugin = budget({ limits, pricing, ledger, key, project: () => 'site' })
    const agent = createAgent({ model: named('m', () => 'hi'), plugins: [plugin] })
    await agent.run('hi', { runId: 'run-1' })
    await expect(agent.run('hi', { runId: 'run-1' })).rejects.toMatchObject({ scope: 'key', id: 'alice' })
    await agent.run('hi', { runId: 'run-2' })
    await expect(agent.run('hi', { runId: 'run-3' })).rejects.toThrow('key: expected')
    expect((await ledger.accounts()).map(({ id }) => id)).toEqual(['alice', 'bob'])
    for await (const { project } of ledger.records()) expect(project).toBe('site')
  })

  it('are added up for a run, with what it has started', async () => {
    const ledger = memoryLedger()
    for (const runId of ['root', 'root/call', 'root/call/deeper', 'root/call-2', 'other'])
      await read(metered(named(runId === 'root' ? 'm' : 'n', ['hi']), { usd: 1, pricing, ledger, runId }))
    const { total, lines } = await runCost(ledger, 'root')
    expect(total).toMatchObject({
      calls: 4,
      cost: dollar / 25n,
      inputTokens: 40,
      outputTokens: 20,
      reserved: 0n,
    })
    expect(lines.map(({ name, calls }) => [name, calls])).toEqual([
      ['scripted/n', 3],
      ['scripted/m', 1],
    ])
    expect((await runCost(ledger, 'root/call')).total.calls).toBe(2)
    expect((await runCost(ledger, 'nobody')).total).toMatchObject({ calls: 0, cost: 0n })
  })
})

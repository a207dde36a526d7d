import {
  type Agent,
  approval,
  createAgent,
  type LanguageModel,
  ModelError,
  type ModelEvent,
  type ModelRequest,
  type Plugin,
  tool,
  type Tools,
  userText,
} from '@ashlar/core'
import { cache, memoryStore, retry } from '@ashlar/models'
import { fakeClock, scriptedEmbeddingModel, scriptedModel } from '@ashlar/testing'
import { testPlugin } from '@ashlar/testing/contract'
import { describe, expect, it } from 'vitest'
import { budget } from './budget.ts'
import { BudgetExceeded } from './budget-exceeded.ts'
import { type BudgetOptions, createBudget } from './create-budget.ts'
import { ledgerWith } from './fixture-ledger.ts'
import { forever, type Ledger, type LedgerRecord } from './ledger.ts'
import { memoryLedger } from './memory-ledger.ts'
import { metered, meteredEmbeddings } from './metered.ts'
import { createPriceBook } from './price-book.ts'
import type { Pricing } from './pricing.ts'
import { UnknownPrice } from './unknown-price.ts'

const picoPerToken = 1_000_000n
const usd = (tokens: number): string => (tokens / 1_000_000).toFixed(6)

/** A millionth of a dollar a token; a call may take 100 of them, unless it says otherwise. */
const pricing: Pricing = (call) => ({
  most: BigInt(('request' in call && call.request.maxOutputTokens) || 100) * picoPerToken,
  costOf: ({ inputTokens, outputTokens }) => ({
    pico: BigInt(inputTokens + outputTokens) * picoPerToken,
    priceSource: 'test',
    priceVersion: '1',
  }),
})

/** 15 tokens a call, as `scriptedModel` counts unless told. */
const perCall = 15n * picoPerToken

const recordsOf = async (ledger: Ledger): Promise<LedgerRecord[]> => {
  const records: LedgerRecord[] = []
  for await (const record of ledger.records()) records.push(record)
  return records
}
const spentOf = async (ledger: Ledger): Promise<bigint> => {
  const { spent, reserved } = await ledger.balance({ scope: 'all', id: '', ...forever })
  expect(reserved).toBe(0n)
  return spent
}
const read = async (stream: AsyncIterable<ModelEvent>): Promise<ModelEvent[]> => {
  const events: ModelEvent[] = []
  for await (const event of stream) events.push(event)
  return events
}
const hello: ModelRequest = { messages: [userText('hello')] }
const overloaded = new ModelError('busy', { kind: 'overloaded', provider: 'p', modelId: 'm' })

testPlugin({ name: 'budget', create: () => budget({ usd: 1, pricing }) }, { describe, it })

describe('budget', () => {
  it('charges every call of a run, and refuses the one that has no room', async () => {
    const ledger = memoryLedger()
    const model = scriptedModel(() => ({ toolCalls: [{ name: 'again', input: { at: Math.random() } }] }))
    const again = tool({ description: 'Goes on.', execute: async () => 'ok' })
    // Room for 100 reserved after 100 spent: the calls at 0, 15, … 90 and 105 go out; at 120 only 80 are left.
    const agent = createAgent({
      model,
      tools: { again },
      plugins: [budget({ usd: usd(200), ledger, pricing })],
    })
    const error = await agent.run('go', { runId: 'run' }).catch((thrown: unknown) => thrown)
    expect(BudgetExceeded.isInstance(error)).toBe(true)
    expect(error).toMatchObject({
      code: 'budget-exceeded',
      scope: 'tree',
      id: 'run',
      limit: 200n * picoPerToken,
      spent: 105n * picoPerToken,
      reserved: 0n,
      needed: 100n * picoPerToken,
      resetsAt: undefined,
    })
    expect(String(error)).toContain('it may cost $0.00010, $0.00011 is spent')
    expect(model.requests).toHaveLength(7)
    expect(await spentOf(ledger)).toBe(7n * perCall)
    expect((await recordsOf(ledger))[0]).toMatchObject({
      runId: 'run',
      kind: 'agent',
      provider: 'scripted',
      outcome: 'ok',
      cost: perCall,
      usage: { inputTokens: 10, outputTokens: 5 },
      priceSource: 'test',
      priceVersion: '1',
    })
  })

  it('counts a tree of agents, and what a plugin asks in between, as one', async () => {
    const ledger = memoryLedger()
    const plugin = budget({ usd: usd(1000), ledger, pricing, key: 'alice', project: 'site' })
    const summariser = scriptedModel(['in short'])
    let asked = 0
    const summary: Plugin = {
      name: 'summary',
      setup: () => ({
        aroundModel: async function* (call, next) {
          const { meter } = call.request
          if (meter && asked++ === 0) await read(summariser.stream({ ...hello, meter }))
          yield* next(call)
        },
      }),
    }
    const inner = createAgent({ name: 'inner', model: scriptedModel(['done', 'done']), plugins: [plugin] })
    const ask = tool({
      description: 'Asks another.',
      execute: async (_, { run }) => (await inner.run('?', { parent: run })).text,
    })
    const calls = [{ name: 'ask' }, { name: 'ask' }]
    const outer = createAgent({
      name: 'outer',
      model: scriptedModel([{ toolCalls: calls }, 'all done']),
      tools: { ask },
      plugins: [plugin, summary],
    })
    await outer.run('go', { runId: 'root' })
    const records = await recordsOf(ledger)
    const kinds = Map.groupBy(records, ({ kind }) => kind)
    expect([kinds.get('inner')?.length, kinds.get('outer')?.length, kinds.size]).toEqual([2, 3, 2])
    for (const { runId, key, project } of records)
      expect([runId?.split('/')[0], key, project]).toEqual(['root', 'alice', 'site'])
    expect(await ledger.accounts()).toEqual([
      expect.objectContaining({ scope: 'tree', id: 'root', spent: 5n * perCall, reserved: 0n }),
    ])
  })

  it('holds a tree to its limit, whichever agent of it spends', async () => {
    const ledger = memoryLedger()
    const plugin = budget({ usd: usd(150), ledger, pricing })
    const inner = createAgent({ model: scriptedModel(() => 'ok'), plugins: [plugin] })
    const results: string[] = []
    const ask = tool({
      description: 'Asks others.',
      execute: async (_, { run }) => {
        const runs = Array.from({ length: 5 }, () => inner.run('?', { parent: run }))
        for (const { status } of await Promise.allSettled(runs)) results.push(status)
        return 'ok'
      },
    })
    const outer = createAgent({
      model: scriptedModel([{ toolCalls: [{ name: 'ask' }] }, 'end']),
      tools: { ask },
      plugins: [plugin],
    })
    await outer.run('go', { runId: 'root' })
    // All five at once: 15 spent, 100 reserved for one, and no room for a second.
    expect(results.filter((status) => status === 'fulfilled')).toHaveLength(1)
    expect(await spentOf(ledger)).toBe(3n * perCall)
  })

  describe('with agents inside that have no budget', () => {
    const asking = (runs: number, agent: Agent, statuses: string[] = []) =>
      tool({
        description: 'Asks others.',
        execute: async (_, { run }) => {
          const all = Array.from({ length: runs }, () => agent.run('?', { parent: run }))
          for (const { status } of await Promise.allSettled(all)) statuses.push(status)
          return 'ok'
        },
      })
    const above = (tools: Tools, plugins: readonly Plugin[] = []): Agent => {
      const model = scriptedModel(({ messages }) =>
        messages.at(-1)?.role === 'tool' ? 'end' : { toolCalls: [{ name: 'ask' }] },
      )
      return createAgent({ model, tools, plugins })
    }
    const plain = (): Agent => createAgent({ model: scriptedModel(() => 'ok') })

    it('holds the tree to its limit, side by side and at any depth', async () => {
      const ledger = memoryLedger()
      const statuses: string[] = []
      const middle = above({ ask: asking(50, plain(), statuses) })
      const outer = above({ ask: asking(1, middle) }, [budget({ usd: usd(300), ledger, pricing })])
      await outer.run('go', { runId: 'root' })
      // 30 spent above: two of 100 fit beside each other, and none when 100 are left for it all.
      expect(statuses.filter((status) => status === 'fulfilled')).toHaveLength(2)
      expect(await spentOf(ledger)).toBe(6n * perCall)
      expect(await ledger.accounts()).toEqual([
        expect.objectContaining({ scope: 'tree', id: 'root', spent: 6n * perCall, reserved: 0n }),
      ])
      // Without any budget, all 50 are fulfilled.
      const free: string[] = []
      await above({ ask: asking(50, plain(), free) }).run('go')
      expect(free.filter((status) => status === 'fulfilled')).toHaveLength(50)
    })

    it('holds too when a saved run starts with its tools', async () => {
      const ledger = memoryLedger()
      const statuses: string[] = []
      const plugins = [budget({ usd: usd(120), ledger, pricing }), approval()]
      const outer = above({ ask: asking(5, plain(), statuses) }, plugins)
      const paused = await outer.run('go', { runId: 'root' })
      const approvals = Object.fromEntries(paused.pending.map(({ callId }) => [callId, true as const]))
      await outer.run(paused, { approvals }).catch(() => {})
      expect(statuses.filter((status) => status === 'fulfilled')).toHaveLength(1)
      // 15 for the call that paused, 15 for the one below; the next has no room for 100 beside 30.
      expect(await spentOf(ledger)).toBe(2n * perCall)
    })

    it('bills one that has a budget of its own to both', async () => {
      const [ledger, own] = [memoryLedger(), memoryLedger()]
      const inner = createAgent({
        name: 'inner',
        model: scriptedModel(() => 'ok'),
        plugins: [budget({ usd: 1, ledger: own, pricing })],
      })
      await above({ ask: asking(2, inner) }, [budget({ usd: 1, ledger, pricing })]).run('go')
      expect([await spentOf(ledger), await spentOf(own)]).toEqual([4n * perCall, 2n * perCall])
    })
  })

  it('bills failed tries, and neither cached nor replayed answers', async () => {
    const ledger = memoryLedger()
    const usage = { inputTokens: 10, outputTokens: 2, estimated: true } as const
    const facts = { kind: 'overloaded', provider: 'p', modelId: 'm', usage } as const
    const broken = new ModelError('broken off', facts)
    const upstream = scriptedModel([{ error: broken }, 'answer'])
    const model = cache(retry(upstream, { baseMs: 1 }), { store: memoryStore() })
    const plugin = budget({ usd: 1, ledger, pricing })
    for (let times = 0; times < 3; times++)
      expect((await createAgent({ model, plugins: [plugin] }).run('hello')).text).toBe('answer')
    const records = await recordsOf(ledger)
    expect(records.map(({ outcome, cost }) => [outcome, cost])).toEqual([
      ['failed', 12n * picoPerToken],
      ['ok', perCall],
    ])
    expect(upstream.requests).toHaveLength(2)
  })

  it('bills nothing for a refused call, and an aborted one by what was counted', async () => {
    const ledger = memoryLedger()
    const controller = new AbortController()
    const model = scriptedModel([{ error: overloaded }, { text: 'x'.repeat(99), deltaDelayMs: 5 }])
    const agent = createAgent({ model, plugins: [budget({ usd: 1, ledger, pricing })] })
    await expect(agent.run('hello')).rejects.toBe(overloaded)
    const run = agent.run('hello', { signal: controller.signal })
    await expect(
      (async () => {
        for await (const { type } of run) if (type === 'text-delta') controller.abort()
      })(),
    ).rejects.toThrow('The run was aborted')
    expect((await recordsOf(ledger)).map(({ outcome, cost }) => [outcome, cost])).toEqual([
      ['failed', 0n],
      ['aborted', perCall],
    ])
  })

  it('knows what a run cost when it has ended, and when it was left', async () => {
    const slow = memoryLedger()
    const ledger: Ledger = ledgerWith(slow, {
      settle: async (...given) => {
        await new Promise((resolve) => setTimeout(resolve, 20))
        return slow.settle(...given)
      },
    })
    const agent = createAgent({
      model: scriptedModel(() => 'hello'),
      plugins: [budget({ usd: 1, ledger, pricing })],
    })
    await agent.run('?')
    expect(await spentOf(slow)).toBe(perCall)
    for await (const { type } of agent.run('?')) if (type === 'text-delta') break
    await expect.poll(() => spentOf(slow)).toBe(2n * perCall)
  })

  it('refuses a model without a price', async () => {
    const model = scriptedModel(['never'])
    const run = createAgent({ model, plugins: [budget({ usd: 5 })] }).run('hello')
    expect(UnknownPrice.isInstance(await run.catch((thrown: unknown) => thrown))).toBe(true)
    expect(model.requests).toHaveLength(0)
  })

  it('prices by the catalog, at the tier the request asks for', async () => {
    const ledger = memoryLedger()
    const usage = { inputTokens: 1000, outputTokens: 100 }
    const model = scriptedModel(() => 'hi', { provider: 'acme', modelId: 'one', usage })
    const prices = createPriceBook({
      overrides: {
        'acme/one': { contextWindow: 4000, prices: { input: '2', output: '10' } },
      },
    })
    await createAgent({ model, plugins: [budget({ usd: 1, ledger, prices })] }).run('hello')
    expect(await recordsOf(ledger)).toMatchObject([
      { cost: 3_000_000_000n, priceSource: 'override', amount: expect.any(BigInt) },
    ])
    await expect(
      createAgent({ model, plugins: [budget({ usd: '0.0001', ledger, prices })] }).run('hello'),
    ).rejects.toThrow('maxOutputTokens')
  })

  it('charges what was reserved when something used has no price', async () => {
    const ledger = memoryLedger()
    const errors: unknown[] = []
    const missing = new UnknownPrice({ provider: 'p', modelId: 'm', missing: 'its price of audio' })
    const strange: Pricing = () => ({
      most: 7n,
      costOf: () => {
        throw missing
      },
    })
    const onError = (error: unknown): void => void errors.push(error)
    const plugin = budget({ usd: 1, ledger, pricing: strange, onError })
    await createAgent({ model: scriptedModel(['hi']), plugins: [plugin] }).run('hello')
    expect(await recordsOf(ledger)).toMatchObject([{ outcome: 'ok', cost: 7n, priceSource: 'reservation' }])
    expect(errors).toEqual([missing])
  })

  it('keeps a call reserved that cannot be settled, and says so', async () => {
    const inner = memoryLedger()
    const errors: unknown[] = []
    const full = new Error('disk full')
    const ledger: Ledger = ledgerWith(inner, { settle: () => Promise.reject(full) })
    const plugin = budget({ usd: 1, ledger, pricing, onError: (error) => void errors.push(error) })
    const { text } = await createAgent({ model: scriptedModel(['hi']), plugins: [plugin] }).run('hello')
    expect([text, errors]).toEqual(['hi', [full]])
    const { reserved } = await inner.balance({ scope: 'all', id: '', ...forever })
    expect(reserved).toBe(100n * picoPerToken)
  })

  it('asks the meter it was given as well, and settles when that refuses', async () => {
    const [ledger, outer] = [memoryLedger(), memoryLedger()]
    const model = scriptedModel(['hi'])
    const within = budget({ usd: 1, ledger, pricing })
    const around = budget({ usd: usd(1), ledger: outer, pricing, per: 'all' })
    const run = createAgent({ model, plugins: [around, within] }).run('hello')
    await expect(run).rejects.toMatchObject({ scope: 'all' })
    expect([await spentOf(ledger), model.requests.length]).toEqual([0n, 0])
  })
})

describe('at the limit', () => {
  const small = (maxOutputTokens: number, model: LanguageModel): LanguageModel => ({
    ...model,
    stream: (request) => model.stream({ ...request, maxOutputTokens }),
  })

  it('asks a cheaper model, then the cache, and fails clearly then', async () => {
    const ledger = memoryLedger()
    const store = memoryStore()
    const dear = scriptedModel(() => 'dear', { modelId: 'dear' })
    const cheap = scriptedModel(() => 'cheap', { modelId: 'cheap' })
    const cached = cache(dear, { store })
    await read(cached.stream(hello))
    const atLimit = [small(30, cheap), cached]
    const plugin = budget({ usd: usd(120), per: 'all', ledger, pricing, atLimit })
    const agent = createAgent({ model: dear, plugins: [plugin] })
    const answers: string[] = []
    for (let run = 0; run < 8; run++) answers.push((await agent.run('hello')).text)
    // 2 × 15 spent leave 90: too little for the dear model. At 105 there is none for the cheap one.
    expect(answers).toEqual(['dear', 'dear', 'cheap', 'cheap', 'cheap', 'cheap', 'cheap', 'dear'])
    expect(dear.requests).toHaveLength(3)
    const error = await agent.run('something new').catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ name: 'BudgetExceeded', spent: 105n * picoPerToken })
    expect(await spentOf(ledger)).toBe(105n * picoPerToken)
  })

  it('does not hide another failure, nor begin anew in the middle of an answer', async () => {
    const failing = scriptedModel([{ error: overloaded }])
    const never = scriptedModel(['never'])
    const broke = createAgent({ model: failing, plugins: [budget({ usd: 1, pricing, atLimit: [never] })] })
    await expect(broke.run('hello')).rejects.toBe(overloaded)
    expect(never.requests).toHaveLength(0)
    const exceeded = new BudgetExceeded({
      scope: 'all',
      id: '',
      ...forever,
      limit: 1n,
      spent: 0n,
      reserved: 0n,
      needed: 2n,
      window: undefined,
      timeZone: 'UTC',
    })
    const late = scriptedModel([{ text: 'begun', error: exceeded, errorAfter: 1 }])
    const begun = createAgent({ model: late, plugins: [budget({ usd: 1, pricing, atLimit: [never] })] })
    await expect(begun.run('hello')).rejects.toBe(exceeded)
    expect(never.requests).toHaveLength(0)
  })
})

describe('meteredEmbeddings', () => {
  it('reserves what the texts can cost at most, and bills what was counted', async () => {
    const ledger = memoryLedger()
    const prices = createPriceBook({
      overrides: { 'scripted/scripted-embedding': { prices: { input: '1' } } },
    })
    const upstream = scriptedEmbeddingModel({ modelId: 'scripted-embedding' })
    const model = meteredEmbeddings(upstream, { usd: '0.0001', ledger, prices, key: 'alice' })
    const { embeddings, usage } = await model.embed(['one', 'zwei', 'три'])
    expect(embeddings).toHaveLength(3)
    expect(await recordsOf(ledger)).toMatchObject([
      {
        key: 'alice',
        outcome: 'ok',
        amount: 37n * picoPerToken,
        cost: BigInt(usage.inputTokens) * picoPerToken,
      },
    ])
    await expect(model.embed(['x'.repeat(100)])).rejects.toThrow(BudgetExceeded)
    expect(await spentOf(ledger)).toBe(BigInt(usage.inputTokens) * picoPerToken)
    const unpriced = meteredEmbeddings(upstream, { usd: 1, ledger })
    await expect(unpriced.embed(['one'])).rejects.toThrow(UnknownPrice)
  })
})

describe('metered', () => {
  it('limits what requests may write that set no limit, so that less is reserved', async () => {
    const ledger = memoryLedger()
    const options = { usd: usd(95), pricing, ledger, maxOutputTokens: 40 }
    const upstream = scriptedModel(() => 'hi')
    await read(metered(upstream, options).stream(hello))
    await createAgent({ model: upstream, plugins: [budget(options)] }).run('hello')
    await read(metered(upstream, options).stream({ ...hello, maxOutputTokens: 50 }))
    expect(upstream.requests.map(({ maxOutputTokens }) => maxOutputTokens)).toEqual([40, 40, 50])
  })

  it('is a model under a budget, with no agent', async () => {
    const upstream = scriptedModel(() => 'hi')
    const model = metered(upstream, { usd: usd(115), pricing })
    expect([model.provider, model.modelId]).toEqual(['scripted', 'scripted'])
    expect(await read(model.stream(hello))).toEqual(
      await read(upstream.stream(hello)).then(withId('response_1')),
    )
    await read(model.stream(hello))
    await expect(read(model.stream(hello))).rejects.toThrow(BudgetExceeded)
    expect(upstream.requests).toHaveLength(3)
  })

  it('shares a ledger with others, by key and by project', async () => {
    const ledger = memoryLedger()
    const limits = [
      { usd: usd(100), per: 'key' },
      { usd: usd(130), per: 'project' },
    ] as const
    const model = (key: string): LanguageModel =>
      metered(
        scriptedModel(() => 'hi'),
        { limits, ledger, pricing, key, project: 'site' },
      )
    await read(model('alice').stream(hello))
    await expect(read(model('alice').stream(hello))).rejects.toMatchObject({ scope: 'key', id: 'alice' })
    await read(model('bob').stream(hello))
    await read(model('carol').stream(hello))
    await expect(read(model('dave').stream(hello))).rejects.toMatchObject({ scope: 'project', id: 'site' })
  })

  it('begins anew with the window', async () => {
    const clock = fakeClock(Date.parse('2026-03-29T22:30+02:00'))
    const options = { usd: usd(100), window: 'day', timeZone: 'Europe/Berlin', pricing, clock } as const
    const model = metered(
      scriptedModel(() => 'hi'),
      options,
    )
    await read(model.stream(hello))
    await expect(read(model.stream(hello))).rejects.toMatchObject({
      window: 'day',
      resetsAt: Date.parse('2026-03-30T00:00+02:00'),
      message: expect.stringContaining('or wait until 2026-03-30T00:00:00+02:00'),
    })
    await clock.advance(90 * 60_000)
    await read(model.stream(hello))
  })
})

const withId =
  (id: string) =>
  (events: ModelEvent[]): ModelEvent[] =>
    events.map((event) =>
      event.type === 'finish' ? { ...event, response: { ...event.response, id } } : event,
    )

describe('createBudget', () => {
  it('gives back what was lost before it refuses, where that is the rule', async () => {
    const clock = fakeClock()
    const ledger = memoryLedger({ onExpiry: 'release' })
    const { meter, state } = createBudget({
      usd: usd(100),
      per: 'all',
      ledger,
      pricing,
      clock,
      leaseMs: 1000,
    })
    await meter().reserve(scriptedModel([]), hello)
    await expect(meter().reserve(scriptedModel([]), hello)).rejects.toThrow(BudgetExceeded)
    await clock.advance(1000)
    const settle = await meter().reserve(scriptedModel([]), hello)
    expect(await state()).toMatchObject([{ spent: 0n, reserved: 100n * picoPerToken }])
    settle(undefined)
  })

  it('holds a call until after its deadline', async () => {
    const clock = fakeClock()
    const ledger = memoryLedger()
    const { meter } = createBudget({ usd: 1, per: 'all', ledger, pricing, clock, leaseMs: 10 })
    await meter().reserve(scriptedModel([]), { ...hello, deadline: clock.now() + 5000.5 })
    expect(await recordsOf(ledger)).toMatchObject([{ leaseUntil: clock.now() + 65_001, outcome: 'open' }])
  })

  it.each<[string, BudgetOptions]>([
    ['usd', {}],
    ['usd', { usd: -1 }],
    ['usd', { usd: 'much' }],
    ['per', { usd: 1, ...JSON.parse('{"per":"month"}') }],
    ['timeZone', { usd: 1, timeZone: 'Mars' }],
    ['alertAt', { usd: 1, alertAt: [80] }],
    ['leaseMs', { usd: 1, leaseMs: 0 }],
    ['key', { usd: 1, per: 'key' }],
    ['project', { limits: [{ usd: 1, per: 'project' }] }],
  ])('refuses a wrong %s', (argument, options) => {
    expect(() => budget({ pricing, ...options })).toThrow(`${argument}: expected`)
    expect(() => metered(scriptedModel([]), { pricing, ...options })).toThrow(`${argument}: expected`)
  })

  it('has limits for one key only, which are not about the others', async () => {
    const { meter, state } = createBudget({ usd: usd(50), per: 'key', id: 'alice', pricing })
    await expect(meter({ key: 'alice' }).reserve(scriptedModel([]), hello)).rejects.toThrow('for key alice')
    await meter({ key: 'bob' }).reserve(scriptedModel([]), hello)
    await meter().reserve(scriptedModel([]), hello)
    expect(await state({ key: 'bob' })).toEqual([])
  })
})

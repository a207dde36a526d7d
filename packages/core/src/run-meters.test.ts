import { scriptedModel } from '@ashlar/testing'
import { describe, expect, it } from 'vitest'
import { type Agent, approval, createAgent, type Meter, type Plugin, type RunContext, tool } from './index.ts'
import { type Metered, runMeters } from './model.ts'

/** Counts the calls it hears of by model. */
const counting = (outer?: Meter): { meter: Meter; heard: Map<string, number> } => {
  const heard = new Map<string, number>()
  const reserve: Meter['reserve'] = async (model, request) => {
    const settle = await outer?.reserve(model, request)
    heard.set(model.modelId, (heard.get(model.modelId) ?? 0) + 1)
    return (usage) => settle?.(usage)
  }
  return { heard, meter: { reserve } }
}

/** Sets the meter of each request, as a plugin does that knows nothing of runs below. */
const perCall = (meter: Meter): Plugin => ({
  name: 'per-call',
  setup: () => ({
    aroundModel: (call, next) => next({ ...call, request: { ...call.request, meter } }),
  }),
})

/** Hears each call of its run, and of those below: a budget. */
const perTree = (meter: Meter): Plugin => {
  const over = (outer?: Meter): Meter => ({
    reserve: async (...call) => {
      const settle = await meter.reserve(...call)
      const settleOuter = await outer?.reserve(...call)
      return (usage) => {
        settle(usage)
        settleOuter?.(usage)
      }
    },
  })
  return {
    name: 'per-tree',
    setup: (run: RunContext & Metered) => {
      run[runMeters]?.tree.set(meter, over)
      return {
        aroundModel: (call, next) =>
          next({ ...call, request: { ...call.request, meter: over(call.request.meter) } }),
      }
    },
  }
}

/** Watches each call, chaining the meter it finds: a trace. */
const watching = (): { plugin: Plugin; calls: () => number } => {
  let calls = 0
  const aroundModel: NonNullable<ReturnType<NonNullable<Plugin['setup']>>['aroundModel']> = (call, next) => {
    const { meter: outer } = call.request
    const meter: Meter = {
      reserve: async (...call) => (calls++, (await outer?.reserve(...call)) ?? (() => {})),
    }
    return next({ ...call, request: { ...call.request, meter } })
  }
  return { plugin: { name: 'watching', setup: () => ({ aroundModel }) }, calls: () => calls }
}

const asking = (...below: readonly Agent[]) =>
  tool({
    description: 'Asks those below',
    execute: async (_, { run }) => {
      await Promise.all(below.map((agent) => agent.run('?', { parent: run })))
      return 'asked'
    },
  })
const leaf = (plugins: readonly Plugin[] = [], modelId = 'leaf'): Agent =>
  createAgent({ model: scriptedModel(() => 'ok', { modelId }), plugins })
const above = (below: readonly Agent[], plugins: readonly Plugin[] = [], modelId = 'middle'): Agent =>
  createAgent({
    model: scriptedModel(
      ({ messages }) => (messages.at(-1)?.role === 'tool' ? 'ok' : { toolCalls: [{ name: 'ask' }] }),
      {
        modelId,
      },
    ),
    tools: { ask: asking(...below) },
    plugins,
  })

describe.each([
  ['a meter of requests', perCall],
  ['a meter of the tree', perTree],
])('%s', (_, plugin) => {
  it('hears the runs below that have none, side by side and at any depth', async () => {
    const { heard, meter } = counting()
    await above([leaf(), leaf(), above([leaf()])], [plugin(meter)], 'root').run('?')
    expect(Object.fromEntries(heard)).toEqual({ root: 2, middle: 2, leaf: 3 })
  })

  it('hears each call once where those below have the same plugin', async () => {
    const { heard, meter } = counting()
    const same = plugin(meter)
    await above([leaf([same]), above([leaf()], [same])], [same], 'root').run('?')
    expect(Object.fromEntries(heard)).toEqual({ root: 2, middle: 2, leaf: 2 })
  })

  it('refuses a call below', async () => {
    const meter: Meter = {
      reserve: async (model) => {
        if (model.modelId === 'leaf') throw new Error('no room')
        return () => {}
      },
    }
    const { messages } = await above([leaf()], [plugin(meter)], 'root').run('?')
    expect(messages[2]).toMatchObject({ content: [{ output: 'no room', isError: true }] })
  })

  it('does not hear runs that are part of no other', async () => {
    const { heard, meter } = counting()
    const apart = leaf()
    const ask = tool({ description: 'Asks', execute: async () => (await apart.run('?')).text })
    const model = scriptedModel([{ toolCalls: [{ name: 'ask' }] }, 'ok'], { modelId: 'root' })
    await createAgent({ model, tools: { ask }, plugins: [plugin(meter)] }).run('?')
    expect(Object.fromEntries(heard)).toEqual({ root: 2 })
  })
})

describe('a meter of requests alone', () => {
  it('leaves those to another that have one of their own', async () => {
    const [outer, inner] = [counting(), counting()]
    await above([leaf([perCall(inner.meter)])], [perCall(outer.meter)], 'root').run('?')
    expect([Object.fromEntries(outer.heard), Object.fromEntries(inner.heard)]).toEqual([
      { root: 2 },
      { leaf: 1 },
    ])
  })
})

describe('a meter of the tree', () => {
  it('holds with those that runs below bring, each of which hears a call once', async () => {
    const [one, two, three] = [counting(), counting(), counting()]
    const [first, second, third] = [one, two, three].map(({ meter }) => perTree(meter))
    if (!first || !second || !third) throw new Error('three')
    const below = above([leaf(), leaf([second]), leaf([first, second, third])], [third])
    await above([below], [first, second], 'root').run('?')
    expect([one, two, three].map(({ heard }) => Object.fromEntries(heard))).toEqual([
      { root: 2, middle: 2, leaf: 3 },
      { root: 2, middle: 2, leaf: 3 },
      { middle: 2, leaf: 3 },
    ])
  })

  it('hears what a resumed call starts before the model is asked', async () => {
    const { heard, meter } = counting()
    const agent = above([leaf()], [perTree(meter), approval()], 'root')
    const paused = await agent.run('?')
    const approvals = Object.fromEntries(paused.pending.map(({ callId }) => [callId, true as const]))
    expect((await agent.run(paused, { approvals })).reason).toBe('done')
    expect(Object.fromEntries(heard)).toEqual({ root: 2, leaf: 1 })
  })

  it('is chained by what watches the calls below, which watches its own alone', async () => {
    const { heard, meter } = counting()
    const [outer, inner] = [watching(), watching()]
    await above([leaf([inner.plugin])], [outer.plugin, perTree(meter)], 'root').run('?')
    expect(Object.fromEntries(heard)).toEqual({ root: 2, leaf: 1 })
    expect([outer.calls(), inner.calls()]).toEqual([2, 1])
  })
})

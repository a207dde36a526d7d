import { type Bus, BusError, deadLetterTopic, inProcessBus } from '@ashlar/bus'
import { AshlarError, InvalidArgument } from '@ashlar/core'
import { fakeClock } from '@ashlar/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AgentMessage } from './agent-message.ts'
import { createMessenger, type Messenger } from './messenger.ts'

/** Lets everything that is ready happen. */
const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve))
}

const withAgents = async <T>(
  ids: readonly string[],
  work: (agents: readonly Messenger[], bus: Bus) => Promise<T>,
): Promise<T> => {
  const bus = inProcessBus({ random: () => 0 })
  const agents = await Promise.all(ids.map((agentId) => createMessenger({ bus, agentId })))
  try {
    return await work(agents, bus)
  } finally {
    for (const agent of agents) await agent.close()
    await bus.close()
  }
}

const pair = <T>(work: (a: Messenger, b: Messenger, bus: Bus) => Promise<T>): Promise<T> =>
  withAgents(['a', 'b'], async ([a, b], bus) => {
    if (!a || !b) throw new Error('two agents')
    return work(a, b, bus)
  })

/** Takes messages one at a time, when told to. */
const turnstile = (agent: Messenger) => {
  const seen: AgentMessage[] = []
  let release = Promise.withResolvers<void>()
  agent.onMessage(async (message) => {
    seen.push(message)
    await release.promise
  })
  return {
    seen,
    next: async (): Promise<void> => {
      release.resolve()
      release = Promise.withResolvers()
      await settled()
    },
  }
}

describe('createMessenger', () => {
  it('asks and is answered, with everything in the envelope', () =>
    pair(async (a, b, bus) => {
      const envelopes: unknown[] = []
      await bus.subscribe('agent.b', (envelope) => void envelopes.push(envelope))
      b.onMessage(({ data, from }) => `${from}: ${String(data)}!`)
      const options = { priority: 3, correlationId: 'job', causationId: 'm1' }
      expect(await a.request('b', { type: 'tea.asked', data: 'tea' }, options)).toBe('a: tea!')
      expect(envelopes).toMatchObject([
        {
          specversion: '1.0',
          source: 'a',
          subject: 'b',
          type: 'tea.asked',
          correlationId: 'job',
          causationId: 'm1',
          replyTo: expect.stringMatching(/^reply\./),
          expiresAt: expect.any(String),
          data: { kind: 'request', priority: 3, content: 'tea' },
        },
      ])
    }))

  it('tells a requester at once why there is no answer, and asks no second time', () =>
    pair(async (a, b) => {
      let calls = 0
      b.onMessage(() => {
        calls += 1
        throw new Error('no tea')
      })
      const error: unknown = await a.request('b', { type: 'tea.asked' }).catch((thrown: unknown) => thrown)
      expect(AshlarError.isInstance(error) && [error.code, error.message]).toEqual([
        'request-failed',
        'b could not answer tea.asked: "no tea"',
      ])
      expect(calls).toBe(1)
    }))

  it('fails a request to nobody after its time, and one that is aborted at once', async () => {
    const clock = fakeClock()
    const bus = inProcessBus({ clock })
    const a = await createMessenger({ bus, agentId: 'a', clock })
    const late = a.request('nobody', { type: 'x.y' }, { ttlMs: 50 }).catch((error: unknown) => error)
    await clock.advance(50)
    const error = await late
    expect(BusError.isInstance(error) && error.code).toBe('timeout')
    const controller = new AbortController()
    const left = a.request('nobody', { type: 'x.y' }, { signal: controller.signal })
    controller.abort(new Error('enough'))
    await expect(left).rejects.toThrow('enough')
    await a.close()
  })

  it('broadcasts to all but itself', () =>
    withAgents(['a', 'b', 'c'], async ([a, b, c]) => {
      const heard: string[] = []
      for (const agent of [a, b, c])
        agent?.onMessage(({ kind, data }) => void heard.push(`${agent.agentId} ${kind} ${String(data)}`))
      await a?.broadcast({ type: 'news.told', data: 1 })
      await settled()
      expect(heard.toSorted()).toEqual(['b broadcast 1', 'c broadcast 1'])
    }))

  it('gives a notification to its handler again, then to the dead letters', () =>
    pair(async (a, b, bus) => {
      const dead: unknown[] = []
      await bus.subscribe(deadLetterTopic('agent.b'), ({ data }) => void dead.push(data))
      let tries = 0
      b.onMessage(({ data }) => {
        tries += 1
        if (data === 'never' || tries < 3) throw new Error('not now')
      })
      await a.notify('b', { type: 'x.y', data: 'third time' })
      await settled()
      expect([tries, dead]).toEqual([3, []])
      await a.notify('b', { type: 'x.y', data: 'never' })
      await settled()
      expect(dead).toMatchObject([{ topic: 'agent.b', attempts: 3, error: 'not now' }])
    }))

  it('drops and counts what expired in the mailbox, and nothing else', async () => {
    const clock = fakeClock()
    const bus = inProcessBus({ clock })
    const a = await createMessenger({ bus, agentId: 'a', clock })
    const b = await createMessenger({ bus, agentId: 'b', clock })
    await a.notify('b', { type: 'x.y', data: 'short' }, { ttlMs: 100 })
    await a.notify('b', { type: 'x.y', data: 'long' }, { ttlMs: 101 })
    await a.notify('b', { type: 'x.y', data: 'for ever' })
    await clock.advance(100)
    const seen: unknown[] = []
    b.onMessage(({ data }) => void seen.push(data))
    await settled()
    expect([seen, b.expired, b.waiting]).toEqual([['long', 'for ever'], 1, 0])
    await Promise.all([a.close(), b.close()])
  })

  it('deals once with a message that the bus brings again, before and after', () =>
    pair(async (_, b, bus) => {
      const data = { kind: 'notification', priority: 0, content: 'once' }
      const again = () => bus.publish('agent.b', { id: 'm1', source: 'a', type: 'x.y', data })
      await again()
      await again()
      await settled()
      expect(b.waiting).toBe(1)
      const seen: unknown[] = []
      b.onMessage((message) => void seen.push(message.data))
      await settled()
      await again()
      await settled()
      expect(seen).toEqual(['once'])
    }))

  it('gives what no handler came for back to the bus', () =>
    pair(async (a, b, bus) => {
      const dead: unknown[] = []
      await bus.subscribe(deadLetterTopic('agent.b'), ({ data }) => void dead.push(data))
      await a.notify('b', { type: 'x.y' })
      await settled()
      expect(b.waiting).toBe(1)
      await b[Symbol.asyncDispose]()
      expect(dead).toMatchObject([{ error: 'The messenger was closed' }])
    }))

  it('deals with what waits before it is closed', () =>
    pair(async (a, b) => {
      const seen: unknown[] = []
      b.onMessage(async ({ data }) => {
        await settled()
        seen.push(data)
      })
      for (const data of [1, 2, 3]) await a.notify('b', { type: 'x.y', data })
      await settled()
      await b.close()
      expect(seen).toEqual([1, 2, 3])
    }))

  it('takes one handler at a time, and none of what is not its own', () =>
    pair(async (a, b, bus) => {
      const off = b.onMessage(() => 'old')
      expect(() => b.onMessage(() => 'new')).toThrow(InvalidArgument)
      off()
      off()
      b.onMessage(() => 'new')
      expect(await a.request('b', { type: 'x.y' })).toBe('new')
      await bus.publish('agent.b', { type: 'stray.event', data: 7 })
      await settled()
      expect(b.waiting).toBe(0)
    }))

  it.each([
    [{ agentId: 'a b' }, 'agentId'],
    [{ concurrency: 0 }, 'concurrency'],
    [{ capacity: 1.5 }, 'capacity'],
    [{ attempts: 0 }, 'attempts'],
  ])('refuses %j', async (wrong, name) => {
    await expect(createMessenger({ bus: inProcessBus(), agentId: 'a', ...wrong })).rejects.toThrow(name)
  })

  it.each([[{ priority: Number.NaN }], [{ ttlMs: 0 }], [{ ttlMs: Infinity }]])(
    'refuses to send with %j',
    (wrong) =>
      pair(async (a) => {
        await expect(a.notify('b', { type: 'x.y' }, wrong)).rejects.toThrow(InvalidArgument)
      }),
  )
})

const command = fc.oneof(
  fc.record({
    do: fc.constant('send' as const),
    priority: fc.integer({ min: -2, max: 2 }),
    from: fc.constantFrom('a', 'c'),
  }),
  fc.record({ do: fc.constant('next' as const) }),
)

/** What a mailbox is: the highest priority first, within it what came first. `wrong` sees to it that the test would see. */
const model = (wrong = false) => {
  const waiting: { readonly data: number; readonly priority: number }[] = []
  return {
    add: (data: number, priority: number): void => void waiting.push({ data, priority }),
    take: (): number | undefined => {
      const best = Math.max(...waiting.map(({ priority }) => priority))
      const fits = ({ priority }: { priority: number }): boolean => priority === best
      const at = wrong ? waiting.findLastIndex(fits) : waiting.findIndex(fits)
      return waiting.splice(at, 1)[0]?.data
    },
    get size(): number {
      return waiting.length
    },
  }
}

const followsModel = (wrong: boolean) =>
  fc.asyncProperty(fc.array(command, { minLength: 1, maxLength: 40 }), (commands) =>
    withAgents(['a', 'b', 'c'], async ([a, b, c]) => {
      if (!a || !b || !c) throw new Error('three agents')
      const { seen, next } = turnstile(b)
      const expected: number[] = []
      const box = model(wrong)
      const receiver = { isBusy: false }
      const takeNext = (): void => {
        const data = box.size > 0 ? box.take() : undefined
        receiver.isBusy = data !== undefined
        if (data !== undefined) expected.push(data)
      }
      for (const [data, one] of commands.entries()) {
        if (one.do === 'send') {
          await (one.from === 'a' ? a : c).notify('b', { type: 'x.y', data }, { priority: one.priority })
          await settled()
          box.add(data, one.priority)
          if (!receiver.isBusy) takeNext()
        } else if (receiver.isBusy) {
          await next()
          takeNext()
        }
      }
      while (receiver.isBusy) {
        await next()
        takeNext()
      }
      expect(seen.map(({ data }) => data)).toEqual(expected)
      expect(b.waiting).toBe(0)
    }),
  )

describe('a mailbox, by its model', () => {
  it('loses nothing, and takes the highest priority first and in order', async () => {
    await expect(fc.assert(followsModel(false), { numRuns: 60 })).resolves.toBeUndefined()
  })
  it('would be told apart from one that takes the last first', async () => {
    await expect(fc.assert(followsModel(true), { numRuns: 60 })).rejects.toThrow('Property failed')
  })
  it('drops exactly what is past its time, and counts it', async () => {
    const sent = fc.record({
      priority: fc.integer({ min: 0, max: 2 }),
      ttlMs: fc.option(fc.integer({ min: 1, max: 10 })),
      wait: fc.nat(4),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(sent, { maxLength: 20 }), async (messages) => {
        const clock = fakeClock()
        const bus = inProcessBus({ clock })
        const a = await createMessenger({ bus, agentId: 'a', clock })
        const b = await createMessenger({ bus, agentId: 'b', clock })
        const due: { data: number; priority: number; until: number }[] = []
        for (const [data, { priority, ttlMs, wait }] of messages.entries()) {
          await a.notify('b', { type: 'x.y', data }, { priority, ...(ttlMs !== null && { ttlMs }) })
          due.push({ data, priority, until: clock.now() + (ttlMs ?? Infinity) })
          await clock.advance(wait)
        }
        const alive = due.filter(({ until }) => until > clock.now())
        const seen: unknown[] = []
        b.onMessage((message) => void seen.push(message.data))
        await settled()
        expect(seen).toEqual(alive.toSorted((x, y) => y.priority - x.priority).map(({ data }) => data))
        expect([b.expired, b.waiting]).toEqual([due.length - alive.length, 0])
        await Promise.all([a.close(), b.close()])
      }),
      { numRuns: 60 },
    )
  })
  it('gives every request its own answer, however many ask whom at once', async () => {
    const asked = fc.array(
      fc.record({
        from: fc.nat(2),
        to: fc.nat(2),
        priority: fc.integer({ min: 0, max: 3 }),
        turns: fc.nat(3),
      }),
      { maxLength: 30 },
    )
    await fc.assert(
      fc.asyncProperty(asked, (requests) =>
        withAgents(['a', 'b', 'c'], async (agents) => {
          const ids = agents.map(({ agentId }) => agentId)
          for (const agent of agents)
            agent.onMessage(async ({ data, from, correlationId }) => {
              await settled()
              return [agent.agentId, from, correlationId, data]
            })
          const answers = await Promise.all(
            requests.map(async ({ from, to, priority }, i) =>
              agents[from]?.request(
                ids[to] ?? '',
                { type: 'x.y', data: i },
                { priority, correlationId: `job-${i}` },
              ),
            ),
          )
          expect(answers).toEqual(requests.map(({ from, to }, i) => [ids[to], ids[from], `job-${i}`, i]))
        }),
      ),
      { numRuns: 20 },
    )
  })
})

import { createAgent, tool, userText } from '@ashlar/core'
import { fakeClock, scriptedModel } from '@ashlar/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { defineGraph } from '../define-graph.ts'
import { RunLeased } from './durable-errors.ts'
import { durableRuns, type DurableRuns } from './durable-runs.ts'
import type { Journal } from './journal.ts'
import { sqliteJournal } from './sqlite-journal.ts'

let journal: Journal
let runs: DurableRuns
beforeEach(async () => {
  journal = await sqliteJournal(':memory:')
  runs = durableRuns(journal)
})
afterEach(() => journal.close())

const messages = [userText('go')]

/** An agent with a tool that must not run twice, and waits until it may end. */
const payer = () => {
  const gate = Promise.withResolvers<void>()
  const paid: string[] = []
  const pay = tool({
    description: 'Pays',
    input: { type: 'object' },
    execute: async (_, { idempotencyKey }) => {
      paid.push(idempotencyKey)
      await gate.promise
      return 'paid'
    },
  })
  const agentOf = (on: DurableRuns = runs) =>
    createAgent({
      model: scriptedModel(({ messages: { length } }) =>
        length === 1 ? { toolCalls: [{ callId: 'p', name: 'pay', input: {} }] } : 'done',
      ),
      tools: { pay },
      plugins: [on.plugin],
    })
  return { gate, paid, agentOf }
}

/** How each ended: its text, or what was thrown. */
const endsOf = async (all: readonly PromiseLike<{ text: string }>[]): Promise<unknown[]> =>
  (await Promise.allSettled(all.map(async (one) => one))).map((end) => {
    if (end.status === 'fulfilled') return end.value.text
    const error: unknown = end.reason
    const cause = error instanceof Error && error.cause ? error.cause : error
    return RunLeased.isInstance(cause) ? 'leased' : error
  })

describe('one run has one writer in one process', () => {
  it('a run begun twice under one id runs once', async () => {
    const { gate, paid, agentOf } = payer()
    const ends = endsOf([1, 2].map(() => agentOf().run({ messages }, { runId: 'r' })))
    await expect.poll(() => paid.length).toBe(1)
    gate.resolve()
    expect(new Set(await ends)).toEqual(new Set(['done', 'leased']))
    expect(paid).toEqual(['r/1/p'])
    expect((await agentOf().run({ messages }, { runId: 'r' })).text).toBe('done')
    expect(paid).toHaveLength(1)
  })

  it('of a run that is resumed, nobody begins another; it is resumed once at a time', async () => {
    const { gate, paid, agentOf } = payer()
    for await (const { type } of agentOf().run({ messages }, { runId: 'r' })) if (type === 'step-start') break
    const resumed = runs.resume(agentOf(), 'r')
    await expect.poll(() => paid.length).toBe(1)
    const others = [agentOf().run({ messages }, { runId: 'r' }), runs.resume(agentOf(), 'r')]
    expect(await endsOf(others)).toEqual(['leased', 'leased'])
    gate.resolve()
    expect([(await resumed).text, paid.length]).toEqual(['done', 1])
  })

  it('a run inside another is one too', async () => {
    const { gate, paid, agentOf } = payer()
    const graph = defineGraph([{ id: 'a' }])
    const run = await runs.runGraph<{ id: string }, unknown[]>(
      graph,
      async (_, { idempotencyKey: runId }) =>
        endsOf([1, 2].map(() => agentOf().run({ messages }, { runId }))),
      { runId: 'g' },
    )
    await expect.poll(() => paid.length).toBe(1)
    gate.resolve()
    const { outcomes } = await run.result
    expect(outcomes.get('a')?.output?.toSorted()).toEqual(['done', 'leased'])
    expect(paid).toEqual(['g/a/1/p'])
  })

  it('a graph started twice does its tasks once', async () => {
    const gate = Promise.withResolvers<void>()
    let done = 0
    const start = () =>
      runs.runGraph(
        defineGraph([{ id: 'a' }]),
        async () => {
          done += 1
          await gate.promise
        },
        { runId: 'g' },
      )
    const first = await start()
    await expect(start()).rejects.toSatisfy(RunLeased.isInstance)
    gate.resolve()
    expect([(await first.result).state, done]).toEqual(['success', 1])
    expect((await (await start()).result).state).toBe('success')
    expect(done).toBe(1)
  })

  it('control: where two journals do not know of each other, it runs twice', async () => {
    const { gate, paid, agentOf } = payer()
    const other = await sqliteJournal(':memory:')
    const ends = endsOf([runs, durableRuns(other)].map((on) => agentOf(on).run({ messages }, { runId: 'r' })))
    await expect.poll(() => paid.length).toBe(2)
    gate.resolve()
    expect(await ends).toEqual(['done', 'done'])
    await other.close()
  })

  it('a process that slept past its lease has no effect that it had only begun', async () => {
    const clock = fakeClock(1_000_000)
    const shared = await sqliteJournal(':memory:', { clock })
    const { gate, paid, agentOf } = payer()
    gate.resolve()
    const asleep = Promise.withResolvers<void>()
    let began = false
    // Its beginning is acknowledged, and it hears of that much later.
    const sleeping: Journal = {
      ...shared,
      claim: async (request) => {
        const claim = await shared.claim(request)
        const write: typeof claim.write = async (step) => {
          await claim.write(step)
          if (step.state !== 'started') return
          began = true
          await asleep.promise
        }
        return { ...claim, write }
      },
    }
    // Nor do its timers fire.
    const stopped = { ...fakeClock(1_000_000), now: () => clock.now() }
    const zombie = agentOf(durableRuns(sleeping, { clock: stopped, leaseMs: 1_000 }))
    const ends = endsOf([zombie.run({ messages }, { runId: 'r' })])
    await expect.poll(() => began).toBe(true)
    await clock.advance(1_001)
    const other = agentOf(durableRuns(shared, { clock }))
    await other.run({ messages }, { runId: 'r' })
    asleep.resolve()
    expect(await ends).toMatchObject([{ cause: { code: 'lease-lost' } }])
    expect(paid).toEqual([])
    expect((await shared.run('r'))?.unknown).toBe(1)
    await shared.close()
  })
})

import { createAgent, InvalidArgument, textOf, userText } from '@ashlar/core'
import { scriptedModel } from '@ashlar/testing'
import { describe, expect, it } from 'vitest'
import { toJson } from '../durable/recorded-model.ts'
import { readRun } from '../view/follow-run.ts'
import { embedded, graphDefinition, openRuns, type RunParts, RunsClosed } from './index.ts'
import type { Task } from '../task.ts'

describe('openRuns', () => {
  it('refuses a wrong option', async () => {
    for (const wrong of [{ concurrency: -1 }, { concurrency: 0.5 }, { leaseMs: 1 }, { version: '' }])
      await expect(openRuns({ engine: embedded(':memory:'), ...wrong })).rejects.toSatisfy(
        InvalidArgument.isInstance,
      )
    expect(() => embedded(':memory:', { pollMs: 0 })).toThrow(InvalidArgument)
  })
  it('closes what it opened when the engine cannot serve', async () => {
    let closed = 0
    const engine = embedded(':memory:')
    const opening = openRuns({
      engine: {
        openJournal: async () => {
          const journal = await engine.openJournal()
          const close = async (): Promise<void> => {
            closed += 1
            await journal.close()
          }
          return { ...journal, close }
        },
        serve: () => Promise.reject(new Error('no queue')),
      },
    })
    await expect(opening).rejects.toThrow('no queue')
    expect(closed).toBe(1)
  })
  it('shows what waits as queued', async () => {
    const agents = { clerk: () => createAgent({ model: scriptedModel([]) }) }
    const runs = await openRuns({ engine: embedded(':memory:'), agents, concurrency: 0 })
    await runs.startAgent('clerk', 'Hello', { runId: 'a' })
    const view = await readRun(runs.journal, 'a')
    expect(view?.state).toBe('queued')
    expect(view?.endedAt).toBeUndefined()
    await runs.close()
    await runs.close()
  })
  it('stops waiting when it is told to, and when it is closed', async () => {
    const agents = { clerk: () => createAgent({ model: scriptedModel([]) }) }
    const runs = await openRuns({ engine: embedded(':memory:'), agents, concurrency: 0 })
    const runId = await runs.startAgent('clerk', 'Hello')
    const leaving = new AbortController()
    const left = runs.result(runId, { signal: leaving.signal })
    const closed = runs.result(runId)
    leaving.abort(new Error('enough'))
    await expect(left).rejects.toThrow('enough')
    const [told] = await Promise.allSettled([closed, runs.close()])
    expect(told).toMatchObject({ status: 'rejected', reason: expect.any(RunsClosed) })
  })
  it('closes though an agent is never made', async () => {
    const asked = Promise.withResolvers<void>()
    const agents = {
      clerk: () => {
        asked.resolve()
        return new Promise<never>(() => {})
      },
    }
    const runs = await openRuns({ engine: embedded(':memory:'), agents })
    await runs.startAgent('clerk', 'Hello')
    await asked.promise
    expect(await runs.close()).toBeUndefined()
  })
  it('refuses what is asked after it was closed', async () => {
    const agents = { clerk: () => createAgent({ model: scriptedModel([]) }) }
    const runs = await openRuns({ engine: embedded(':memory:'), agents, concurrency: 0 })
    const runId = await runs.startAgent('clerk', 'Hello')
    const closed = [runs.close(), runs.close()]
    for (const ask of [
      () => runs.startAgent('clerk', 'Hello'),
      () => runs.result(runId),
      () => runs.resume(runId),
      () => runs.cancel(runId),
      () => runs.list(),
    ])
      await expect(ask()).rejects.toSatisfy(RunsClosed.isInstance)
    await Promise.all(closed)
  })
  it('closes the journal though its queue cannot be closed', async () => {
    let closed = 0
    const engine = embedded(':memory:')
    const runs = await openRuns({
      engine: {
        openJournal: async () => {
          const journal = await engine.openJournal()
          return { ...journal, close: () => journal.close().then(() => void (closed += 1)) }
        },
        serve: async (journal, worker) => {
          const queue = await engine.serve(journal, { ...worker, concurrency: 0 })
          return {
            add: (run) => queue.add(run),
            drop: (runId) => queue.drop(runId),
            close: () => Promise.reject(new Error('no way out')),
          }
        },
      },
    })
    await expect(runs.close()).rejects.toThrow('no way out')
    expect(closed).toBe(1)
  })
  it('refuses a start that nobody could begin', async () => {
    const agents = { clerk: () => createAgent({ model: scriptedModel([]) }) }
    const runs: { startAgent(name: string, input: unknown): Promise<string>; close(): Promise<void> } =
      await openRuns({ engine: embedded(':memory:'), agents })
    for (const input of [undefined, null, [], {}, 3])
      await expect(runs.startAgent('clerk', input)).rejects.toSatisfy(InvalidArgument.isInstance)
    await runs.close()
  })
  it('finds its runs behind thousands that no worker knows, and the urgent one behind its own', async () => {
    const engine = embedded(':memory:', { pollMs: 10 })
    const journal = await engine.openJournal()
    const begin = async (count: number, how: { name: string; version: string }): Promise<void> => {
      await Promise.all(
        Array.from({ length: count }, async (_, i) => {
          const input = { messages: toJson([userText(how.name)]) }
          const runId = `${how.name}-${how.version}-${i}`
          await (await journal.claim({ ...how, runId, input, leaseMs: 100 })).end('running')
        }),
      )
    }
    await begin(1_001, { name: 'stranger', version: '1' })
    await begin(1_001, { name: 'clerk', version: 'old' })
    await begin(1_001, { name: 'clerk', version: '1' })
    const asked: string[] = []
    const goOn = Promise.withResolvers<void>()
    const model = scriptedModel(async ({ messages }) => {
      asked.push(textOf(messages[0]))
      await goOn.promise
      return 'Done.'
    })
    const looked = Promise.withResolvers<void>()
    let looks = 0
    const runs = await openRuns({
      agents: { clerk: ({ plugins }: RunParts) => createAgent({ model, plugins }) },
      concurrency: 1,
      engine: {
        openJournal: async () => ({
          ...journal,
          runs: (filter) => {
            looks += 1
            if (looks === 3) looked.resolve()
            return journal.runs(filter)
          },
        }),
        serve: (own, worker) => engine.serve(own, worker),
      },
    })
    await expect.poll(() => asked).toEqual(['clerk'])
    const urgent = await runs.startAgent('clerk', 'urgent', { priority: 1 })
    looks = 0
    await looked.promise
    goOn.resolve()
    expect((await runs.result(urgent)).state).toBe('done')
    expect(asked.slice(0, 2)).toEqual(['clerk', 'urgent'])
    const left = () => journal.runs({ name: 'clerk', version: '1', isDue: true, limit: 1 })
    await expect.poll(left, { timeout: 10_000 }).toEqual([])
    expect(asked).toHaveLength(1_002)
    await runs.close()
  })
  it('knows the tasks of each graph', async () => {
    interface Sum extends Task {
      readonly price: number
    }
    const sum = graphDefinition<Sum, number>({
      work:
        () =>
        ({ price }) =>
          price,
    })
    const runs = await openRuns({ engine: embedded(':memory:'), graphs: { sum } })
    const runId = await runs.startGraph('sum', [{ id: 'a', price: 3 }])
    expect(await runs.result(runId)).toMatchObject({ state: 'done', result: { a: 'success' } })
    // @ts-expect-error a task of it has a price
    const wrong = runs.startGraph('sum', [{ id: 'a' }], { runId })
    // @ts-expect-error there is no such graph
    await expect(runs.startGraph('other', [{ id: 'a' }])).rejects.toSatisfy(InvalidArgument.isInstance)
    // @ts-expect-error there are no agents
    await expect(runs.startAgent('clerk', 'Hello')).rejects.toSatisfy(InvalidArgument.isInstance)
    expect(await wrong).toBe(runId)
    await runs.close()
  })
})

import { approval, createAgent, InvalidArgument, ModelError, type Plugin, tool, userText } from '@ashlar/core'
import { fakeClock, scriptedModel } from '@ashlar/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { defineGraph } from '../define-graph.ts'
import { LeaseLost, ReplayMismatch, RunLeased } from './durable-errors.ts'
import { durable, durableRuns } from './durable-runs.ts'
import type { Claim, Journal } from './journal.ts'
import { RunCancelled } from '../graph-errors.ts'
import { toJson } from './recorded-model.ts'
import { sqliteJournal } from './sqlite-journal.ts'

let journal: Journal
beforeEach(async () => {
  journal = await sqliteJournal(':memory:')
})
afterEach(() => journal.close())

const call = (name: string, callId: string) => ({ toolCalls: [{ callId, name, input: {} }] })

/** What a plugin threw. */
const causeOf = async (promise: PromiseLike<unknown>): Promise<unknown> => {
  try {
    await promise
    return undefined
  } catch (error) {
    return error instanceof Error ? error.cause : undefined
  }
}

/** Tools that count what they do. */
const counting = () => {
  const done: string[] = []
  const make = (name: string, annotations: object = {}) =>
    tool({
      description: name,
      input: { type: 'object' },
      annotations,
      execute: (_, { idempotencyKey }) => {
        done.push(`${name} ${idempotencyKey}`)
        return `${name} done`
      },
    })
  return { done, tools: { keyed: make('keyed', { idempotent: true }), raw: make('raw') } }
}

/** Ends the process, as far as a test can: the n-th write of the journal, and all after it, do not happen. */
const dyingAt = (n: number, when: 'before' | 'after'): Journal => {
  let writes = 0
  let isDead = false
  const die = async <T>(write: () => Promise<T>): Promise<T> => {
    const isLast = ++writes === n
    if (isDead || (isLast && when === 'before')) {
      isDead = true
      throw new Error('the process died')
    }
    const result = await write()
    if (isLast) isDead = true
    if (isDead) throw new Error('the process died')
    return result
  }
  const mortal = (claim: Claim): Claim => ({
    ...claim,
    write: (step) => die(() => claim.write(step)),
    end: (state, result) => die(() => claim.end(state, result)),
  })
  // A process that died holds its lease until it runs out; this one is given back.
  return { ...journal, claim: async (request) => mortal(await journal.claim({ ...request, leaseMs: 0 })) }
}

const script = [call('keyed', 'k'), call('raw', 'r'), 'all done']
const messages = [userText('go')]

describe('durable', () => {
  it('records a run, and repeats it without model and tools', async () => {
    const { done, tools } = counting()
    const first = createAgent({ model: scriptedModel(script), tools, plugins: [durable(journal)] })
    const result = await first.run({ messages }, { runId: 'r' })
    expect((await journal.run('r'))?.state).toBe('done')
    expect((await journal.steps('r')).map(({ key, state }) => `${key} ${state}`)).toEqual([
      'r:model/1 done',
      'r:tool/1/k done',
      'r:model/2 done',
      'r:tool/2/r done',
      'r:model/3 done',
    ])
    const model = scriptedModel([])
    const second = createAgent({ model, tools, plugins: [durable(journal)] })
    const again = await second.run({ messages }, { runId: 'r' })
    expect(again).toEqual(result)
    expect(done).toEqual(['keyed r/1/k', 'raw r/2/r'])
    expect(model.requests).toEqual([])
  })

  it('killed at any write, ends the same: a keyed effect once, any other once or unknown', async () => {
    const outcomes = new Set<string>()
    for (const when of ['before', 'after'] as const)
      for (let n = 1; n <= 8; n++) {
        const runId = `${when}-${n}`
        const { done, tools } = counting()
        const agentOn = (on: Journal) =>
          createAgent({
            // Answers by the transcript, as a model does.
            model: scriptedModel(({ messages: { length } }) => script[(length - 1) / 2] ?? 'lost'),
            tools,
            plugins: [durable(on)],
          })
        await expect(agentOn(dyingAt(n, when)).run({ messages }, { runId })).rejects.toThrow(
          'the process died',
        )
        const { text, messages: transcript } = await agentOn(journal).run({ messages }, { runId })
        expect(text).toBe('all done')
        // The receiver of a keyed call drops a key that it knows.
        expect(new Set(done.filter((one) => one.startsWith('keyed')))).toEqual(
          new Set([`keyed ${runId}/1/k`]),
        )
        const raw = done.filter((one) => one.startsWith('raw')).length
        const { unknown } = (await journal.run(runId)) ?? {}
        expect(raw).toBeLessThanOrEqual(1)
        expect(unknown).toBe(JSON.stringify(transcript).includes('is unknown') ? 1 : 0)
        if (unknown === 0) expect(raw).toBe(1)
        outcomes.add(`${raw} done, ${unknown} unknown`)
      }
    // Some of these deaths are between effect and record, some are not.
    expect([...outcomes].toSorted()).toEqual(['0 done, 1 unknown', '1 done, 0 unknown', '1 done, 1 unknown'])
  })

  it('a retry above it keeps the key of what failed', async () => {
    const twice: Plugin = {
      name: 'twice',
      setup: () => ({
        aroundModel: async function* (one, next) {
          try {
            yield* next(one)
          } catch {
            yield* next(one)
          }
        },
      }),
    }
    const broken = new ModelError('no', { kind: 'overloaded', provider: 'p', modelId: 'm' })
    const run = (model: ReturnType<typeof scriptedModel>) =>
      createAgent({ model, plugins: [twice, durable(journal)] }).run({ messages }, { runId: 'r' })
    expect((await run(scriptedModel([{ error: broken }, 'second try']))).text).toBe('second try')
    expect((await run(scriptedModel([]))).text).toBe('second try')
  })

  it('shows a recorded answer to whoever reads text', async () => {
    const agentOf = (...turns: string[]) =>
      createAgent({ model: scriptedModel(turns), plugins: [durable(journal)] })
    await agentOf('hello there').run({ messages }, { runId: 'r' })
    let text = ''
    let replayed: unknown
    for await (const event of agentOf().run({ messages }, { runId: 'r' })) {
      if (event.type === 'text-delta') text += event.text
      if (event.type === 'step-end') replayed = event.usage
    }
    expect(text).toBe('hello there')
    expect(replayed).toBeDefined()
  })

  it('refuses a run that does not repeat itself', async () => {
    const agent = createAgent({ model: scriptedModel(() => 'ok'), plugins: [durable(journal)] })
    await agent.run({ messages }, { runId: 'r' })
    const other = agent.run('something else', { runId: 'r' })
    expect(await causeOf(other)).toSatisfy(ReplayMismatch.isInstance)
  })

  it('refuses a run that another process has, and a zombie cannot write', async () => {
    const clock = fakeClock(1_000_000)
    const shared = await sqliteJournal(':memory:', { clock })
    const gate = Promise.withResolvers<void>()
    const { done, tools } = counting()
    const slow: Plugin = {
      name: 'slow',
      setup: () => ({
        aroundTool: async (one, next) => {
          await gate.promise
          return next(one)
        },
      }),
    }
    // No timer of the zombie fires: its machine was asleep.
    const asleep = { ...fakeClock(1_000_000), now: () => clock.now() }
    const zombie = createAgent({
      model: scriptedModel(script),
      tools,
      plugins: [slow, durable(shared, { clock: asleep, leaseMs: 1_000 })],
    }).run({ messages }, { runId: 'r' })
    const zombieEnd = causeOf(zombie)
    const other = createAgent({
      model: scriptedModel(script.slice(1)),
      tools,
      plugins: [durable(shared, { clock })],
    })
    await expect.poll(async () => (await shared.steps('r')).length).toBe(1)
    expect(await causeOf(other.run({ messages }, { runId: 'r' }))).toSatisfy(RunLeased.isInstance)
    await clock.advance(1_001)
    expect((await other.run({ messages }, { runId: 'r' })).text).toBe('all done')
    gate.resolve()
    expect(await zombieEnd).toSatisfy(LeaseLost.isInstance)
    expect(done).toEqual(['keyed r/1/k', 'raw r/2/r'])
    await shared.close()
  })

  it('hears that it was cancelled elsewhere, and stops its tools', async () => {
    const stopped: string[] = []
    const wait = tool({
      description: 'Waits',
      input: { type: 'object' },
      execute: (_, { signal, callId }) =>
        new Promise<string>((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            stopped.push(callId)
            reject(signal.reason)
          })
        }),
    })
    const runs = durableRuns(journal, { leaseMs: 1_500 })
    const model = scriptedModel([call('wait', 'w')])
    const agent = createAgent({ model, tools: { wait }, plugins: [runs.plugin] })
    const running = causeOf(agent.run({ messages }, { runId: 'r' }))
    await expect.poll(async () => (await journal.steps('r')).length).toBe(2)
    expect(await journal.cancel('r')).toBe('asked')
    expect(await running).toSatisfy(RunCancelled.isInstance)
    expect([stopped, (await journal.run('r'))?.state]).toEqual([['w'], 'aborted'])
    expect(await journal.run('r')).toMatchObject({ result: { code: 'run-cancelled' } })

    const graph = defineGraph([{ id: 'a' }, { id: 'b', dependsOn: ['a'] }])
    const graphRun = await runs.runGraph(
      graph,
      (_, { signal }) =>
        new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
      { runId: 'g' },
    )
    await expect.poll(async () => (await journal.steps('g')).length).toBe(1)
    expect(await journal.cancel('g')).toBe('asked')
    expect((await graphRun.result).state).toBe('cancelled')
    expect(await journal.run('g')).toMatchObject({
      state: 'aborted',
      result: { a: 'cancelled', b: 'cancelled' },
    })
  })

  it('an approval survives the process', async () => {
    const { done, tools } = counting()
    const agentOn = (on: Journal, ...turns: Parameters<typeof scriptedModel>[0] & unknown[]) => {
      const runs = durableRuns(on)
      const agent = createAgent({ model: scriptedModel(turns), tools, plugins: [approval(), runs.plugin] })
      return { runs, agent }
    }
    const paused = await agentOn(journal, call('raw', 'r')).agent.run({ messages }, { runId: 'a' })
    expect([paused.reason, (await journal.run('a'))?.state]).toEqual(['paused', 'paused'])
    // Approved, and killed before the effect: the approval is in the journal.
    const dying = agentOn(dyingAt(1, 'before'))
    await expect(dying.runs.resume(dying.agent, 'a', { approvals: { r: true } })).rejects.toThrow(
      'the process died',
    )
    const last = agentOn(journal, 'after it')
    const result = await last.runs.resume(last.agent, 'a')
    expect([result.text, done]).toEqual(['after it', ['raw a/1/r']])
    expect((await journal.run('a'))?.state).toBe('done')
    await expect(last.runs.resume(last.agent, 'nobody')).rejects.toThrow('a run that is in the journal')
  })

  it('does not resume an agent that is not recorded, before it does anything', async () => {
    const { done, tools } = counting()
    const runs = durableRuns(journal)
    const agentWith = (plugins: Plugin[]) =>
      createAgent({ model: scriptedModel([call('raw', 'r'), 'the end']), tools, plugins })
    const request = { name: 'agent', version: '1', input: toJson({ messages }), leaseMs: 100 }
    for (const runId of ['without', 'with']) await (await journal.claim({ ...request, runId })).end('running')
    const outer: Plugin = { name: 'outer', setup: () => ({}) }
    await expect(runs.resume(agentWith([outer]), 'without')).rejects.toThrow(
      'agent: expected an agent that has their plugin, received "agent"',
    )
    expect([done, (await journal.run('without'))?.state]).toEqual([[], 'failed'])
    expect((await runs.resume(agentWith([outer, runs.plugin]), 'with')).text).toBe('the end')
    expect(done).toEqual(['raw with/1/r'])
  })

  it('writes a tree of runs by one claim', async () => {
    const runs = durableRuns(journal)
    const sub = createAgent({ name: 'sub', model: scriptedModel(() => 'found'), plugins: [runs.plugin] })
    const ask = tool({
      description: 'Asks',
      input: { type: 'object' },
      execute: async (_, { run }) => (await sub.run('find', { parent: run })).text,
    })
    const main = createAgent({
      model: scriptedModel([call('ask', 'x'), 'so']),
      tools: { ask },
      plugins: [runs.plugin],
    })
    expect((await main.run({ messages }, { runId: 'm' })).text).toBe('so')
    expect((await journal.runs()).map(({ runId }) => runId)).toEqual(['m'])
    expect((await journal.steps('m')).map(({ key }) => key)).toContain('m/x:model/1')
  })

  it('a graph goes on with the tasks that are left', async () => {
    const runs = durableRuns(journal)
    const graph = defineGraph([{ id: 'a' }, { id: 'b', dependsOn: ['a'] }, { id: 'c', dependsOn: ['b'] }])
    const ran: string[] = []
    const work = (broken: string) => (task: { id: string }) => {
      ran.push(task.id)
      if (task.id === broken) throw new Error('broken')
      return { made: task.id }
    }
    const first = await (await runs.runGraph(graph, work('b'), { runId: 'g' })).result
    expect([first.state, (await journal.run('g'))?.state]).toEqual(['failed', 'failed'])
    const second = await (await runs.runGraph(graph, work(''), { runId: 'g' })).result
    expect([second.state, second.outcomes.get('a')?.output]).toEqual(['success', { made: 'a' }])
    expect(ran).toEqual(['a', 'b', 'b', 'c'])
    expect((await journal.run('g'))?.result).toEqual({ a: 'success', b: 'success', c: 'success' })
  })

  it('leaves a run that was left, to be gone on with', async () => {
    const agent = createAgent({ model: scriptedModel(() => 'ok'), plugins: [durable(journal)] })
    for await (const event of agent.run({ messages }, { runId: 'r' })) if (event.type === 'step-start') break
    expect((await journal.run('r'))?.state).toBe('aborted')
    expect((await agent.run({ messages }, { runId: 'r' })).text).toBe('ok')
  })

  it.each([[{ leaseMs: 1 }], [{ version: '' }]])('refuses %j', (options) => {
    expect(() => durable(journal, options)).toThrow(InvalidArgument)
  })
})

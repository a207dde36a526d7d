import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createAgent, InvalidArgument, isObject, type ModelEvent } from '@ashlar/core'
import { scriptedModel, seededRandom } from '@ashlar/testing'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Effects, effectsIn, lettersIn } from '../../fixtures/effects-in.ts'
import { planTasksOf } from '../../fixtures/mcp-plan.ts'
import { createAgentExecutor } from '../agent-executor.ts'
import { type AgentGraphTask, agentWork } from '../agent-work.ts'
import type { ExecutionResult } from '../execution.ts'
import { readRun } from '../view/follow-run.ts'
import type { DbosGraphOptions } from './dbos-graph.ts'
import { dbosGraph, type DbosRuns, dbosRuns } from './index.ts'

const url = process.env['ASHLAR_POSTGRES_URL'] ?? ''
const fixture = join(import.meta.dirname, '../../fixtures/dbos-worker.ts')
const isSoak = process.env['ASHLAR_SOAK'] === '1'

/** Letters after which a worker is killed: each, or one in the middle. */
const letters = isSoak ? Array.from({ length: 20 }, (_, i) => i + 1) : [7]
/** Workers killed, every other of them in the middle of a tool call. */
const randomKills = isSoak ? 200 : 4
const taskIds = planTasksOf().map(({ id }) => id)

let folder = ''
let compiled = ''
let name = ''
let client: DbosRuns | undefined
const workers = new Set<ChildProcess>()
beforeAll(async () => {
  compiled = await mkdtemp(join(tmpdir(), 'ashlar-dbos-code-'))
})
// Workers that were just killed may be writing to it still.
afterAll(() => rm(compiled, { recursive: true, maxRetries: 10 }))
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ashlar-dbos-'))
  name = `t_${crypto.randomUUID().replaceAll('-', '')}`
})
afterEach(async () => {
  for (const worker of workers) worker.kill('SIGKILL')
  workers.clear()
  await client?.close()
  client = undefined
  const pool = new pg.Pool({ connectionString: url, max: 1 })
  for (const schema of [`${name}_runs`, `${name}_dbos`])
    await pool.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`)
  await pool.end()
  await rm(folder, { recursive: true })
})

/** Once a worker says something. */
const toldBy = (worker: ChildProcess): Promise<void> =>
  new Promise((resolve, reject) => {
    worker.stdout?.once('data', () => resolve())
    worker.once('exit', () => reject(new Error('the worker ended')))
  })

/** Once a tool call of a worker is held, before or after its effect: the plan that it is of cannot end. */
const holdCall = (worker: ChildProcess, moment: 'before' | 'after'): Promise<void> => {
  worker.stdin?.write(`${moment}\n`)
  return toldBy(worker)
}

/** A worker in a process of its own, with its MCP server in another, once it takes runs from the queue. */
const startWorker = async (env: Readonly<Record<string, string>> = {}): Promise<ChildProcess> => {
  const worker = spawn(process.execPath, [fixture, folder, name], {
    // DBOS brings a pool that the driver warns of.
    env: { ...process.env, NODE_COMPILE_CACHE: compiled, NODE_NO_WARNINGS: '1', ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  workers.add(worker)
  await toldBy(worker)
  return worker
}

const openClient = async (): Promise<DbosRuns> => {
  const nothing = dbosGraph({ work: () => () => undefined })
  client = await dbosRuns({ url, name, concurrency: 0, leaseMs: 1_000, graphs: { plan: nothing } })
  return client
}

const startPlan = (runs: DbosRuns, runId = 'plan'): Promise<string> =>
  runs.startGraph('plan', planTasksOf(`${runId}.`), { runId })

const lettersSent = async (): Promise<number> => (await lettersIn(folder)).length

/** Each order made once; each letter sent at most once, and recorded as sent or flagged. */
const checkPlan = async (
  runs: DbosRuns,
  runId = 'plan',
  seen?: Effects,
): Promise<{ flagged: number; claims: number }> => {
  const { state, result } = await runs.result(runId)
  expect(state).toBe('done')
  expect(result).toEqual(Object.fromEntries(taskIds.map((id) => [id, 'success'])))
  const [run, steps] = [await runs.journal.run(runId), await runs.journal.steps(runId)]
  const states = new Map(steps.map((step) => [step.key, step.state]))
  const effects = seen ?? (await effectsIn(folder))
  const sent = effects.letters.filter((one) => one.startsWith(`${runId}.`))
  expect(new Set(sent).size).toBe(sent.length)
  for (const id of taskIds) {
    const task = `${runId}.${id}`
    const { value } = steps.find(({ key }) => key === `${runId}:task/${id}`) ?? {}
    expect(isObject(value) && isObject(value['output']) && value['output']['output']).toBe(
      `ordered for ${task}`,
    )
    expect(effects.orders.filter((one) => one === task)).toHaveLength(1)
    expect(states.get(`${runId}/${id}:tool/1/order`)).toBe('done')
    const allowed = sent.includes(task) ? ['done', 'unknown'] : ['unknown']
    expect(allowed).toContain(states.get(`${runId}/${id}:tool/2/send`))
  }
  const flagged = steps.filter((step) => step.state === 'unknown').length
  expect(run?.unknown).toBe(flagged)
  return { flagged, claims: run?.epoch ?? 0 }
}

describe('a plan with the tools of an MCP server, on workers that are killed', () => {
  it.each(letters)(
    'after letter %i: another ends it with the same result, each order once, letters sent or flagged',
    async (at) => {
      const runs = await openClient()
      const doomed = await startWorker({ HALT_AT: `${at}` })
      await startPlan(runs)
      await once(doomed, 'exit')
      // Four tasks run at once, so that a few more may have had their effect.
      const before = await lettersSent()
      expect(before >= at && before < at + 4).toBe(true)
      await startWorker()
      const { flagged } = await checkPlan(runs)
      expect(flagged).toBeGreaterThan(0)
      process.stdout.write(`killed after ${before} of 20 letters: ${flagged} flagged unknown\n`)
    },
    60_000,
  )

  it(
    'one of two, again and again, at any moment: the same for every plan',
    async () => {
      const runs = await openClient()
      const random = seededRandom(13)
      const pair = await Promise.all([startWorker(), startWorker()])
      const plans: string[] = []
      const enough = new AbortController()
      const feed = async (): Promise<void> => {
        while (!enough.signal.aborted) {
          const runId = `plan${plans.length}`
          plans.push(runId)
          await startPlan(runs, runId)
          await runs.result(runId)
        }
      }
      // More than a worker takes at once, so that there are some for each.
      const feeding = Promise.all(Array.from({ length: 6 }, feed))
      let held = 0
      for (let kills = 0; kills < randomKills; kills++) {
        await sleep(random() * 1_000)
        const victim = random() < 0.5 ? 0 : 1
        if (kills % 2 === 0) {
          await holdCall(pair[victim], random() < 0.5 ? 'before' : 'after')
          held += 1
          // What else it does meanwhile is cut off anywhere.
          await sleep(random() * 100)
        }
        pair[victim].kill('SIGKILL')
        workers.delete(pair[victim])
        pair[victim] = await startWorker()
      }
      enough.abort()
      await feeding
      const seen = await effectsIn(folder)
      let [flags, takeovers] = [0, 0]
      for (const runId of plans) {
        const { flagged, claims } = await checkPlan(runs, runId, seen)
        flags += flagged
        takeovers += claims - 1
      }
      const told = `${randomKills} kills of one of two workers, ${plans.length} plans taken over ${takeovers} times`
      process.stdout.write(`${told}, ${flags} letters flagged unknown, nothing twice\n`)
      expect(takeovers).toBeGreaterThanOrEqual(held)
    },
    isSoak ? 3_600_000 : 60_000,
  )

  it('makes an order twice when the server hears of no keys', async () => {
    const runs = await openClient()
    const doomed = await startWorker({ KEYS: 'off', HALT_TOOL: 'order', HALT_AT: '3' })
    await startPlan(runs)
    await once(doomed, 'exit')
    await startWorker({ KEYS: 'off' })
    await expect(checkPlan(runs)).rejects.toThrow()
    expect((await effectsIn(folder)).orders.length).toBeGreaterThan(20)
  }, 60_000)
})

describe('a worker on DBOS that stops in the middle, and wakes', () => {
  const refusals = async (): Promise<string> => readFile(join(folder, 'refused.log'), 'utf8').catch(() => '')

  it('when another has taken its run: it writes nothing, and makes no effect', async () => {
    const runs = await openClient()
    const zombie = await startWorker({ HALT: 'SIGSTOP', HALT_AT: '7' })
    await startPlan(runs)
    await vi.waitUntil(async () => (await lettersSent()) >= 7, { timeout: 20_000 })
    await startWorker()
    await checkPlan(runs)
    const [before, effects] = [await runs.journal.steps('plan'), await effectsIn(folder)]
    expect(await refusals()).toBe('')
    zombie.kill('SIGCONT')
    // It tries.
    await vi.waitUntil(async () => (await refusals()).includes(`${zombie.pid}`), { timeout: 20_000 })
    zombie.stdin?.end()
    await once(zombie, 'exit')
    expect(await runs.journal.steps('plan')).toEqual(before)
    expect(await effectsIn(folder)).toEqual(effects)
  }, 60_000)

  it('when nobody has: it goes on', async () => {
    const runs = await openClient()
    const sleeper = await startWorker({ HALT: 'SIGSTOP', HALT_AT: '7' })
    await startPlan(runs)
    await vi.waitUntil(async () => (await lettersSent()) >= 7, { timeout: 20_000 })
    await sleep(500)
    sleeper.kill('SIGCONT')
    expect(await checkPlan(runs)).toEqual({ flagged: 0, claims: 1 })
    expect(await refusals()).toBe('')
  }, 60_000)
})

describe('dbosRuns', () => {
  it('a worker that leaves hands its runs over', async () => {
    const runs = await openClient()
    const leaving = await startWorker()
    await startPlan(runs)
    await vi.waitUntil(async () => (await lettersSent()) >= 5, { timeout: 20_000 })
    leaving.stdin?.end()
    expect((await once(leaving, 'exit'))[0]).toBe(0)
    await startWorker()
    await checkPlan(runs)
  }, 60_000)

  it('runs an agent, once for its id', async () => {
    const model = scriptedModel(['It is 2.'])
    client = await dbosRuns({
      url,
      name,
      agents: { adder: ({ plugins }) => createAgent({ name: 'adder', model, plugins }) },
    })
    expect(await client.startAgent('adder', 'What is 1 + 1?', { runId: 'sum' })).toBe('sum')
    expect(await client.result('sum')).toMatchObject({ state: 'done', result: { text: 'It is 2.' } })
    await client.startAgent('adder', 'What is 1 + 1?', { runId: 'sum' })
    expect(await client.result('sum')).toMatchObject({ state: 'done', result: { text: 'It is 2.' } })
    expect(model.requests).toHaveLength(1)
    await expect(client.startAgent('nobody', 'hi')).rejects.toSatisfy(InvalidArgument.isInstance)
    await expect(client.startAgent('adder', 'hi', { runId: 'a/b' })).rejects.toSatisfy(
      InvalidArgument.isInstance,
    )
  }, 30_000)

  it('shows what a worker writes while it does', async () => {
    const { promise: isSeen, resolve: seen } = Promise.withResolvers<void>()
    const base = scriptedModel(() => 'never')
    async function* stream({ deltas }: { deltas?: boolean }): AsyncGenerator<ModelEvent> {
      if (deltas !== false) yield { type: 'text-delta', text: 'It is two ' }
      await isSeen
      yield { type: 'part', part: { type: 'text', text: 'It is two and one.' } }
      const usage = { inputTokens: 1, outputTokens: 1 }
      yield { type: 'finish', reason: 'stop', usage, response: { provider: 'p', modelId: 'm' } }
    }
    const work: DbosGraphOptions<AgentGraphTask, ExecutionResult>['work'] = ({ plugins }) =>
      agentWork(
        createAgentExecutor({
          models: () => ({ ...base, stream }),
          defaultModel: 'm',
          agents: { writer: {} },
          plugins: () => plugins,
        }),
      )
    const tasks: AgentGraphTask[] = [{ id: 'a', agentId: 'writer', input: 'Write' }]
    client = await dbosRuns({ url, name, graphs: { text: dbosGraph({ work }) } })
    const { journal } = client
    try {
      await client.startGraph('text', tasks, { runId: 'g' })
      // As a page of runs in another process sees it.
      await expect
        .poll(async () => (await readRun(journal, 'g'))?.writing, { timeout: 10_000 })
        .toEqual({ a: 'It is two ' })
    } finally {
      seen()
    }
    expect(await client.result('g')).toMatchObject({ state: 'done', result: { a: 'success' } })
    expect((await readRun(journal, 'g'))?.writing).toEqual({})
  }, 30_000)

  it('gives what a run failed with, and asks no more', async () => {
    client = await dbosRuns({
      url,
      name,
      agents: {
        broken: ({ plugins }) =>
          createAgent({
            name: 'broken',
            plugins,
            model: scriptedModel(() => {
              throw new Error('no model')
            }),
          }),
      },
    })
    const runId = await client.startAgent('broken', 'hi')
    expect(await client.result(runId)).toMatchObject({ state: 'failed', result: { message: 'no model' } })
  }, 30_000)

  it('refuses a wrong option', async () => {
    for (const wrong of [{ name: 'X' }, { concurrency: -1 }, { leaseMs: 1 }, { url: 'mysql://x' }])
      await expect(dbosRuns({ url, name, ...wrong })).rejects.toSatisfy(InvalidArgument.isInstance)
  })
})

import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAgent, InvalidArgument, isObject } from '@ashlar/core'
import { scriptedModel } from '@ashlar/testing'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AgentGraphTask } from '../agent-work.ts'
import type { StepRecord } from '../durable/journal.ts'
import { dbosGraph, type DbosRuns, dbosRuns } from './index.ts'

const url = process.env['ASHLAR_POSTGRES_URL'] ?? ''
const fixture = join(import.meta.dirname, '../../fixtures/dbos-worker.ts')

/** Effects after which a worker is killed: each, or one in the middle. */
const kills = process.env['ASHLAR_SOAK'] ? Array.from({ length: 20 }, (_, i) => i + 1) : [7]

const tasks = Array.from({ length: 20 }, (_, i): AgentGraphTask => {
  const id = `t${i + 1}`
  return { id, agentId: 'worker', input: `Do ${id}`, dependsOn: i > 3 ? [`t${i - 3}`] : [] }
})

let folder = ''
let name = ''
let client: DbosRuns | undefined
const workers: ChildProcess[] = []
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ashlar-dbos-'))
  name = `t_${crypto.randomUUID().replaceAll('-', '')}`
})
afterEach(async () => {
  for (const worker of workers.splice(0)) worker.kill('SIGKILL')
  await client?.close()
  client = undefined
  const pool = new pg.Pool({ connectionString: url, max: 1 })
  for (const schema of [`${name}_runs`, `${name}_dbos`])
    await pool.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`)
  await pool.end()
  await rm(folder, { recursive: true })
})

/** A worker in a process of its own, once it takes runs from the queue. */
const startWorker = async (env: Readonly<Record<string, string>> = {}): Promise<ChildProcess> => {
  const worker = spawn(process.execPath, [fixture, folder, name], {
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  workers.push(worker)
  await new Promise<void>((resolve, reject) => {
    worker.stdout?.once('data', () => resolve())
    worker.once('exit', () => reject(new Error('the worker ended')))
  })
  return worker
}

const openClient = async (): Promise<DbosRuns> => {
  const nothing = dbosGraph({ work: () => () => undefined })
  client = await dbosRuns({ url, name, concurrency: 0, leaseMs: 1_000, graphs: { plan: nothing } })
  return client
}

const rawEffects = async (): Promise<string[]> =>
  (await readFile(join(folder, 'raw.log'), 'utf8').catch(() => '')).split('\n').filter(Boolean)

const outputsOf = (steps: readonly StepRecord[]): string[] =>
  steps.flatMap(({ key, value }) => {
    const output = isObject(value) ? value['output'] : undefined
    return key.includes(':task/') && isObject(output) ? [`${key} ${String(output['output'])}`] : []
  })

const all = tasks.map(({ id }) => `plan:task/${id} done`).toSorted()

describe('dbosRuns', () => {
  it.each(kills)(
    'a worker is killed after effect %i of a plan: another ends it with the same result, keyed effects once, others flagged',
    async (at) => {
      const runs = await openClient()
      const doomed = await startWorker({ KILL_AT: `${at}` })
      await runs.startGraph('plan', tasks, { runId: 'plan' })
      await new Promise((resolve) => doomed.once('exit', resolve))
      // Four tasks run at once, so that a few more may have had their effect.
      const before = (await rawEffects()).length
      expect(before >= at && before < at + 4).toBe(true)
      await startWorker()
      const { state, result } = await runs.result('plan')
      expect(state).toBe('done')
      expect(new Set(Object.values(isObject(result) ? result : {}))).toEqual(new Set(['success']))
      const steps = await runs.journal.steps('plan')
      expect(outputsOf(steps).toSorted()).toEqual(all)
      expect(await readdir(join(folder, 'keyed'))).toHaveLength(20)
      const raw = await rawEffects()
      expect(new Set(raw).size).toBe(raw.length)
      const flagged = steps.filter((step) => step.state === 'unknown').map(({ key }) => key)
      // What was done and never recorded is flagged, and so is whatever is missing.
      expect(flagged.length).toBeGreaterThan(0)
      for (const { id } of tasks)
        if (!raw.includes(id)) expect(flagged.some((key) => key.startsWith(`plan/${id}:`))).toBe(true)
      process.stdout.write(`killed after ${before} of 20 effects: ${flagged.length} flagged unknown\n`)
    },
    60_000,
  )

  it('a zombie that comes back writes nothing, and repeats no effect', async () => {
    const runs = await openClient()
    const zombie = await startWorker({ STOP_AT: '7' })
    await runs.startGraph('plan', tasks, { runId: 'plan' })
    while ((await rawEffects()).length < 7) await new Promise((resolve) => setTimeout(resolve, 20))
    await startWorker()
    expect((await runs.result('plan')).state).toBe('done')
    const [before, raw] = [await runs.journal.steps('plan'), await rawEffects()]
    zombie.kill('SIGCONT')
    zombie.stdin?.end()
    await new Promise((resolve) => zombie.once('exit', resolve))
    expect(await runs.journal.steps('plan')).toEqual(before)
    // It may finish the effects that it had begun when it stopped, which are flagged, and begins no other.
    const late = (await rawEffects()).slice(raw.length)
    const flagged = before.filter((step) => step.state === 'unknown').map(({ key }) => key)
    for (const id of late) expect(flagged.some((key) => key.startsWith(`plan/${id}:`))).toBe(true)
    expect(new Set([...raw, ...late]).size).toBe(raw.length + late.length)
  }, 60_000)

  it('a worker that leaves hands its runs over', async () => {
    const runs = await openClient()
    const leaving = await startWorker()
    await runs.startGraph('plan', tasks, { runId: 'plan' })
    while ((await rawEffects()).length < 5) await new Promise((resolve) => setTimeout(resolve, 20))
    leaving.stdin?.end()
    expect(await new Promise((resolve) => leaving.once('exit', resolve))).toBe(0)
    await startWorker()
    expect((await runs.result('plan')).state).toBe('done')
    const raw = await rawEffects()
    expect(new Set(raw).size).toBe(raw.length)
    expect(await readdir(join(folder, 'keyed'))).toHaveLength(20)
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

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { seededRandom } from '@ashlar/testing'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Effects, effectsIn, isAlive, serversAreGone } from '../../fixtures/effects-in.ts'
import { v8Flags } from '../../fixtures/v8-flags.ts'
import { sqliteJournal } from './sqlite-journal.ts'

const fixture = join(import.meta.dirname, '../../fixtures/twenty-tasks.ts')
const isSoak = process.env['ASHLAR_SOAK'] === '1'
const limitMs = isSoak ? 3_600_000 : 120_000
const tasks = Array.from({ length: 20 }, (_, i) => `t${i + 1}`)

let folder = ''
let compiled = ''
beforeAll(async () => {
  compiled = await mkdtemp(join(tmpdir(), 'ashlar-kill-code-'))
})
afterAll(() => rm(compiled, { recursive: true }))
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ashlar-kill-'))
})
afterEach(() => rm(folder, { recursive: true }))

interface Report {
  readonly aggregate: string | false
  readonly writes: readonly string[]
  /** Writes that the journal refused. */
  readonly refused: number
  /** What V8 of the process was told; its server is told the same. */
  readonly flags: readonly string[]
}

interface Ended {
  readonly signal: NodeJS.Signals | null
  readonly err: string
  readonly report: Report | undefined
}

/** The plan in a process of its own, with its MCP server in another. */
const startPlan = (at: string, env: Readonly<Record<string, string>> = {}, journal = join(at, 'runs.db')) => {
  const worker = spawn(process.execPath, [...v8Flags, fixture, at, journal], {
    env: { ...process.env, NODE_COMPILE_CACHE: compiled, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 60_000,
  })
  let [out, err] = ['', '']
  worker.stdout.on('data', (data) => (out += String(data)))
  worker.stderr.on('data', (data) => (err += String(data)))
  const ended = Promise.withResolvers<Ended>()
  worker.once('close', (_, signal) => {
    const [, last] = out.split('\n')
    ended.resolve({ signal, err, report: last ? JSON.parse(last) : undefined })
  })
  /** The process id of its server, once it has begun; 0 when it ended before. */
  const begun = Promise.race([
    once(worker.stdout, 'data').then(([pid]) => Number.parseInt(String(pid), 10)),
    ended.promise.then(() => 0),
  ])
  return { worker, begun, ended: ended.promise }
}

const runPlan = (...how: Parameters<typeof startPlan>): Promise<Ended> => startPlan(...how).ended

const finish = async (...how: Parameters<typeof startPlan>): Promise<Report> => {
  const { signal, err, report } = await runPlan(...how)
  expect([signal, err]).toEqual([null, ''])
  if (!report) throw new Error('the plan said nothing')
  return report
}

/** The parts of an aggregate, whatever order they came in. */
const partsOf = ({ aggregate }: Report): string[] => (aggregate || 'none').split('; ').toSorted()
const whole = tasks.map((id) => `${id} ordered for ${id}`).toSorted()

/** What happened in the world, once nobody is left who could do more. */
const effectsOf = async (at: string): Promise<Effects> => {
  await vi.waitUntil(() => serversAreGone(at), { timeout: 10_000, interval: 5 })
  return effectsIn(at)
}

const recordsIn = async (at: string) => {
  const journal = await sqliteJournal(join(at, 'runs.db'))
  const [run, steps] = [await journal.run('plan'), await journal.steps('plan')]
  await journal.close()
  return { run, steps }
}

/** Each order made once; each letter sent at most once, and either recorded as sent or flagged. Returns the flags. */
const checkEffects = async (at: string): Promise<number> => {
  const { run, steps } = await recordsIn(at)
  const { orders, letters } = await effectsOf(at)
  expect(run?.state).toBe('done')
  expect(orders).toEqual(tasks.toSorted())
  expect(new Set(letters).size).toBe(letters.length)
  const states = new Map(steps.map(({ key, state }) => [key, state]))
  for (const id of tasks) {
    expect(states.get(`plan/${id}:tool/1/order`)).toBe('done')
    const allowed = letters.includes(id) ? ['done', 'unknown'] : ['unknown']
    expect(allowed).toContain(states.get(`plan/${id}:tool/2/send`))
  }
  const flagged = steps.filter(({ state }) => state === 'unknown')
  expect(run?.unknown).toBe(flagged.length)
  return flagged.length
}

/** Some at a time: each is two processes that wait for each other. */
const forEachOf = async <T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> => {
  const left = items.values()
  await Promise.all(
    Array.from({ length: 3 }, async () => {
      for (const item of left) await work(item)
    }),
  )
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0)

describe('a plan of 20 tasks with the tools of an MCP server, killed', () => {
  it(
    'at every write of its journal, with its server or without: the same aggregate, each order once, letters sent or flagged',
    async () => {
      const { writes, ...calm } = await finish(folder)
      expect(partsOf({ writes, ...calm })).toEqual(whole)
      expect(calm.flags).toEqual(v8Flags)
      expect(await checkEffects(folder)).toBe(0)
      const random = seededRandom(7)
      const all = writes.flatMap((_, i) =>
        ['before', 'after'].flatMap((KILL_WHEN) =>
          ['', 'too'].map((KILL_SERVER) => ({ KILL_AT: `${i + 1}`, KILL_WHEN, KILL_SERVER })),
        ),
      )
      const some = all.filter(() => random() < 0.004)
      // One of them is known to leave a letter of which nobody knows.
      const chosen = isSoak ? all : [...some, { KILL_AT: 'done plan/t1:tool/2/send' }]
      const flags: number[] = []
      await forEachOf(chosen, async (kill) => {
        const at = await mkdtemp(join(folder, 'kill-'))
        const killed = await runPlan(at, kill)
        expect([killed.signal, killed.err]).toEqual(['SIGKILL', ''])
        expect(partsOf(await finish(at))).toEqual(whole)
        flags.push(await checkEffects(at))
      })
      const told = `${chosen.length} kills over ${writes.length} writes`
      process.stdout.write(`${told}, ${sum(flags)} letters flagged unknown, nothing twice\n`)
      expect(flags).toHaveLength(chosen.length)
      expect(sum(flags)).toBeGreaterThan(0)
      expect(chosen.length).toBeGreaterThan(isSoak ? 400 : 3)
    },
    limitMs,
  )

  it(
    'again and again, at any moment: the same',
    async () => {
      const random = seededRandom(11)
      const trials = Array.from({ length: isSoak ? 80 : 2 }, () =>
        Array.from({ length: isSoak ? 4 : 3 }, () => ({
          afterMs: random() * 100,
          isServerToo: random() < 0.5,
        })),
      )
      let kills = 0
      const flags: number[] = []
      await forEachOf(trials, async (moments) => {
        const at = await mkdtemp(join(folder, 'random-'))
        for (const { afterMs, isServerToo } of moments) {
          // Ten effects one after another: the plan lasts longer than all the time it is given.
          const plan = startPlan(at, { EFFECT_MS: '40' })
          const server = await plan.begun
          await sleep(afterMs)
          if (isServerToo && isAlive(server)) process.kill(server, 'SIGKILL')
          plan.worker.kill('SIGKILL')
          kills += Number((await plan.ended).signal === 'SIGKILL')
        }
        expect(partsOf(await finish(at))).toEqual(whole)
        flags.push(await checkEffects(at))
      })
      process.stdout.write(`${kills} kills at random, ${sum(flags)} letters flagged unknown, nothing twice\n`)
      expect(flags).toHaveLength(trials.length)
      expect(kills).toBeGreaterThan(trials.length)
    },
    limitMs,
  )
})

/** Killed after the effect that is named was made, before it was recorded; then run to its end. */
const killAfter = async (
  step: string,
  env: Readonly<Record<string, string>> = {},
  journal?: string,
): Promise<Report> => {
  const { signal } = await runPlan(folder, { ...env, KILL_AT: `done ${step}` }, journal)
  expect(signal).toBe('SIGKILL')
  return finish(folder, env, journal)
}

describe('what the same looks for is there when it should be', () => {
  it('an order is made twice by a server that hears of no keys', async () => {
    expect(partsOf(await killAfter('plan/t1:tool/1/order', { KEYS: 'off' }))).toEqual(whole)
    const { orders } = await effectsOf(folder)
    expect(orders.length).toBeGreaterThan(20)
    await expect(checkEffects(folder)).rejects.toThrow()
  })

  it('a letter is sent twice without the journal', async () => {
    expect(partsOf(await killAfter('plan/t1:tool/2/send', {}, ':memory:'))).toEqual(whole)
    const { letters } = await effectsOf(folder)
    expect(new Set(letters).size).toBeLessThan(letters.length)
  })
})

describe('a process that stops in the middle, and wakes', () => {
  const halt = { HALT: 'SIGSTOP', KILL_AT: '60' }

  it('when another has taken its run: it writes nothing, and makes no effect', async () => {
    const zombie = startPlan(folder, halt)
    await zombie.begun
    expect(partsOf(await finish(folder))).toEqual(whole)
    const before = await recordsIn(folder)
    const seen = await effectsIn(folder)
    zombie.worker.kill('SIGCONT')
    const { report } = await zombie.ended
    expect(report?.aggregate).toBe(false)
    // It tried.
    expect(report?.refused).toBeGreaterThan(0)
    expect(await recordsIn(folder)).toEqual(before)
    expect(await effectsIn(folder)).toEqual(seen)
    await checkEffects(folder)
  }, 60_000)

  it('when nobody has: it goes on', async () => {
    const sleeper = startPlan(folder, halt)
    await sleeper.begun
    const steps = async () => (await recordsIn(folder)).steps.length
    let last = -1
    // It has stopped when nothing comes any more.
    for (let now = await steps(); now !== last; now = await steps()) {
      last = now
      await sleep(300)
    }
    sleeper.worker.kill('SIGCONT')
    const { report } = await sleeper.ended
    if (!report) throw new Error('the plan said nothing')
    expect([partsOf(report), report.refused]).toEqual([whole, 0])
    expect(await steps()).toBeGreaterThan(last)
    expect(await checkEffects(folder)).toBe(0)
  }, 60_000)
})

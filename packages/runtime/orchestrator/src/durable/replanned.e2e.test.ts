import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isObject } from '@ashlar/core'
import { seededRandom } from '@ashlar/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { v8Flags } from '../../fixtures/v8-flags.ts'
import { readRun } from '../view/follow-run.ts'
import { sqliteJournal } from './sqlite-journal.ts'

const fixture = join(import.meta.dirname, '../../fixtures/replanned.ts')
const isSoak = process.env['ASHLAR_SOAK'] === '1'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ashlar-replan-'))
})
afterEach(() => rm(folder, { recursive: true }))

interface Kill {
  readonly at: string
  readonly when: 'before' | 'after'
}

/** Runs the plan in a process of its own, which may kill itself. */
const runPlan = (
  at: string,
  kill?: Kill,
): Promise<{ signal: NodeJS.Signals | null; out: string; err: string }> => {
  const { promise, resolve } = Promise.withResolvers<{
    signal: NodeJS.Signals | null
    out: string
    err: string
  }>()
  const env = { ...process.env, KILL_AT: kill?.at ?? '', KILL_WHEN: kill?.when ?? '' }
  const stdio = ['ignore', 'pipe', 'pipe'] as const
  const child = spawn(process.execPath, [...v8Flags, fixture, at], {
    env,
    stdio: [...stdio],
    timeout: 30_000,
  })
  let out = ''
  let err = ''
  child.stdout.on('data', (data) => (out += String(data)))
  child.stderr.on('data', (data) => (err += String(data)))
  child.on('close', (_, signal) => resolve({ signal, out, err }))
  return promise
}

interface Report {
  readonly state: string
  readonly all: Readonly<Record<string, string>>
  readonly plan: readonly string[]
  readonly writes: readonly string[]
}
const isReport = (value: unknown): value is Report => isObject(value) && Array.isArray(value['writes'])
const reportOf = ({ signal, out, err }: { signal: unknown; out: string; err: string }): Report => {
  expect([signal, err]).toEqual([null, ''])
  const value: unknown = JSON.parse(out)
  if (!isReport(value)) throw new Error(`no report: ${out}`)
  return value
}

const done = {
  state: 'success',
  all: { a: 'success', 'b-2': 'success', c: 'success' },
  plan: ['a', 'b-2', 'c'],
}
const logOf = async (at: string) => (await readFile(join(at, 'done.log'), 'utf8')).trim().split('\n')

/** What holds however often the process was killed: `b` may be tried again, nothing that was done is. */
const check = async (at: string, { state, all, plan }: Report) => {
  expect({ state, all, plan }).toEqual(done)
  const lines = await logOf(at)
  const journal = await sqliteJournal(join(at, 'runs.db'))
  try {
    const unknown = (await journal.steps('p'))
      .filter((step) => step.state === 'unknown')
      .map(({ key }) => key)
    for (const id of ['a', 'b', 'b-2', 'c']) {
      const count = lines.filter((line) => line === `p/${id}`).length
      // Never twice; where nobody knows whether it happened, that is said.
      expect(count).toBeLessThanOrEqual(1)
      if (count === 0) expect(unknown).toContain(`p/${id}:tool/1/c`)
    }
    const view = await readRun(journal, 'p')
    expect(view?.state).toBe('done')
    expect(view?.nodes.map((node) => `${node.level} ${node.id} ${node.state}`)).toEqual([
      '1 b failed',
      '0 a done',
      '1 b-2 done',
      '2 c done',
    ])
  } finally {
    await journal.close()
  }
  return lines.filter((line) => line.startsWith('planned')).length
}

describe('a plan that is planned again, killed', () => {
  it(
    'at every write, and between the failure and the plan: the same end, nothing done twice',
    async () => {
      const calm = reportOf(await runPlan(folder))
      expect(await check(folder, calm)).toBe(1)
      expect(await logOf(folder)).toContain('planned after a success,b failed,c upstream_failed')
      const at = calm.writes.indexOf('p:plan/2') + 1
      expect(at).toBeGreaterThan(0)
      const kills = calm.writes.flatMap((_, i): Kill[] => [
        { at: `${i + 1}`, when: 'before' },
        { at: `${i + 1}`, when: 'after' },
      ])
      const random = seededRandom(3)
      const chosen = kills.filter((kill) => kill.at === `${at}` || isSoak || random() < 0.04)
      for (const kill of [...chosen, { at: 'plan', when: 'before' } as const]) {
        const place = await mkdtemp(join(folder, 'kill-'))
        const killed = await runPlan(place, kill)
        expect([killed.signal, killed.err]).toEqual(['SIGKILL', ''])
        const plans = await check(place, reportOf(await runPlan(place)))
        // Once it is recorded, the plan is made no more; before, it is made again.
        const isMade = kill.at === 'plan' || (Number(kill.at) === at && kill.when === 'before')
        expect(plans).toBe(isMade ? 2 : 1)
      }
      process.stdout.write(
        `${chosen.length + 1} kills over ${calm.writes.length} writes of a plan made twice\n`,
      )
    },
    isSoak ? 600_000 : 120_000,
  )
})

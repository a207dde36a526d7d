import { spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { seededRandom } from '@ashlar/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sqliteJournal } from './sqlite-journal.ts'

const fixture = join(import.meta.dirname, '../../fixtures/twenty-tasks.ts')
const isSoak = process.env['ASHLAR_SOAK'] === '1'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ashlar-kill-'))
})
afterEach(() => rm(folder, { recursive: true }))

interface Ended {
  readonly signal: NodeJS.Signals | null
  readonly out: string
  readonly err: string
}

/** Runs the plan in a process of its own, which kills itself at a write of the journal. */
const runPlan = (
  at: string,
  kill: { readonly write?: number; readonly when?: string } = {},
): Promise<Ended> => {
  const { promise, resolve } = Promise.withResolvers<Ended>()
  const env = { ...process.env, KILL_AT: `${kill.write ?? 0}`, KILL_WHEN: kill.when ?? 'before' }
  const child = spawn(process.execPath, [fixture, at], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 30_000,
  })
  let out = ''
  let err = ''
  child.stdout.on('data', (data) => (out += String(data)))
  child.stderr.on('data', (data) => (err += String(data)))
  child.on('close', (_, signal) => resolve({ signal, out, err }))
  return promise
}

const report = (text: string): { aggregate: unknown; writes: number } => JSON.parse(text)

/** How often each effect happened; the unkeyed ones by task. */
const effectsIn = async (at: string): Promise<{ keyed: string[]; raw: string[] }> => {
  const raw = await readFile(join(at, 'raw.log'), 'utf8').catch(() => '')
  return {
    keyed: (await readdir(join(at, 'keyed'))).toSorted(),
    raw: raw.split('\n').filter(Boolean).toSorted(),
  }
}

/** Writes to be killed at: all of them, or a tenth that a seed chooses. */
const boundariesOf = (writes: number): { write: number; when: string }[] => {
  const all = Array.from({ length: writes }, (_, i) => i + 1).flatMap((write) =>
    ['before', 'after'].map((when) => ({ write, when })),
  )
  const random = seededRandom(7)
  return isSoak ? all : all.filter(() => random() < 0.05)
}

describe('a plan of 20 tasks, killed', () => {
  it(
    'at every write of its journal: the same aggregate, a keyed effect once, any other once or unknown',
    async () => {
      const calm = await runPlan(folder)
      expect(calm.err).toBe('')
      const { aggregate, writes } = report(calm.out)
      const all = await effectsIn(folder)
      expect([all.keyed.length, all.raw.length]).toEqual([20, 20])
      const boundaries = boundariesOf(writes)
      let unknowns = 0
      for (const { write, when } of boundaries) {
        const at = await mkdtemp(join(folder, 'kill-'))
        const killed = await runPlan(at, { write, when })
        expect([killed.signal, killed.err]).toEqual(['SIGKILL', ''])
        const resumed = await runPlan(at)
        expect([resumed.signal, resumed.err]).toEqual([null, ''])
        expect(report(resumed.out).aggregate).toEqual(aggregate)
        const { keyed, raw } = await effectsIn(at)
        expect(keyed).toEqual(all.keyed)
        // Never twice; those that are missing or doubtful are flagged.
        expect(new Set(raw).size).toBe(raw.length)
        const journal = await sqliteJournal(join(at, 'runs.db'))
        const flagged = (await journal.steps('plan'))
          .filter(({ state }) => state === 'unknown')
          .map(({ key }) => key)
        await journal.close()
        unknowns += flagged.length
        for (const one of all.raw)
          if (!raw.includes(one)) expect(flagged.some((key) => key.includes(`plan/${one}:`))).toBe(true)
      }
      process.stdout.write(
        `${boundaries.length} kills over ${writes} writes, ${unknowns} effects flagged unknown\n`,
      )
      expect(boundaries.length).toBeGreaterThan(isSoak ? 200 : 8)
    },
    isSoak ? 1_800_000 : 120_000,
  )
})

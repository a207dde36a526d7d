import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { captureIo } from '@ashlar/command/testing'
import { seededRandom } from '@ashlar/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { v8Flags } from '../../fixtures/v8-flags.ts'
import { runsCommand } from '../cli.ts'
import type { Cancelling, Journal } from './journal.ts'
import { sqliteJournal } from './sqlite-journal.ts'

const fixture = join(import.meta.dirname, '../../fixtures/cancelled.ts')
const isSoak = process.env['ASHLAR_SOAK'] === '1'

let folder = ''
const children: ChildProcess[] = []
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ashlar-cancel-'))
})
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  await rm(folder, { recursive: true })
})

/** The graph in a process of its own. */
const start = (at: string, env: Readonly<Record<string, string>> = {}) => {
  const child = spawn(process.execPath, [...v8Flags, fixture, at], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 30_000,
  })
  children.push(child)
  const ended = Promise.withResolvers<{ signal: NodeJS.Signals | null; out: string; err: string }>()
  let out = ''
  let err = ''
  child.stdout.on('data', (data) => (out += String(data)))
  child.stderr.on('data', (data) => (err += String(data)))
  child.on('close', (_, signal) => ended.resolve({ signal, out, err }))
  return { child, ended: ended.promise }
}

const logOf = async (at: string): Promise<string[]> => {
  const text = await readFile(join(at, 'done.log'), 'utf8').catch(() => '')
  return text.trim().split('\n')
}
const hasBegun = (at: string, line = 'do g/d') =>
  expect.poll(() => logOf(at), { timeout: 20_000 }).toContain(line)

const withJournal = async <T>(at: string, work: (journal: Journal) => Promise<T>): Promise<T> => {
  const journal = await sqliteJournal(join(at, 'runs.db'))
  try {
    return await work(journal)
  } finally {
    await journal.close()
  }
}
const ask = (at: string): Promise<Cancelling | undefined> => withJournal(at, (journal) => journal.cancel('g'))
const recordOf = (at: string) => withJournal(at, (journal) => journal.run('g'))

const cancel = async (...more: string[]) => {
  const io = captureIo({ cwd: folder })
  const code = await runsCommand.run(['cancel', 'g', '--journal', 'runs.db', ...more], io)
  return { code, out: io.out(), err: io.err() }
}

const done = ['do g/a', 'do g/b', 'do g/c', 'do g/d']
const undone = ['undo g/c:undo', 'undo g/b:undo', 'undo g/a:undo']
const allCancelled = { a: 'cancelled', b: 'cancelled', c: 'cancelled', d: 'cancelled' }

describe('a graph that another process cancels', () => {
  it('stops, is undone last first by the process that has it, and the command says so', async () => {
    const { ended } = start(folder)
    await hasBegun(folder)
    expect(await cancel()).toEqual({ code: 0, out: 'Cancelled g; undone: c, b, a\n', err: '' })
    const { signal, out, err } = await ended
    expect([signal, err]).toEqual([null, ''])
    expect(JSON.parse(out)).toMatchObject({ state: 'cancelled', compensated: ['c', 'b', 'a'] })
    expect(await logOf(folder)).toEqual([...done, 'stopped', ...undone])
    expect(await recordOf(folder)).toMatchObject({ state: 'aborted', epoch: 1, result: allCancelled })
    expect(await cancel('--json')).toMatchObject({ code: 1, err: 'Nothing to cancel: g is aborted\n' })
  }, 30_000)

  it('killed at every write of its undoing, is undone by whoever takes it up, which starts nothing', async () => {
    const kills = [1, 2, 3, 4, 5, 6, 7].flatMap((at) => [
      { KILL_AT: `${at}`, KILL_WHEN: 'before' },
      { KILL_AT: `${at}`, KILL_WHEN: 'after' },
    ])
    const random = seededRandom(5)
    const chosen = kills.filter(({ KILL_AT }) => isSoak || KILL_AT === '3' || random() < 0.08)
    for (const kill of chosen) {
      const at = await mkdtemp(join(folder, 'kill-'))
      const first = start(at, kill)
      await hasBegun(at)
      expect(await ask(at)).toBe('asked')
      expect(await first.ended).toMatchObject({ signal: 'SIGKILL', err: '' })
      const isOver = (await recordOf(at))?.state === 'aborted'
      expect(isOver).toBe(kill.KILL_AT === '7' && kill.KILL_WHEN === 'after')
      if (!isOver) {
        expect(await recordOf(at)).toMatchObject({ state: 'running', cancelAsked: true })
        const { out, err } = await start(at).ended
        expect([JSON.parse(out), err]).toMatchObject([{ state: 'cancelled' }, ''])
      }
      const lines = await logOf(at)
      expect(lines.slice(0, 5)).toEqual([...done, 'stopped'])
      const undoing = lines.slice(5)
      // Told twice at most once: of what was undone and not recorded, with the same key.
      expect([...new Set(undoing)]).toEqual(undone)
      const isTwice = kill.KILL_WHEN === 'before' && ['2', '4', '6'].includes(kill.KILL_AT)
      expect(undoing).toHaveLength(isTwice ? 4 : 3)
      expect((await recordOf(at))?.state).toBe('aborted')
    }
    process.stdout.write(`${chosen.length} kills while it was undone, each undone once a key\n`)
  }, 300_000)

  it('control: who hears of no cancellation starts what is left, and undoes nothing', async () => {
    const { child, ended } = start(folder)
    await hasBegun(folder)
    child.kill('SIGKILL')
    await ended
    expect(await ask(folder)).toBe('asked')
    const { out } = await start(folder, { DEAF: '1' }).ended
    expect(JSON.parse(out)).toMatchObject({ state: 'success' })
    expect(await logOf(folder)).toEqual([...done, 'do g/d'])
  }, 30_000)

  it('is ended as it stands once its process is gone, and can be undone by its code', async () => {
    const { child, ended } = start(folder)
    await hasBegun(folder)
    child.kill('SIGKILL')
    await ended
    const { code, out, err } = await cancel()
    expect([code, out]).toEqual([0, 'Cancelled g\n'])
    expect(err).toContain('Nothing was undone, as no process has its code (done: c, b, a)')
    expect((await recordOf(folder))?.state).toBe('aborted')
    const undoing = await start(folder, { UNDO: '1' }).ended
    expect(JSON.parse(undoing.out)).toMatchObject({ state: 'cancelled', compensated: ['c', 'b', 'a'] })
    expect(await logOf(folder)).toEqual([...done, ...undone])
  }, 30_000)
})

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { captureIo } from '@ashlar/command/testing'
import { fakeClock } from '@ashlar/testing'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { runsCommand } from '../cli.ts'
import { sqliteJournal } from '../durable/sqlite-journal.ts'

let cwd = ''
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'ashlar-prune-'))
})
afterEach(() => rm(cwd, { recursive: true }))

const prune = async (...words: string[]) => {
  const io = captureIo({ cwd })
  const code = await runsCommand.run(['prune', '--journal', 'runs.db', ...words], io)
  return { code, out: io.out() }
}

it('forgets every old run, however many there are, and no other', async () => {
  const clock = fakeClock(Date.now() - 7_200_000)
  const journal = await sqliteJournal(join(cwd, 'runs.db'), { clock })
  const request = { name: 'a', version: '1', input: null, leaseMs: 100 }
  const end = async (runId: string, state: 'done' | 'failed' | 'paused') =>
    (await journal.claim({ ...request, runId })).end(state)
  await Promise.all(Array.from({ length: 450 }, (_, i) => end(`done${i}`, 'done')))
  await Promise.all([end('failed', 'failed'), end('paused', 'paused')])
  await clock.advance(7_000_000)
  await end('young', 'done')
  const left = async () => (await journal.runs({ limit: 1_000 })).map(({ runId }) => runId).toSorted()
  expect(await prune('--older-than', '1h')).toEqual({ code: 0, out: 'Forgot 450 runs\n' })
  expect(await left()).toEqual(['failed', 'paused', 'young'])
  const some = ['--older-than', '1h', '--state', 'failed', '--state', 'failed', '--state', 'done']
  expect((await prune(...some)).out).toBe('Forgot 1 run\n')
  expect(await left()).toEqual(['paused', 'young'])
  await journal.close()
})

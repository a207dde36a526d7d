import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { InvalidArgument } from '@ashlar/core'
import { openDatabase } from '@ashlar/sqlite'
import { fakeClock } from '@ashlar/testing'
import { describe, expect, it } from 'vitest'
import { sqliteJournal } from './sqlite-journal.ts'
import { migrations } from './sqlite-statements.ts'
import { testJournal } from './testing/test-journal.ts'

const inFolder = async <T>(work: (file: string) => Promise<T>): Promise<T> => {
  const folder = await mkdtemp(join(tmpdir(), 'ashlar-journal-'))
  try {
    return await work(join(folder, 'runs.db'))
  } finally {
    await rm(folder, { recursive: true })
  }
}

testJournal(
  {
    name: 'sqliteJournal',
    create: async () => {
      const folder = await mkdtemp(join(tmpdir(), 'ashlar-journal-'))
      const file = join(folder, 'runs.db')
      const clock = fakeClock(1_000_000)
      return {
        journal: await sqliteJournal(file, { clock }),
        reopen: () => sqliteJournal(file, { clock }),
        advance: (ms) => clock.advance(ms),
        close: () => rm(folder, { recursive: true }),
      }
    },
  },
  { describe, it },
)

describe('sqliteJournal', () => {
  it('forgets what is done for longer than it is to be kept', () =>
    inFolder(async (file) => {
      const clock = fakeClock(1_000_000)
      const first = await sqliteJournal(file, { clock, retainMs: 1_000 })
      for (const runId of ['done', 'paused'] as const) {
        const claim = await first.claim({ runId, name: 'a', version: '1', input: null, leaseMs: 100 })
        await claim.write({ key: 'x', state: 'done' })
        await claim.end(runId)
      }
      await clock.advance(900)
      await first.close()
      const second = await sqliteJournal(file, { clock, retainMs: 1_000 })
      expect(await second.runs()).toHaveLength(2)
      await clock.advance(200)
      await second.close()
      const third = await sqliteJournal(file, { clock })
      expect((await third.runs()).map(({ runId }) => runId)).toEqual(['paused'])
      expect(await third.steps('done')).toEqual([])
      await third.close()
    }))
  it('forgets what is done for longer than it is to be kept while it is open, too', async () => {
    const clock = fakeClock(1_000_000)
    const journal = await sqliteJournal(':memory:', { clock, retainMs: 7_200_000 })
    const begin = (runId: string) =>
      journal.claim({ runId, name: 'a', version: '1', input: null, leaseMs: 100 })
    const ids = async () => (await journal.runs()).map(({ runId }) => runId).toSorted()
    await (await begin('a')).end('done')
    await clock.advance(7_000_000)
    await (await begin('b')).end('done')
    expect(await ids()).toEqual(['a', 'b'])
    await clock.advance(3_700_000)
    await begin('c')
    expect(await ids()).toEqual(['b', 'c'])
    await journal.close()
  })
  it('gives every claim an epoch of its own, so that of many at once only the last can write', () =>
    inFolder(async (file) => {
      const clock = fakeClock(1_000_000)
      const journals = await Promise.all([1, 2].map(() => sqliteJournal(file, { clock })))
      const request = { runId: 'r', name: 'a', version: '1', input: null, leaseMs: 0 }
      const claims = await Promise.all([...journals, ...journals].map((journal) => journal.claim(request)))
      expect(claims.map(({ epoch }) => epoch).toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4])
      const renewed = await Promise.allSettled(claims.map((claim) => claim.renew()))
      expect(renewed.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
      await Promise.all(journals.map((journal) => journal.close()))
    }))
  it('goes on with a file from before runs could be asked to be cancelled', () =>
    inFolder(async (file) => {
      const database = await openDatabase(file, { migrations: migrations.slice(0, 2) })
      await database.write(
        `INSERT INTO runs (run_id, name, state, version, input, epoch, lease_until, created_at, updated_at)
          VALUES ('old', 'a', 'running', '1', 'null', 3, 9e15, 1, 1)`,
      )
      await database.close()
      const journal = await sqliteJournal(file)
      expect((await journal.run('old'))?.cancelAsked).toBeUndefined()
      expect(await journal.cancel('old')).toBe('asked')
      expect(await journal.run('old')).toMatchObject({ state: 'running', epoch: 3, cancelAsked: true })
      await journal.close()
    }))
  it('refuses a wrong option', async () => {
    await expect(sqliteJournal(':memory:', { retainMs: -1 })).rejects.toSatisfy(InvalidArgument.isInstance)
  })
})

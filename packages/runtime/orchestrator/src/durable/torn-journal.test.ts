import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { isObject } from '@ashlar/core'
import { fakeClock } from '@ashlar/testing'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Journal } from './journal.ts'
import { sqliteJournal } from './sqlite-journal.ts'

const request = { runId: 'r', name: 'a', version: '1', input: null, leaseMs: 100 }
const text = 'what a model said. '.repeat(50)

let folder = ''
let journal: Journal
let [file, tail] = [Buffer.alloc(0), Buffer.alloc(0)]

/** A journal in the middle of its work: twenty steps, each acknowledged, and its files as they are then. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ashlar-torn-'))
  journal = await sqliteJournal(join(folder, 'a.db'))
  const claim = await journal.claim(request)
  for (let n = 0; n < 20; n++)
    await claim.write({ key: `${n}`, state: 'done', digest: `${n}`, value: { n, text } })
  file = await readFile(join(folder, 'a.db'))
  tail = await readFile(join(folder, 'a.db-wal'))
})
afterAll(async () => {
  await journal.close()
  await rm(folder, { recursive: true })
})

/** What is read of the journal when its last bytes are torn off, or are others. */
const stepsAfter = async (kept: number, garbage: Uint8Array): Promise<string[]> => {
  const torn = join(folder, `${crypto.randomUUID()}.db`)
  await writeFile(torn, file)
  await writeFile(`${torn}-wal`, Buffer.concat([tail.subarray(0, kept), garbage]))
  const opened = await sqliteJournal(torn)
  try {
    const steps = await opened.steps('r')
    // Each is whole.
    for (const { key, state, digest, value } of steps)
      expect([state, digest, isObject(value) && value['n'], isObject(value) && value['text']]).toEqual([
        'done',
        key,
        Number(key),
        text,
      ])
    return steps.map(({ key }) => key)
  } finally {
    await opened.close()
  }
}

describe('a journal whose end is torn', () => {
  const all = Array.from({ length: 20 }, (_, n) => `${n}`)

  it('is read up to there, each step whole and none out of order', async () => {
    const lengths = new Set<number>()
    await fc.assert(
      fc.asyncProperty(
        fc.noBias(fc.nat({ max: 1_000 })),
        fc.uint8Array({ maxLength: 5_000 }),
        async (permille, garbage) => {
          const steps = await stepsAfter(Math.floor((permille / 1_000) * tail.length), garbage)
          expect(steps).toEqual(all.slice(0, steps.length))
          lengths.add(steps.length)
        },
      ),
      { numRuns: 25 },
    )
    // Something was torn off, and not always the same.
    expect(lengths.size).toBeGreaterThan(3)
  })

  it('control: whole, has every step that was acknowledged', async () => {
    expect(await stepsAfter(tail.length, new Uint8Array())).toEqual(all)
  })

  it('can be gone on with', async () => {
    const torn = join(folder, 'on.db')
    await copyFile(join(folder, 'a.db'), torn)
    await writeFile(`${torn}-wal`, tail.subarray(0, tail.length - 100))
    const later = await sqliteJournal(torn, { clock: fakeClock(Date.now() + 60_000) })
    const claim = await later.claim(request)
    expect(claim.steps.size).toBe(19)
    await claim.write({ key: '19', state: 'done' })
    expect((await later.steps('r')).map(({ key }) => key)).toEqual(all)
    await later.close()
  })
})

describe('a journal', () => {
  it('has what it acknowledged in its file at once', () => {
    const other = new DatabaseSync(join(folder, 'a.db'), { readOnly: true })
    expect(other.prepare('SELECT count(*) AS n FROM steps').get()).toEqual({ n: 20 })
    other.close()
  })
})

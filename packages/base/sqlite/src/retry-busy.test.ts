import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { retryBusy } from './retry-busy.ts'

let folder: string
let holder: DatabaseSync
let other: DatabaseSync
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ashlar-busy-'))
  holder = new DatabaseSync(join(folder, 'a.db'))
  other = new DatabaseSync(join(folder, 'a.db'))
  other.exec('PRAGMA busy_timeout = 0')
  holder.exec('BEGIN EXCLUSIVE')
})
afterEach(() => {
  holder.close()
  other.close()
  rmSync(folder, { recursive: true })
})

describe('retryBusy', () => {
  it('tries until the lock is gone', () => {
    let tries = 0
    retryBusy(() => {
      if (++tries === 3) holder.exec('COMMIT')
      other.exec('BEGIN EXCLUSIVE')
    }, 10_000)
    expect(tries).toBe(3)
  })

  it('gives up in time, and at once on anything else', () => {
    let tries = 0
    const work = (sql: string) => (): void => {
      tries += 1
      other.exec(sql)
    }
    expect(() => retryBusy(work('BEGIN EXCLUSIVE'), 30)).toThrow('locked')
    expect(tries).toBeGreaterThan(1)
    tries = 0
    expect(() => retryBusy(work('no SQL'), 10_000)).toThrow('syntax error')
    expect(tries).toBe(1)
  })
})

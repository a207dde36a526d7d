import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { enginesOf, planEngineTests, withoutAPass } from './engine-tests.mjs'

describe('planEngineTests', () => {
  it('runs the suites of the engines that are there, and says why it leaves the others', () => {
    const files = [
      'a/b.redis.engine.test.ts',
      'a/b.nats.engine.test.ts',
      'a/b.engine.test.ts',
      'c.db.engine.test.ts',
    ]
    expect(planEngineTests(files, { ASHLAR_REDIS_URL: 'redis://127.0.0.1:1' })).toEqual({
      runnable: ['a/b.redis.engine.test.ts'],
      left: [{ file: 'a/b.nats.engine.test.ts', reason: 'there is no nats (ASHLAR_NATS_URL is not set)' }],
      misnamed: ['a/b.engine.test.ts', 'c.db.engine.test.ts'],
    })
  })
})

describe('enginesOf', () => {
  it('names what the suites need, once', () => {
    const files = [
      'a.postgres.engine.test.ts',
      'b.redis.engine.test.ts',
      'c.redis.engine.test.ts',
      'd.engine.test.ts',
    ]
    expect(enginesOf(files)).toEqual(['redis', 'postgres'])
  })
})

describe('withoutAPass', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ashlar-'))
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  it('finds the suites that did not run, and those with a skipped test', () => {
    const suite = (name, ...statuses) => ({
      name: `/root/${name}`,
      assertionResults: statuses.map((status) => ({ status })),
    })
    const testResults = [suite('ran', 'passed', 'failed'), suite('empty'), suite('part', 'passed', 'pending')]
    const report = join(folder, 'report.json')
    writeFileSync(report, JSON.stringify({ testResults }))
    expect(withoutAPass(['ran', 'empty', 'part', 'absent'], report)).toEqual(['empty', 'part', 'absent'])
  })
})

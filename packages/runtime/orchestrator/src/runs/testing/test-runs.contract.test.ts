import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { InvalidArgument } from '@ashlar/core'
import { describe, expect, it } from 'vitest'
import { embedded } from '../embedded.ts'
import type { RunsEngine, Worker } from '../runs-engine.ts'
import { testRuns } from './test-runs.ts'

/** What the suite finds wrong with an engine, in the tests of that name. */
const foundIn = async (
  { title, spoil }: { readonly title: string; readonly spoil: (worker: Worker) => Worker },
  target: (file: string) => RunsEngine = embedded,
): Promise<string> => {
  const tests: [name: string, test: () => Promise<void>][] = []
  const create = async () => {
    const folder = await mkdtemp(join(tmpdir(), 'ashlar-suite-'))
    const engine = (): RunsEngine => {
      const whole = target(join(folder, 'runs.db'))
      return { ...whole, serve: (journal, worker) => whole.serve(journal, spoil(worker)) }
    }
    return { engine, close: () => rm(folder, { recursive: true }) }
  }
  testRuns(
    { name: 'spoilt', create },
    {
      describe: (_, body) => body(),
      it: (name, test) => tests.push([name, test]),
    },
  )
  const [, test] = tests.find(([name]) => name.startsWith(title)) ?? []
  if (!test) throw new Error(`no test ${title}`)
  return test().then(
    () => 'nothing',
    (error: unknown) => String(error),
  )
}

describe('testRuns', () => {
  it('finds an engine that does more at once than it may', async () => {
    const title = 'does as many at once'
    expect(await foundIn({ title, spoil: (worker) => worker })).toBe('nothing')
    const found = await foundIn({ title, spoil: (worker) => ({ ...worker, concurrency: 3 }) })
    expect(found).toContain('runs at once: expected 2, got 3')
  })
  it('has workers that keep an engine from runs of other code', async () => {
    const title = 'leaves runs of other code alone'
    const spoil = (worker: Worker): Worker => ({ ...worker, version: 'old', knows: () => true })
    expect(await foundIn({ title, spoil })).toBe('nothing')
  })
  it('finds an engine that takes a run twice', async () => {
    const title = 'does a run of an agent, once'
    const spoil = (worker: Worker): Worker => ({
      ...worker,
      work: async (runId) => {
        await worker.work(runId)
        await worker.work(runId)
      },
    })
    // The journal keeps it from that.
    expect(await foundIn({ title, spoil })).toBe('nothing')
  })
  it('refuses what makes no engine', () => {
    // @ts-expect-error it is to be a function
    expect(() => testRuns({ name: 'x', create: 1 }, { describe, it })).toThrow(InvalidArgument)
  })
})

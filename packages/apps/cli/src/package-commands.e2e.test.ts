import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { spawned } from '../fixtures/spawned.ts'

let cwd = ''
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'ashlar-recorded-'))
})
afterEach(() => rm(cwd, { recursive: true }))

const fixture = (name: string): string => join(import.meta.dirname, '../fixtures', name)

describe('ashlar runs, as a process', () => {
  it('records an agent whose file takes plugins, and replays it without a model', async () => {
    const agent = fixture('agents/recorded.agent.ts')
    const started = await spawned(['runs', 'start', agent, 'Count the words: one two three', '--id', 'r'], {
      cwd,
    })
    expect({ code: started.code, err: started.err }).toEqual({ code: 0, err: 'Run r\n' })
    expect(started.out).toContain('[offline rules, not a language model]')
    expect((await spawned(['runs', 'list'], { cwd })).out).toContain('recorded')
    const replayed = await spawned(['runs', 'replay', 'r', agent], { cwd })
    expect([replayed.out, replayed.code]).toEqual(['The same: every step and the result\n', 0])
  })

  it('refuses a file that exports a finished agent, and one that leaves the plugins out', async () => {
    const finished = await spawned(['runs', 'start', fixture('agents/booking.agent.ts'), 'go'], { cwd })
    expect(finished.code).not.toBe(0)
    expect(finished.err).toContain('({ model, plugins }) => createAgent')
    const without = await spawned(['runs', 'start', fixture('agents/open.agent.ts'), 'go'], { cwd })
    expect([without.code, without.out]).toEqual([2, ''])
    expect(without.err).toContain('({ model, plugins }) => createAgent')
  })

  it('shows a plan, made by rules where there is no model', async () => {
    await writeFile(join(cwd, 'agents.mjs'), "export const agents = { reader: { description: 'Reads' } }\n")
    const { code, out } = await spawned(['plan', 'read a, then read b', '--agents', 'agents.mjs'], { cwd })
    expect(code).toBe(0)
    expect(out).toContain('step-2 – reader: read b (after step-1)')
    expect(await readdir(cwd)).toEqual(['agents.mjs'])
  })
})

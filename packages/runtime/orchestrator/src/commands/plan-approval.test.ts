import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { captureIo } from '@ashlar/command/testing'
import { createAgent, type LanguageModel } from '@ashlar/core'
import { scriptedModel } from '@ashlar/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { planCommand, runsCommand } from '../cli.ts'

let cwd = ''
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'ashlar-plan-'))
  await writeFile(join(cwd, 'agents.mjs'), agentsFile())
})
afterEach(() => rm(cwd, { recursive: true }))

const agentsFile = (
  more = '',
): string => `export const agents = { clerk: { description: 'Writes', tools: ['send'] } }
export const tools = { send: { name: 'send', description: 'Sends', inputSchema: { type: 'object' }, annotations: {},
  validate: (value) => ({ value }), execute: () => 'sent' } }
export const plugins = [{ name: 'ask', setup: () => ({
  aroundTool: async (call, next) => (call.approved ? next(call) : 'pending') }) }]
${more}`

const model: LanguageModel = {
  ...scriptedModel(({ messages: { length } }) =>
    length === 1 ? { toolCalls: [{ callId: 'c1', name: 'send', input: { to: 'Ada' } }] } : 'Sent it.',
  ),
  provider: 'local',
  modelId: 'offline',
}

const run = async (command: typeof planCommand, words: readonly string[]) => {
  const io = captureIo({
    cwd,
    chooseModel: async () => ({ model, reason: 'a test' }),
    loadAgent: async (_, { plugins = [] } = {}) => createAgent({ name: 'plain', model, plugins }),
  })
  const code = await command.run(words, io)
  return { code, out: io.out(), err: io.err() }
}
const plan = (...words: string[]) => run(planCommand, [...words, '--agents', 'agents.mjs'])
const runs = (...words: string[]) => run(runsCommand, words)

/** The id of a plan that waits. */
const paused = async (...words: string[]): Promise<string> => {
  const { code, err } = await plan('write to Ada', '--yes', ...words)
  expect(code).toBe(3)
  return /^Run (\S+)/m.exec(err)?.[1] ?? ''
}

describe('a plan that waits for an approval', () => {
  it('says what for, and how to go on; goes on once it is approved', async () => {
    const id = await paused()
    const asked = await plan('--resume', id, '--yes')
    expect(asked.code).toBe(3)
    expect(asked.err).toContain('step-1/c1 send {"to":"Ada"}')
    expect(asked.err).toContain(
      `Approve: ashlar plan --resume ${id} --agents agents.mjs --yes --approve step-1/c1\n`,
    )
    const shown = await runs('show', id)
    expect(shown.out).toContain('paused')
    expect(shown.out).toContain('step-1/c1')
    const done = await plan('--resume', id, '--yes', '--approve', 'step-1/c1')
    expect({ code: done.code, out: done.out }).toEqual({ code: 0, out: 'Sent it.\n' })
  })

  it('tells the model why it was denied', async () => {
    const id = await paused('--json')
    const { code, out } = await plan('--resume', id, '--yes', '--json', '--deny', 'step-1/c1=too late')
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ state: 'success', pending: [] })
  })

  it('control: takes no answer to what does not wait', async () => {
    const id = await paused()
    for (const call of ['c1', 'step-2/c1']) {
      const { code, err } = await plan('--resume', id, '--yes', '--approve', call)
      expect(code).toBe(2)
      expect(err).toContain('step-1/c1')
    }
    expect((await plan('write', '--yes', '--approve', 'step-1/c1')).code).toBe(2)
    expect((await runs('resume', id, 'agents.mjs')).err).toContain(`ashlar plan --resume ${id}`)
  })
})

describe('the version of the code', () => {
  it('is that of the file: a run is not gone on with by another, unless any will do', async () => {
    const id = await paused()
    await writeFile(join(cwd, 'agents.mjs'), agentsFile('// changed'))
    const words = ['--resume', id, '--yes', '--approve', 'step-1/c1']
    const refused = await plan(...words)
    expect(refused.code).toBe(2)
    expect(refused.err).toMatch(
      /version: expected "sha256-\w+", which began \S+: .*--any-version.*received "sha256-/,
    )
    expect((await plan(...words, '--any-version')).code).toBe(0)
  })

  it('is that of what the file imports, too', async () => {
    await writeFile(join(cwd, 'rules.mjs'), 'export const strict = true')
    await writeFile(join(cwd, 'agents.mjs'), agentsFile("import './rules.mjs'"))
    const id = await paused()
    const words = ['--resume', id, '--yes', '--approve', 'step-1/c1']
    await writeFile(join(cwd, 'rules.mjs'), 'export const strict = false')
    const refused = await plan(...words)
    expect(refused.code).toBe(2)
    expect(refused.err).toContain('--any-version')
    await writeFile(join(cwd, 'rules.mjs'), 'export const strict = true')
    expect((await plan(...words)).code).toBe(0)
  })

  it('is what it is said to be', async () => {
    const id = await paused('--version', '7')
    await writeFile(join(cwd, 'agents.mjs'), agentsFile('// changed'))
    expect((await plan('--resume', id, '--yes')).err).toContain('expected "7"')
    expect((await plan('--resume', id, '--yes', '--version', '8', '--approve', 'step-1/c1')).code).toBe(2)
    const again = await plan('--resume', id, '--yes', '--version', '7')
    expect(again.err).toContain(`--yes --version 7 --approve step-1/c1`)
    expect((await plan('--resume', id, '--yes', '--version', '7', '--approve', 'step-1/c1')).code).toBe(0)
  })

  it('holds for the run of an agent too', async () => {
    await writeFile(join(cwd, 'a.mjs'), '// one')
    const journal = join(cwd, 'runs.db')
    const on = ['--journal', journal]
    const begun = await runs('start', 'a.mjs', 'hi', '--id', 'r', ...on)
    expect(begun.code).toBe(0)
    expect((await runs('list', '--json', ...on)).out).toMatch(/"version":"sha256-\w{12}"/)
    await runs('start', 'a.mjs', 'hi', '--id', 's', '--version', '', ...on).then(({ code }) =>
      expect(code).toBe(2),
    )
  })
})

import { tmpdir } from 'node:os'
import { captureIo } from '@ashlar/command/testing'
import { type Agent, approval, createAgent, tool } from '@ashlar/core'
import { wait, systemClock } from '@ashlar/core/clock'
import { scriptedModel } from '@ashlar/testing'
import pg from 'pg'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { runsCommand } from '../cli.ts'
import { openRuns, type RunParts } from '../runs/index.ts'
import { dbos } from './index.ts'

const url = process.env['ASHLAR_POSTGRES_URL'] ?? ''
let name = ''
let acted = 0
beforeEach(() => {
  name = `t_${crypto.randomUUID().replaceAll('-', '')}`
  acted = 0
})
afterEach(async () => {
  const pool = new pg.Pool({ connectionString: url, max: 1 })
  for (const schema of [`${name}_runs`, `${name}_dbos`])
    await pool.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`)
  await pool.end()
})

const act = tool({
  description: 'Acts',
  input: { type: 'object' },
  execute: async () => {
    // Longer than a lease, and than workers look for what is left.
    await wait(1_500, { clock: systemClock })
    return `acted ${++acted}`
  },
})
const model = scriptedModel(({ messages }) =>
  messages.length === 1 ? { toolCalls: [{ callId: 'c', name: 'act', input: {} }] } : 'Done.',
)
const asking = ({ plugins }: RunParts): Agent =>
  createAgent({ name: 'asking', model, tools: { act }, plugins: [approval(), ...plugins] })

const command = async (...words: string[]): Promise<string> => {
  const io = captureIo({
    cwd: tmpdir(),
    chooseModel: async () => ({ model, reason: 'a test' }),
    loadAgent: async (_, { plugins = [] } = {}) => asking({ plugins }),
  })
  const target = new URL(url)
  target.searchParams.set('schema', `${name}_runs`)
  const code = await runsCommand.run([...words, '--journal', target.href], io)
  return `${code} ${io.out()}${io.err()}`
}

it('ashlar runs shows what workers on DBOS do, goes on with it alone, and cancels it', async () => {
  const runs = await openRuns({ engine: dbos(url, { name }), agents: { asking }, leaseMs: 600 })
  try {
    for (const runId of ['a', 'b']) {
      await runs.startAgent('asking', 'Act', { runId })
      expect((await runs.result(runId)).state).toBe('paused')
    }
    expect(await command('list')).toMatch(/^0 [^]*\bb +asking +paused[^]*\ba +asking +paused/)
    expect(await command('show', 'a')).toContain('paused')
    const going = command('resume', 'a', 'asking', '--version', '1', '--approve', 'c')
    expect(await going).toMatch(/^0 Done\./)
    expect((await runs.result('a')).state).toBe('done')
    expect(acted).toBe(1)
    expect(await command('cancel', 'b')).toMatch(/^0 /)
    expect((await runs.result('b')).state).toBe('aborted')
    expect(await command('watch', 'a')).toMatch(/^0 /)
  } finally {
    await runs.close()
  }
}, 60_000)

import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAgent, type Plugin } from '@ashlar/core'
import { scriptedModel } from '@ashlar/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { CommandPolicy } from './command-policy.ts'
import { execPolicy } from './exec-policy.ts'
import { execTool } from './exec-tool.ts'
import { createWorkspace } from '../workspace.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'ashlar-policy-'))
})
afterEach(() => {
  rmSync(root, { recursive: true, force: true })
})

const seen: unknown[] = []
const policy: CommandPolicy = (command, context) => {
  seen.push(context)
  const text = String(command)
  if (text.includes('rm')) return { verdict: 'deny', rule: 'no-rm', why: 'it removes files' }
  if (text.startsWith('echo')) return { verdict: 'allow', rule: 'echo', why: 'it only prints' }
  return { verdict: 'ask', rule: 'unknown', why: 'nobody knows it' }
}

const agentOf = (command: unknown, plugins: Plugin[], given: CommandPolicy | undefined = policy) =>
  createAgent({
    model: scriptedModel([{ toolCalls: [{ callId: 'c1', name: 'exec', input: { command } }] }, 'done']),
    tools: { exec: execTool(createWorkspace({ root }), { policy: given }) },
    plugins,
  })
const resultOf = (messages: readonly unknown[]): string => JSON.stringify(messages.slice(2, 3))

describe('exec with a policy', () => {
  it('runs what is allowed', async () => {
    const { messages } = await agentOf(['echo', 'hi'], [execPolicy()]).run('go')
    expect(resultOf(messages)).toContain(String.raw`(exit code 0)\nstdout:\nhi`)
    expect(seen.at(-1)).toEqual({ cwd: createWorkspace({ root }).root, root: createWorkspace({ root }).root })
  })

  it('names the rule of what is denied, approved or not', async () => {
    const agent = agentOf('rm x', [execPolicy()])
    const { messages, reason } = await agent.run('go', { approvals: { c1: true } })
    expect(reason).toBe('done')
    expect(resultOf(messages)).toMatch(/rule no-rm denies this command: it removes files.*"isError":true/)
  })

  it('pauses for what it must ask about, and runs it once approved', async () => {
    const agent = agentOf('touch made', [execPolicy()])
    const paused = await agent.run('go', { runId: 'r' })
    expect([paused.reason, paused.pending.map(({ callId }) => callId)]).toEqual(['paused', ['c1']])
    expect(existsSync(join(root, 'made'))).toBe(false)
    const denied = await agent.run(paused, { runId: 'r', approvals: { c1: 'not now' } })
    expect(existsSync(join(root, 'made'))).toBe(false)
    expect(resultOf(denied.messages)).toContain('not now')
    await agentOf('touch made', [execPolicy()]).run(paused, { runId: 'r', approvals: { c1: true } })
    expect(existsSync(join(root, 'made'))).toBe(true)
  })

  it('asks about everything where there is no policy', async () => {
    const plain = createAgent({
      model: scriptedModel([{ toolCalls: [{ name: 'exec', input: { command: ['echo'] } }] }]),
      tools: { exec: execTool(createWorkspace({ root })) },
      plugins: [execPolicy()],
    })
    expect((await plain.run('go')).reason).toBe('paused')
  })

  it('refuses what needs a person where the plugin is missing', async () => {
    const { messages } = await agentOf('touch made', []).run('go')
    expect(resultOf(messages)).toContain('a person must approve this command')
    expect(existsSync(join(root, 'made'))).toBe(false)
  })

  it('holds an approval to the input that was shown', async () => {
    const swap: Plugin = {
      name: 'swap',
      setup: () => ({ aroundTool: (call, next) => next({ ...call, input: { command: 'touch other' } }) }),
    }
    const paused = await agentOf('touch made', [execPolicy(), swap]).run('go', { runId: 'r' })
    const { messages } = await agentOf('touch made', [execPolicy(), swap]).run(paused, {
      runId: 'r',
      approvals: { c1: true },
    })
    expect(resultOf(messages)).toContain('a person must approve')
    expect(existsSync(join(root, 'other'))).toBe(false)
  })

  it('takes an error or nonsense of a policy for no', async () => {
    const failing: CommandPolicy = () => {
      throw new Error('policy broke')
    }
    const nonsense = JSON.parse('{"verdict":"yes","rule":"odd","why":"?"}')
    for (const broken of [failing, () => nonsense]) {
      const { messages } = await agentOf('touch made', [execPolicy()], broken).run('go', {
        approvals: { c1: true },
      })
      expect(resultOf(messages)).toMatch(/policy broke|rule odd denies/)
      expect(existsSync(join(root, 'made'))).toBe(false)
    }
  })
})

import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAgent, type Plugin, type RunInput, userText } from '@ashlar/core'
import { scriptedModel } from '@ashlar/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { CommandPolicy } from './command-policy.ts'
import { execPolicy, execVerdict } from './exec-policy.ts'
import { execTool } from './exec-tool.ts'
import { workspaceTools } from '../workspace-tools.ts'
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

const agentOf = (command: unknown, plugins: Plugin[], given: CommandPolicy | 'none' = policy) =>
  createAgent({
    model: scriptedModel([{ toolCalls: [{ callId: 'c1', name: 'exec', input: { command } }] }, 'done']),
    tools: { exec: execTool(createWorkspace({ root }), { policy: given === 'none' ? undefined : given }) },
    plugins,
  })
/** A saved run whose call of exec nobody has answered. */
const calling = (command: unknown): RunInput => ({
  messages: [
    userText('go'),
    { role: 'assistant', content: [{ type: 'tool-call', callId: 'c1', name: 'exec', input: { command } }] },
  ],
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
    const { messages, reason } = await agent.run(calling('rm x'), { approvals: { c1: true } })
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
      const { messages } = await agentOf('touch made', [execPolicy()], broken).run(calling('touch made'), {
        approvals: { c1: true },
      })
      expect(resultOf(messages)).toMatch(/policy broke|rule odd denies/)
      expect(existsSync(join(root, 'made'))).toBe(false)
    }
  })

  it('runs by the policy of whoever runs the agent where the tool has none', async () => {
    const plain = (command: unknown, plugins: Plugin[]) =>
      agentOf(command, plugins, 'none').run('go', { runId: 'r' })
    const theirs = [execPolicy({ policy })]
    expect(resultOf((await plain(['echo', 'hi'], theirs)).messages)).toContain('exit code 0')
    expect((await plain('touch made', theirs)).reason).toBe('paused')
    expect(resultOf((await plain('rm x', theirs)).messages)).toMatch(/rule no-rm denies.*"isError":true/)
    expect((await plain(['echo', 'hi'], [execPolicy()])).reason).toBe('paused')
    const failing: CommandPolicy = () => {
      throw new Error('policy broke')
    }
    const broken = await plain(['echo', 'hi'], [execPolicy({ policy: failing })])
    expect(resultOf(broken.messages)).toMatch(/policy broke.*"isError":true/)
  })

  it.each([
    ['allow', 'allow', 'exit code 0'],
    ['allow', 'ask', 'paused'],
    ['ask', 'allow', 'paused'],
    ['allow', 'deny', 'rule theirs denies'],
    ['deny', 'allow', 'rule own denies'],
    ['ask', 'deny', 'rule theirs denies'],
  ] as const)('takes the stricter of its own (%s) and theirs (%s)', async (own, theirs, expected) => {
    const by =
      (verdict: 'allow' | 'ask' | 'deny', rule: string): CommandPolicy =>
      () => ({ verdict, rule, why: rule })
    const agent = agentOf(['echo', 'hi'], [execPolicy({ policy: by(theirs, 'theirs') })], by(own, 'own'))
    const result = await agent.run('go', { runId: 'r' })
    const { reason, messages } = result
    expect(`${reason} ${resultOf(messages)}`).toContain(expected)
    if (reason !== 'paused') return
    const approved = await agent.run(result, { runId: 'r', approvals: { c1: true } })
    expect(resultOf(approved.messages)).toContain('exit code 0')
  })

  it('leaves what other plugins put around the tool where it is', async () => {
    const mask: Plugin = {
      name: 'mask',
      setup: () => ({
        aroundTool: (call, next) => {
          const execute: typeof call.tool.execute = async (input, context) =>
            String(await call.tool.execute?.(input, { ...context })).replace('secret', '******')
          return next({ ...call, tool: { ...call.tool, execute } })
        },
      }),
    }
    for (const given of [policy, 'none'] as const)
      for (const approvals of [{}, { c1: true as const }]) {
        const command = ['echo', 'secret']
        const agent = agentOf(command, [mask, execPolicy({ policy })], given)
        expect(resultOf((await agent.run(calling(command), { approvals })).messages)).toContain('******')
      }
  })

  it('judges only exec', async () => {
    const { listDirectory } = workspaceTools({ root })
    expect(await execVerdict({ tool: listDirectory, input: { command: 'rm' } }, { policy })).toBeUndefined()
    const { exec } = workspaceTools({ root, exec: {} })
    expect(exec && (await execVerdict({ tool: exec, input: { command: 'rm' } }, { policy }))).toMatchObject({
      verdict: 'deny',
      rule: 'no-rm',
    })
  })
})

import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAgent, type Plugin } from '@ashlar/core'
import { scriptedModel } from '@ashlar/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createWorkspace, type Workspace } from '../workspace.ts'
import type { CommandPolicy } from './command-policy.ts'
import type { CommandWrapper } from './command-wrapper.ts'
import { exec } from './exec.ts'
import { execPolicy } from './exec-policy.ts'
import { execTool, type ExecToolOptions } from './exec-tool.ts'

let root: string
let workspace: Workspace
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'ashlar-wrap-'))
  workspace = createWorkspace({ root })
})
afterEach(() => {
  rmSync(root, { recursive: true, force: true })
})
const policy: CommandPolicy = (command) => ({
  verdict: String(command).includes('rm') ? 'deny' : 'allow',
  rule: 'test',
  why: 'a test',
})
/** Prints its name before the command. */
const named =
  (name: string): CommandWrapper =>
  async (argv) => ['/bin/sh', '-c', `printf '${name} '; exec "$@"`, 'sh', ...argv]
const run = async (command: unknown, options: ExecToolOptions, plugins: Plugin[] = []) => {
  const model = scriptedModel([{ toolCalls: [{ name: 'exec', input: { command } }] }, 'done'])
  const tools = { exec: execTool(workspace, { policy, ...options }) }
  const { messages } = await createAgent({ model, tools, plugins }).run('go')
  return JSON.stringify(messages.slice(2, 3))
}

describe('a command wrapper', () => {
  it('gets the argv, the shell of a line too, and where it runs', async () => {
    const seen: unknown[] = []
    const wrap: CommandWrapper = (argv, { root: at, cwd, env }) => {
      seen.push([argv, at, cwd, env['OWN']])
      return argv
    }
    const { stdout } = await exec(workspace, {
      command: 'echo hi',
      shell: '/bin/sh',
      env: { OWN: '1' },
      wrap,
    })
    expect(stdout.text).toBe('hi\n')
    expect(seen).toEqual([[['/bin/sh', '-c', 'echo hi'], workspace.root, workspace.root, '1']])
  })

  it('comes after the verdict about the command itself; the one of who runs the agent is the outermost', async () => {
    expect(await run(['echo', 'hi'], { wrap: named('own') })).toContain('own hi')
    const plugins = [execPolicy({ wrap: named('first') }), execPolicy({ wrap: named('second') })]
    expect(await run(['echo', 'hi'], { wrap: named('own') }, plugins)).toContain('first second own hi')
    expect(await run(['rm', 'x'], {}, plugins)).toMatch(/rule test denies/)
    // Negative control.
    expect(await run(['echo', 'hi'], {}, [execPolicy()])).toContain(String.raw`stdout:\nhi`)
  })

  it('holds for what another plugin makes of the input', async () => {
    const swap: Plugin = {
      name: 'swap',
      setup: () => ({ aroundTool: (call, next) => next({ ...call, input: { command: ['echo', 'other'] } }) }),
    }
    expect(await run(['echo', 'hi'], {}, [execPolicy({ wrap: named('fence') }), swap])).toContain(
      'fence other',
    )
  })

  it.each<[string, CommandWrapper]>([
    ['gives nothing', () => []],
    ['gives an empty program', () => ['']],
    ['gives a relative program', () => ['./bwrap', 'touch']],
    ['throws', () => Promise.reject(new Error('no fence here'))],
  ])('that %s prevents the command', async (_, wrap) => {
    expect(await run(['touch', 'made'], { wrap })).toMatch(/wrap must give a program|no fence here/)
    expect(existsSync(join(root, 'made'))).toBe(false)
  })
})

describe('the times of exec', () => {
  it.each([
    ['timeoutMs', -1],
    ['timeoutMs', Number.NaN],
    ['timeoutMs', 0],
    ['graceMs', -1],
    ['outputBytes', 0],
    ['outputBytes', 1.5],
  ])('refuse %s %d', async (name, value) => {
    await expect(exec(workspace, { command: ['true'], [name]: value })).rejects.toThrow(`${name}: expected`)
  })

  it.each(['timeoutMs', 'maxTimeoutMs', 'graceMs'])('are checked when the tool is made: %s', (name) => {
    expect(() => execTool(workspace, { [name]: Number.NaN })).toThrow(`${name}: expected`)
  })

  it('may be longer than a timer holds', async () => {
    for (const timeoutMs of [3e9, Infinity]) {
      const { exitCode, timedOut } = await exec(workspace, { command: ['sleep', '0.05'], timeoutMs })
      expect([exitCode, timedOut]).toEqual([0, false])
    }
    expect(await run(['echo', 'hi'], { timeoutMs: 3e9, maxTimeoutMs: 3e9 })).toContain('exit code 0')
  })
})

import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { exec, type OutputChunk } from './exec.ts'
import { createWorkspace, type Workspace } from '../workspace.ts'

let root: string
let workspace: Workspace
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'ashlar-exec-')))
  mkdirSync(join(root, 'sub'))
  workspace = createWorkspace({ root })
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(root, { recursive: true, force: true })
})

const node = (script: string): string[] => [process.execPath, '-e', script]

/** Neither running nor a zombie that this process has to reap. */
const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  if (process.platform !== 'linux') return true
  const [, state, parent] = /\) (\S) (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? []
  return state !== 'Z' || parent === String(process.pid)
}

const pidIn = async (file: string): Promise<number> => {
  for (let tries = 0; tries < 500; tries += 1) {
    const text = existsSync(join(root, file)) ? readFileSync(join(root, file), 'utf8') : ''
    if (text.endsWith('\n')) return Number(text)
    await delay(10)
  }
  throw new Error(`${file} was not written`)
}

describe('exec', () => {
  it('runs an argv as it is, and a line in a shell', async () => {
    const argv = await exec(workspace, { command: ['echo', '$HOME; a  b', '-n'] })
    expect(argv).toMatchObject({ exitCode: 0, signal: null, timedOut: false, cwd: '.' })
    expect(argv.stdout.text).toBe('$HOME; a  b -n\n')
    const line = await exec(workspace, { command: 'echo one; echo two >&2; exit 3' })
    expect(line).toMatchObject({ exitCode: 3, stdout: { text: 'one\n' }, stderr: { text: 'two\n' } })
  })

  it('starts in a folder of the root and nowhere else', async () => {
    const { stdout, cwd } = await exec(workspace, { command: 'pwd -P', cwd: 'sub' })
    expect([stdout.text, cwd]).toEqual([`${join(root, 'sub')}\n`, 'sub'])
    symlinkSync(tmpdir(), join(root, 'out'))
    for (const folder of ['..', '/', 'out'])
      await expect(exec(workspace, { command: ['pwd'], cwd: folder })).rejects.toMatchObject({
        code: 'outside-workspace',
      })
    await expect(exec(workspace, { command: ['pwd'], cwd: 'none' })).rejects.toMatchObject({
      code: 'not-found',
    })
  })

  it('passes on no secret of this process, unless it is named', async () => {
    vi.stubEnv('CANARY_API_KEY', 'sk-canary')
    vi.stubEnv('BASH_ENV', '/nowhere')
    const { stdout } = await exec(workspace, { command: ['env'] })
    expect(stdout.text).not.toContain('canary')
    expect(stdout.text).not.toContain('BASH_ENV')
    expect(stdout.text).toContain('PATH=')
    const named = await exec(workspace, { command: ['env'], passEnv: ['CANARY_API_KEY'], env: { OWN: '1' } })
    expect(named.stdout.text).toContain('CANARY_API_KEY=sk-canary\n')
    expect(named.stdout.text).toContain('OWN=1\n')
    await expect(exec(workspace, { command: ['env'], env: { 'A=B': '' } })).rejects.toThrow('env: expected')
  })

  it('closes input and shows bytes that are no UTF-8', async () => {
    expect((await exec(workspace, { command: ['cat'] })).exitCode).toBe(0)
    const { stdout } = await exec(workspace, { command: ['printf', String.raw`a\377b`] })
    expect(stdout).toEqual({ text: 'a\ufffdb', bytes: 3, omittedBytes: 0 })
  })

  it('keeps both ends of long output and streams the start', async () => {
    const chunks: OutputChunk[] = []
    const script = `process.stdout.write('start' + 'x'.repeat(3_000_000) + 'end')`
    const { stdout } = await exec(workspace, {
      command: node(script),
      outputBytes: 100,
      onOutput: (chunk) => chunks.push(chunk),
    })
    expect(stdout.bytes).toBe(3_000_008)
    expect(stdout.text).toMatch(/^startx{45}\n… 2999908 bytes left out …\nx{47}end$/)
    expect(chunks[0]).toMatchObject({ stream: 'stdout', text: expect.stringMatching(/^startx/) })
    expect(chunks.map(({ text }) => text).join('').length).toBeLessThan(1_000_000)
  })

  it.each([
    ['no program', []],
    ['an empty program', ' '],
    ['a NUL', ['echo', 'a\0b']],
    ['a program that is not there', ['no-such-program-here']],
    ['a folder', ['/']],
  ])('refuses %s', async (_, command) => {
    await expect(exec(workspace, { command })).rejects.toMatchObject({ code: 'invalid-command' })
  })
})

/** Ignores SIGTERM, and so does a grandchild that goes on without its parent. */
const stubborn = (own: string, child: string): string[] =>
  node(`
    const { spawn } = require('node:child_process')
    const { writeFileSync } = require('node:fs')
    process.on('SIGTERM', () => {})
    const script = "process.on('SIGTERM', () => {}); require('node:fs').writeFileSync('${child}', process.pid + '\\\\n'); setInterval(() => {}, 1000)"
    spawn(process.execPath, ['-e', script], { stdio: 'inherit' })
    writeFileSync('${own}', process.pid + '\\n')
    setInterval(() => {}, 1000)`)

describe('the end of a command', () => {
  it('is the end of all it started: time up', async () => {
    const result = await exec(workspace, { command: stubborn('a', 'b'), timeoutMs: 700, graceMs: 100 })
    expect(result).toMatchObject({ timedOut: true, exitCode: null, signal: 'SIGKILL' })
    for (const file of ['a', 'b']) expect(isAlive(await pidIn(file))).toBe(false)
  })

  it('is the end of all it started: abort', async () => {
    const controller = new AbortController()
    const { signal } = controller
    const running = exec(workspace, { command: stubborn('a', 'b'), graceMs: 100, signal })
    running.catch(() => {})
    const pids = [await pidIn('a'), await pidIn('b')]
    // Negative control: they are seen while they live.
    expect(pids.map(isAlive)).toEqual([true, true])
    const reason = new Error('enough')
    controller.abort(reason)
    await expect(running).rejects.toBe(reason)
    expect(pids.map(isAlive)).toEqual([false, false])
    await expect(exec(workspace, { command: ['true'], signal })).rejects.toBe(reason)
  })

  it('is the end of what it left in the background', async () => {
    const { exitCode } = await exec(workspace, { command: 'sleep 60 & echo $! > pid; exit 0', graceMs: 100 })
    expect(exitCode).toBe(0)
    expect(isAlive(await pidIn('pid'))).toBe(false)
  })

  it('is said by SIGTERM first', async () => {
    const script = `process.on('SIGTERM', () => { console.log('tidy'); process.exit(7) }); console.log('up'); setInterval(() => {}, 1000)`
    const controller = new AbortController()
    let out = ''
    const onOutput = ({ text }: OutputChunk): void => {
      out += text
      if (text.includes('up')) controller.abort()
    }
    const { signal } = controller
    await exec(workspace, { command: node(script), signal, onOutput }).catch(() => {})
    expect(out).toBe('up\ntidy\n')
  })

  it('leaves no zombie', async () => {
    for (let i = 0; i < 5; i += 1)
      await exec(workspace, { command: 'sh -c "sleep 60 & exit 0"', graceMs: 50 })
    const children = execFileSync('ps', ['-o', 'stat=', '--ppid', String(process.pid)], { encoding: 'utf8' })
    expect(children.split('\n').filter((stat) => stat.startsWith('Z'))).toEqual([])
  })
})

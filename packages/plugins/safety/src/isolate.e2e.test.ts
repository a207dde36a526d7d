import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { homedir, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isolate, isolation } from './isolate.ts'

const found = isolation()
if (found.kind === 'none') console.log(`Isolation was NOT tested: ${found.reason}`)

describe('isolation', () => {
  it('says why there is none', () => {
    expect(isolation({ path: '/nonexistent' })).toEqual({
      kind: 'none',
      reason: expect.stringContaining('not installed'),
    })
  })

  it('refuses to run without a fence, a root or a command', () => {
    const none = { kind: 'none', reason: 'bubblewrap (bwrap) is not installed.' } as const
    expect(() => isolate(['ls'], { root: '/work', isolation: none })).toThrow('not installed')
    expect(() => isolate([], { root: '/work', isolation: none })).toThrow('argv')
    expect(() => isolate(['ls'], { root: 'relative', isolation: none })).toThrow('absolute')
    for (const root of ['/', homedir(), dirname(homedir()), `${homedir()}/x/..`])
      expect(() => isolate(['ls'], { root, isolation: none })).toThrow('root: expected a folder below /')
    const options = { root: '/srv/project', isolation: none }
    expect(() => isolate(['ls'], { ...options, readable: ['/a', 'rel'] })).toThrow('readable[1]: expected')
    expect(() => isolate(['ls'], { ...options, cwd: '/srv/projects' })).toThrow(
      'cwd: expected a folder in root',
    )
    expect(() => isolate(['ls'], { ...options, cwd: '/srv/project/a' })).toThrow('not installed')
    expect(() => Reflect.apply(isolate, undefined, [['ls'], { ...options, netwrok: true }])).toThrow(
      'netwrok: expected one of',
    )
  })
})

describe.runIf(found.kind === 'bubblewrap')('isolate, with bubblewrap', () => {
  let root = ''
  let outside = ''
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'ashlar-inside-'))
    outside = mkdtempSync(join(homedir(), '.ashlar-outside-'))
    writeFileSync(join(outside, 'secret'), 'canary-1')
  })
  afterAll(() => {
    for (const folder of [root, outside]) rmSync(folder, { recursive: true, force: true })
  })

  const shell = (script: string, fenced: boolean, network = false) => {
    const argv = ['sh', '-c', script]
    const [program = '', ...args] = fenced ? isolate(argv, { root, network, isolation: found }) : argv
    return spawnSync(program, args, {
      encoding: 'utf8',
      timeout: 10_000,
      cwd: root,
      env: { ...process.env, CANARY: 'canary-2' },
    })
  }

  it('lets it write in the root, and nowhere else', () => {
    expect(shell('echo fine > inside.txt', true).status).toBe(0)
    expect(readFileSync(join(root, 'inside.txt'), 'utf8')).toBe('fine\n')
    expect(shell('echo x > /usr/ashlar-was-here', true).status).not.toBe(0)
    shell(`echo changed > ${join(outside, 'secret')}`, true)
    expect(readFileSync(join(outside, 'secret'), 'utf8')).toBe('canary-1')
  })

  it('leaves no hook in .git, which would run outside with the next commit', () => {
    const script = 'mkdir -p .git/hooks && echo "touch /tmp/pwn" > .git/hooks/pre-commit'
    mkdirSync(join(root, '.git'))
    expect(shell(script, true).status).not.toBe(0)
    expect(existsSync(join(root, '.git/hooks'))).toBe(false)
    expect(shell('mv .git other', true).status).not.toBe(0)
    expect(shell(script, false).status).toBe(0)
  })

  it('starts where it is told, in the root', () => {
    mkdirSync(join(root, 'sub'))
    const [program = '', ...args] = isolate(['pwd'], { root, cwd: join(root, 'sub'), isolation: found })
    expect(spawnSync(program, args, { encoding: 'utf8' }).stdout.trim()).toBe(join(root, 'sub'))
  })

  it('hides the home, the environment and other processes', () => {
    const script = `cat ${join(outside, 'secret')}; env; ls /proc | grep -c '^[0-9]'`
    expect(shell(script, false).stdout).toContain('canary-1')
    expect(shell(script, false).stdout).toContain('canary-2')
    const fenced = shell(script, true).stdout
    expect(fenced).not.toContain('canary')
    expect(Number(fenced.trim().split('\n').at(-1))).toBeLessThan(8)
  })

  it('has no network unless asked for', async () => {
    const server = createServer((_, response) => response.end('reached'))
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : 0
    const script = `fetch('http://127.0.0.1:${port}').then(r=>r.text()).then(t=>console.log(t),()=>console.log('cut off'))`
    const run = async (network: boolean) => {
      const { spawn } = await import('node:child_process')
      const [program = '', ...args] = isolate([process.execPath, '-e', script], {
        root,
        network,
        // Node may be installed below the home, or in /tmp.
        readable: [dirname(process.execPath)],
        isolation: found,
      })
      const child = spawn(program, args)
      let out = ''
      child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
      await new Promise((done) => child.on('close', done))
      return out.trim()
    }
    expect(await run(false)).toBe('cut off')
    expect(await run(true)).toBe('reached')
    server.close()
  })
})

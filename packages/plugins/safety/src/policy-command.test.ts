import { captureIo } from '@ashlar/command/testing'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createPolicyCommand, policyCommand } from './policy-command.ts'

const run = async (args: readonly string[], stdin?: string) => {
  const io = captureIo({
    cwd: '/home/dev/project',
    env: { HOME: '/home/dev' },
    ...(stdin !== undefined && { stdin }),
  })
  return { code: await policyCommand.run(args, io), out: io.out(), err: io.err() }
}

describe('ashlar policy check', () => {
  it('says the verdict and ends with it', async () => {
    expect(await run(['check', 'ls'])).toMatchObject({
      code: 0,
      out: expect.stringContaining('allow (known-safe)'),
    })
    expect(await run(['check', 'npm i x'])).toMatchObject({
      code: 3,
      out: expect.stringContaining('ask (supply-chain)'),
    })
    const denied = await run(['check', 'ls; rm -rf /'])
    expect(denied).toMatchObject({ code: 4, out: expect.stringContaining('deny (destroys-files)') })
    expect(denied.out).toContain('  rm -rf /\n')
  })

  it('answers in JSON, always with 0', async () => {
    const { code, out } = await run(['check', '--json', 'rm -rf ~'])
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ verdict: 'deny', rule: 'destroys-files', span: [0, 8] })
  })

  it('judges from the folder it is given, which has to be there', async () => {
    const root = mkdtempSync(join(tmpdir(), 'ashlar-policy-'))
    mkdirSync(join(root, 'src'))
    const at = (...args: string[]) => run(['check', 'cat ../a', ...args])
    expect((await at('--cwd', join(root, 'src'), '--root', root)).code).toBe(0)
    expect((await at('--cwd', join(root, 'src'))).code).toBe(3)
    expect(await at('--cwd', join(root, 'none'))).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringContaining('--cwd: expected a folder that is there'),
    })
    expect((await at('--cwd', root, '--root', join(root, 'none'))).err).toContain('--root: expected')
    rmSync(root, { recursive: true })
  })

  it('reads many, plain or as JSON, and answers each on its line', async () => {
    const lines = [
      'ls',
      '{"command":"rm -rf /"}',
      '{"command":["cat",".env"]}',
      '{ ls; }',
      '{"other":1}',
      '',
      'foo',
    ]
    const { code, out } = await run(['check'], lines.join('\n'))
    expect(code).toBe(0)
    const verdicts = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).verdict)
    expect(verdicts).toEqual(['allow', 'deny', 'deny', 'allow', 'ask', 'allow', 'ask'])
  })

  it('refuses wrong arguments', async () => {
    expect((await run(['check', 'a', 'b'])).code).toBe(2)
    expect((await run(['nonsense'])).code).toBe(2)
  })
})

describe('ashlar policy check with rules of the user', () => {
  const asked: unknown[] = []
  const command = createPolicyCommand({
    rules: async ({ cwd, agent }) => {
      asked.push([cwd, agent])
      return [
        { pattern: ['npm', 'install'], verdict: 'allow', source: 'mine.yaml:3:5' },
        { pattern: ['make', '*'], verdict: 'deny', why: 'Not today.', source: 'theirs.yaml:1:2' },
        { pattern: ['rm', '*'], verdict: 'allow', source: 'mine.yaml:9:5' },
      ]
    },
  })
  const check = async (...args: string[]) => {
    const io = captureIo({ cwd: '/home/dev/project', env: { HOME: '/home/dev' } })
    const code = await command.run(['check', ...args], io)
    return { code, out: io.out() }
  }

  it.each([
    ['npm install x', 'allow', 'user:npm install', 'mine.yaml:3:5'],
    ['ls && npm install x | tail -n 3', 'allow', 'user:npm install', 'mine.yaml:3:5'],
    ['ls; make all', 'deny', 'user:make *', 'theirs.yaml:1:2'],
    ['npm install x && make all', 'deny', 'user:make *', 'theirs.yaml:1:2'],
    ['npm update', 'ask', 'supply-chain', undefined],
    ['ls', 'allow', 'known-safe', undefined],
    ['rm -rf /', 'deny', 'destroys-files', undefined],
    ['npm install x; rm -rf ~', 'deny', 'destroys-files', undefined],
  ])('says of %j: %s by %s', async (line, verdict, rule, source) => {
    const found: unknown = JSON.parse((await check(line, '--json')).out)
    expect(found).toMatchObject({ verdict, rule, ...(source !== undefined && { source }) })
    expect(Object.hasOwn(Object(found), 'source')).toBe(source !== undefined)
  })

  it('shows where the rule is written, and asks for the rules of the folder and the agent', async () => {
    const { code, out } = await check('make all', '--agent', 'docs', '--root', '/usr', '--cwd', '/usr/bin')
    expect([code, out]).toEqual([4, 'deny (user:make *): Not today.\n  make all\n  by theirs.yaml:1:2\n'])
    expect(asked.at(-1)).toEqual(['/usr', 'docs'])
    expect((await run(['check', 'ls', '--agent', 'docs'])).code).toBe(2)
  })

  it('fails where the rules cannot be had', async () => {
    const broken = createPolicyCommand({
      rules: async () => {
        throw new Error('ashlar.config.yaml:1:1: unknown key')
      },
    })
    const io = captureIo({ cwd: '/', env: {} })
    expect([await broken.run(['check', 'ls'], io), io.out(), io.err()]).toEqual([
      1,
      '',
      'ashlar policy check: ashlar.config.yaml:1:1: unknown key\n',
    ])
  })
})

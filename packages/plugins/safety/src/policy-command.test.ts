import { captureIo } from '@ashlar/command/testing'
import { describe, expect, it } from 'vitest'
import { policyCommand } from './policy-command.ts'

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

  it('judges from the folder it is given', async () => {
    expect((await run(['check', 'cat ../a', '--cwd', 'src', '--root', '.'])).code).toBe(0)
    expect((await run(['check', 'cat ../a', '--cwd', 'src'])).code).toBe(3)
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

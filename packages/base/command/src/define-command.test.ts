import { InvalidArgument } from '@ashlar/core/errors'
import { describe, expect, it } from 'vitest'
import { captureIo, type CaptureIoOptions } from './capture-io.ts'
import { type Command, defineCommand } from './define-command.ts'

const greet = defineCommand({
  name: 'ashlar greet',
  summary: 'Greet someone',
  positionals: { usage: '<name>', min: 1 },
  options: {
    tone: { type: 'string', choices: ['warm', 'cool'], default: 'warm', description: 'How' },
    tag: { type: 'string', multiple: true, short: 't', value: 'word', description: 'Kept with it' },
    json: { type: 'boolean', description: 'Print JSON' },
  },
  details: 'Exit codes: 0 greeted.',
  run: async ({ values, positionals: [name] }, io) => {
    // Each has the type that its definition gives it.
    const tone: string = values.tone
    const tags: string[] | undefined = values.tag
    const json: boolean = values.json
    io.stdout.write(`${JSON.stringify({ name, tone, tags, json })}\n`)
  },
})

const failing = (error: unknown): Command =>
  defineCommand({
    name: 'ashlar fail',
    summary: 'Fails',
    run: async () => {
      throw error
    },
  })

const run = async (command: Command, args: string[], options?: CaptureIoOptions) => {
  const io = captureIo(options)
  return { code: await command.run(args, io), out: io.out(), err: io.err() }
}

describe('defineCommand', () => {
  it('gives values, defaults and arguments', async () => {
    const { code, out, err } = await run(greet, ['Ann', '-t', 'a', '--tag=b', '--json'])
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(JSON.parse(out)).toEqual({ name: 'Ann', tone: 'warm', tags: ['a', 'b'], json: true })
    expect(JSON.parse((await run(greet, ['Bob'])).out)).toEqual({ name: 'Bob', tone: 'warm', json: false })
  })

  it.each([
    [[], 'arguments'],
    [['Ann', 'Bob'], '<name>'],
    [['Ann', '--tine', 'warm'], '--tine'],
    [['Ann', '--tone', 'hot'], 'warm, cool'],
    [['Ann', '--tone'], '--tone'],
    [['Ann', '--json=1'], '--json'],
  ])('refuses %j with one line and 2', async (args, part) => {
    const { code, out, err } = await run(greet, args)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toContain(part)
    expect(err).toMatch(/^ashlar greet: [^\n]+ \(see ashlar greet --help\)\n$/)
  })

  it('prints help, before anything else is looked at', async () => {
    const { code, out } = await run(greet, ['--nonsense', '-h'])
    expect(code).toBe(0)
    expect(out).toBe(
      [
        'Usage: ashlar greet <name> [options]',
        '',
        'Greet someone',
        '',
        '  --tone <warm|cool>  How (default warm)',
        '  -t, --tag <word>    Kept with it',
        '  --json              Print JSON',
        '  -h, --help          print this',
        '',
        'Exit codes: 0 greeted.',
        '',
      ].join('\n'),
    )
    expect((await run(greet, ['--', '--help'])).out).toContain('"name":"--help"')
  })

  it.each([
    [new InvalidArgument('--limit', 'a number', 'x'), 2],
    [new Error('no\nroom \u001B[2J'), 1],
    [Object.create(null), 1],
    ['thrown text', 1],
  ])('tells what was thrown on one line', async (error, code) => {
    const result = await run(failing(error), [])
    expect(result.code).toBe(code)
    expect(result.err).toMatch(/^ashlar fail: \P{Cc}+\n$/u)
  })

  it('says that it was interrupted, whatever was thrown', async () => {
    const signal = AbortSignal.abort()
    const result = await run(failing(new Error('x')), [], { signal })
    expect(result).toEqual({ code: 130, out: '', err: 'ashlar fail: interrupted\n' })
  })

  it('ends with the code that run returns', async () => {
    const three = defineCommand({ name: 'x', summary: 'Three', run: async () => 3 })
    expect((await run(three, [])).code).toBe(3)
  })
})

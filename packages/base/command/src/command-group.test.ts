import { describe, expect, it } from 'vitest'
import { captureIo } from './capture-io.ts'
import { commandGroup } from './command-group.ts'
import { defineCommand } from './define-command.ts'

const add = defineCommand({
  name: 'ashlar list add',
  summary: 'Add a line',
  positionals: { usage: '<line>', min: 1 },
  run: async ({ positionals }, io) => void io.stdout.write(`added ${positionals[0]}\n`),
})
const clear = defineCommand({ name: 'ashlar list clear', summary: 'Remove all', run: async () => 7 })
const group = commandGroup({ name: 'ashlar list', summary: 'A list', commands: { add, clear } })

const run = async (...args: string[]) => {
  const io = captureIo()
  return { code: await group.run(args, io), out: io.out(), err: io.err() }
}

describe('commandGroup', () => {
  it('runs the command that the first word names', async () => {
    expect(await run('add', 'x')).toEqual({ code: 0, out: 'added x\n', err: '' })
    expect((await run('clear')).code).toBe(7)
    expect((await run('add', '--help')).out).toContain('Usage: ashlar list add <line>')
  })

  it('lists its commands', async () => {
    const { code, out } = await run('--help')
    expect(code).toBe(0)
    expect(out).toContain('  add    Add a line\n  clear  Remove all\n')
  })

  it.each([[[]], [['remove']], [['toString']], [['__proto__']]])('refuses %j', async (words) => {
    const { code, out, err } = await run(...words)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toMatch(/^ashlar list: [^\n]+Expected one of add, clear[^\n]+\n$/)
  })
})

import { describe, expect, it } from 'vitest'
import { parseCommandLine } from './command-line.mjs'

const known = ['redis', 'postgres']
const parse = (...args) => parseCommandLine(args, known)

describe('parseCommandLine', () => {
  it('takes all engines where none is named', () => {
    expect(parse('up')).toEqual({ command: 'up', engines: known, rest: [] })
  })

  it('takes the named ones once', () => {
    expect(parse('down', 'redis', 'redis').engines).toEqual(['redis'])
  })

  it('leaves what stands after -- to the command', () => {
    expect(parse('run', 'redis', '--', 'node', '--test', '--', 'x')).toEqual({
      command: 'run',
      engines: ['redis'],
      rest: ['node', '--test', '--', 'x'],
    })
  })

  it.each([
    [[], 'got nothing'],
    [['start'], 'expected one of up, down, status, env, run, got start'],
    [['up', 'oracle'], 'no engine oracle; there are redis, postgres'],
    [['run', 'redis'], 'run needs a command after --'],
    [['run', '--'], 'run needs a command after --'],
    [['up', '--', 'node'], 'up takes nothing after --'],
  ])('refuses %j', (args, message) => {
    expect(() => parse(...args)).toThrow(message)
  })
})

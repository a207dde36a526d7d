import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { converse } from './converse.mjs'
import { isAlive, isRunning, waitUntil } from './processes.mjs'
import { Unavailable } from './programs.mjs'
import { runWith, sweep } from './run-with.mjs'
import { createServices } from './services.mjs'

const server = `
const [, port, folder] = process.argv
if (folder.includes('deaf')) process.on('SIGTERM', () => {})
require('node:net').createServer((socket) => socket.end('hello')).listen(Number(port), '127.0.0.1')
`

/** A server as an engine: its program is this Node. */
const engine = (name, changes = {}) => ({
  name,
  variable: `ASHLAR_TEST_${name.toUpperCase()}_URL`,
  url: (port) => `tcp://127.0.0.1:${port}`,
  obtain: async () => process.execPath,
  prepare: ({ program, folder, port }) => ({
    command: program,
    args: ['--eval', server, '--', String(port), folder],
  }),
  isReady: async ({ port }) => (await converse(port, '')) === 'hello',
  ...changes,
})

const one = engine('one')
const two = engine('two')
const missing = engine('missing', {
  obtain: async () => {
    throw new Unavailable('not to be had')
  },
})
const broken = engine('broken', {
  prepare: ({ program, folder }) => ({
    command: program,
    args: ['--eval', 'console.error("no such disk"); process.exit(1)', '--', folder],
  }),
})

describe('services', () => {
  let home
  let services
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'ashlar-services-'))
    services = createServices(join(home, 'shared'))
  })
  afterEach(async () => {
    for (const each of [one, two, broken]) await services.down(each)
    rmSync(home, { recursive: true, force: true })
  })

  it('starts a server that outlives the call, once', async () => {
    const [first, second] = await Promise.all([services.up(one), services.up(one)])
    expect(second).toEqual(first)
    expect(isRunning(first)).toBe(true)
    expect(createServices(join(home, 'shared')).find(one)).toEqual(first)
    expect(await converse(first.port, '')).toBe('hello')
  })

  it('stops what it started and nothing else', async () => {
    const [first, second] = [await services.up(one), await services.up(two)]
    expect(await services.down(one)).toBe(true)
    expect([isAlive(first.pid), isAlive(second.pid)]).toEqual([false, true])
    expect([existsSync(first.folder), existsSync(second.folder)]).toEqual([false, true])
    expect(await services.down(one)).toBe(false)
  })

  it('does not take another process of the same number for its own', async () => {
    const service = await services.up(one)
    const record = join(home, 'shared/one/service.json')
    await services.down(one)
    writeFileSync(record, JSON.stringify({ ...service, pid: process.pid }))
    expect(services.find(one)).toBeUndefined()
    expect(await services.down(one)).toBe(false)
    expect(isAlive(process.pid)).toBe(true)
  })

  it('takes over the lock of a process that is gone', async () => {
    mkdirSync(join(home, 'shared'))
    writeFileSync(join(home, 'shared/lock'), '4194305')
    expect((await services.up(one)).port).toBeGreaterThan(0)
  })

  it('tells the last words of a server that does not start', async () => {
    await expect(services.up(broken)).rejects.toThrow(
      /broken ended on port \d+; its last words:\nno such disk/,
    )
    expect(services.find(broken)).toBeUndefined()
  })

  const environment = { home: '', engines: [one, two, missing, broken] }
  const runIn = async (wanted, command) => {
    const lines = []
    const result = await runWith({
      ...environment,
      home,
      wanted,
      command,
      report: (line) => lines.push(line),
    })
    return { ...result, lines }
  }

  it('runs a command with what it could start, and stops that', async () => {
    const shared = await services.up(two)
    let own
    const { lines, ...result } = await runIn([one, two, missing, broken], async (env) => {
      expect(Object.keys(env)).toEqual([one.variable, two.variable])
      expect(env[two.variable]).toBe(shared.url)
      own = createServices(join(home, `run-${process.pid}`)).find(one)
      expect(own.url).toBe(env[one.variable])
      return 7
    })
    expect(result).toEqual({ code: 7, missing: ['missing'], broken: ['broken'] })
    expect(lines[2]).toBe('missing: NOT RUN: not to be had')
    expect(lines[3]).toContain('broken: FAILED: broken ended')
    expect([isAlive(own.pid), isAlive(shared.pid)]).toEqual([false, true])
    expect(readdirSync(home)).toEqual(['shared'])
  })

  it('uses the server that the environment names', async () => {
    process.env[one.variable] = 'tcp://elsewhere:1'
    try {
      await runIn([one], async (env) => expect(env).toEqual({ [one.variable]: 'tcp://elsewhere:1' }))
    } finally {
      delete process.env[one.variable]
    }
  })

  it('stops what it started when the command throws', async () => {
    let own
    const failing = runIn([one], async () => {
      own = createServices(join(home, `run-${process.pid}`)).find(one)
      throw new Error('no such command')
    })
    await expect(failing).rejects.toThrow('no such command')
    expect(isAlive(own.pid)).toBe(false)
  })

  it('sweeps up after a run that was killed', async () => {
    const left = await createServices(join(home, 'run-4194305')).up(one)
    const alive = await createServices(join(home, `run-${process.pid}`)).up(one)
    await sweep(home, [one, two])
    expect([isAlive(left.pid), isAlive(alive.pid)]).toEqual([false, true])
    await createServices(join(home, `run-${process.pid}`)).down(one)
  })

  it('waits no longer than it is told', async () => {
    expect(await waitUntil(() => false, 60)).toBe(false)
  })
})

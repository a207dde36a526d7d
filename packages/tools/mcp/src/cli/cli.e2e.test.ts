import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { captureIo } from '@ashlar/command/testing'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { createMcpClient, toContent } from '../index.ts'
import { createMcpServer } from '../server/index.ts'
import { mcpCommand } from './index.ts'

// Each test starts processes, on a machine that may have other work.
vi.setConfig({ testTimeout: 60_000 })

const folder = mkdtempSync(join(tmpdir(), 'ashlar-mcp-cli-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const echo = { command: process.execPath, args: [join(import.meta.dirname, '../echo-server.ts')] }
const hostile = {
  command: process.execPath,
  args: [join(import.meta.dirname, '../../fixtures/hostile-server.ts')],
  env: { API_TOKEN: '${input:token}' },
}
const write = (name: string, servers: object, inputs: unknown[] = []): string => {
  writeFileSync(join(folder, name), JSON.stringify({ servers, inputs }))
  return name
}
write('.mcp.json', { echo })
const many = write('many.json', { echo, hostile, off: { ...echo, disabled: true } }, [
  { id: 'token', password: true },
])
const bin = join(import.meta.dirname, '../../../../apps/cli/src/bin.ts')

const run = async (args: readonly string[], options: Parameters<typeof captureIo>[0] = {}) => {
  const io = captureIo({ cwd: folder, env: { PATH: process.env['PATH'] ?? '' }, ...options })
  const code = await mcpCommand.run(args, io)
  return { code, out: io.out(), err: io.err() }
}

describe('ashlar mcp list', () => {
  it('says of each server whether it can be reached', async () => {
    const { code, out } = await run(['list', '--config', many, '--input', 'token=hide-me-1234'])
    expect(out).toMatch(/^echo +stdio +ready +4 tools, ashlar-echo .*, protocol 2026-07-28$/m)
    expect(out).toMatch(/^hostile +stdio +ready +14 tools/m)
    expect(out).toMatch(/^off +stdio +disabled$/m)
    expect(code).toBe(0)
  })
  it('fails when one cannot, and does not ask when it is not to', async () => {
    const broken = write('broken.json', { gone: { command: 'no-such-command-here' } })
    expect(await run(['list', '--config', broken])).toMatchObject({
      code: 1,
      out: expect.stringContaining('there is no command'),
    })
    const { out, code } = await run(['list', '--config', broken, '--offline', '--json'])
    expect([code, JSON.parse(out)]).toEqual([
      0,
      [{ server: 'gone', type: 'stdio', state: 'not asked', detail: '' }],
    ])
  })
  it('says where it has looked', async () => {
    const { code, err } = await run(['list'], { cwd: tmpdir() })
    expect(code).toBe(2)
    expect(err).toMatch(/--config: expected a file, or one of \.mcp\.json, \.vscode\/mcp\.json/)
    expect(await run(['list', '--config', many, '--input', 'x'])).toMatchObject({ code: 2 })
  })
})

describe('ashlar mcp tools, call and pin', () => {
  it('lists tools and their effects', async () => {
    const { code, out } = await run(['tools'])
    expect(code).toBe(0)
    expect(out).toMatch(/^add +echo +reads +Adds two numbers$/m)
    const { out: json } = await run(['tools', 'echo', '--json'])
    expect(JSON.parse(json)).toHaveLength(4)
  })
  it('calls one, with input from an argument or stdin', async () => {
    expect(await run(['call', 'echo', 'add', '{"a":20,"b":22}'])).toMatchObject({
      code: 0,
      out: '{"sum":42}\n',
    })
    expect(await run(['call', 'echo', 'echo', '-'], { stdin: '{"text":"piped"}' })).toMatchObject({
      code: 0,
      out: 'piped\n',
    })
    expect(await run(['call', 'echo', 'add'])).toMatchObject({
      code: 1,
      out: '',
      err: 'Invalid input: a: required; b: required\n',
    })
    expect(await run(['call', 'echo', 'add', '[]'])).toMatchObject({ code: 2 })
    expect((await run(['call', 'echo', 'sub'])).err).toMatch(
      /tool: expected one of echo, add, wait, picture, received "sub"/,
    )
    const { out } = await run(['call', 'echo', 'add', '{"a":1,"b":2}', '--json'])
    expect(JSON.parse(out)).toMatchObject({ structuredContent: { sum: 3 } })
  })
  it('shows no secret, even when the server does', async () => {
    const input = ['--config', many, '--input', 'token=hide-me-1234', '--verbose']
    const { out, err, code } = await run(['call', 'hostile', 'environment', ...input])
    expect([code, out]).toEqual([0, expect.stringContaining('"API_TOKEN":"[secret]"')])
    const leak = await run(['call', 'hostile', 'leak', ...input])
    expect(leak).toMatchObject({ code: 1, err: expect.stringContaining('bad token [secret]') })
    expect(out + err + leak.out + leak.err).not.toContain('hide-me')
    expect((await run(['call', 'hostile', 'echo', '--config', many])).err).toMatch(/--input token=…/)
  })
  it('approves tools, and refuses what is not approved', async () => {
    const lock = ['--lock', 'here.lock.json']
    expect(await run(['pin', '--check', ...lock])).toMatchObject({
      code: 1,
      out: expect.stringContaining('new     echo/add'),
    })
    expect(await run(['pin', ...lock])).toMatchObject({ code: 0, err: 'approved in here.lock.json\n' })
    expect(await run(['pin', '--check', ...lock])).toMatchObject({ code: 0, err: 'nothing has changed\n' })
    const file = join(folder, 'here.lock.json')
    writeFileSync(file, readFileSync(file, 'utf8').replace(/"add": "sha256-./, '"add": "sha256-X'))
    expect(await run(['call', 'echo', 'add', '{"a":1,"b":2}', ...lock])).toMatchObject({
      code: 1,
      err: expect.stringContaining('add is not approved'),
    })
    expect((await run(['tools', ...lock])).err).toMatch(
      /refused: echo\/add: its definition is not the one that was approved/,
    )
  })
})

describe('ashlar mcp serve and bridge', () => {
  const client = (args: readonly string[]) =>
    createMcpClient({ type: 'stdio', command: process.execPath, args: [bin, 'mcp', ...args], cwd: folder })

  it('serves agents and tools of files to any client', async () => {
    const fixtures = join(import.meta.dirname, '../../fixtures')
    const agent = join(fixtures, 'agents/greeter.agent.ts')
    await using served = client(['serve', agent, '--tools', join(fixtures, 'tools.mjs')])
    expect((await served.listTools()).map(({ name }) => name)).toEqual(['shout', 'greeter'])
    expect(toContent(await served.callTool('shout', { text: 'hey' })).text).toBe('HEY')
    expect(toContent(await served.callTool('greeter', { prompt: 'Hi' })).text).toBe('Hello there')
  })
  it('bridges a configured server to stdio', async () => {
    await using bridged = client(['bridge', 'echo'])
    expect(toContent(await bridged.callTool('echo', { text: 'through' })).text).toBe('through')
  })
  it('bridges an address, serves over HTTP, and stops with Ctrl-C', async () => {
    await using far = await createMcpServer({ name: 'far' }).listen()
    const interrupt = new AbortController()
    const address = Promise.withResolvers<string>()
    const io = captureIo({
      cwd: folder,
      env: { PATH: process.env['PATH'] ?? '', T: 'tok-77' },
      signal: interrupt.signal,
    })
    const stderr = { write: (text: string) => address.resolve(text.trim()) }
    const running = mcpCommand.run(['bridge', far.url, '--http', '--token', 'T'], { ...io, stderr })
    const url = await address.promise
    await using there = createMcpClient({ type: 'http', url, headers: { Authorization: 'Bearer tok-77' } })
    expect((await there.connect()).name).toBe('far')
    interrupt.abort()
    expect(await running).toBe(0)
  })
  it('refuses what it cannot serve', async () => {
    const http = ['serve', '--http']
    expect((await run(http)).err).toMatch(/expected an agent, or --tools with a file/)
    const tools = ['--tools', join(import.meta.dirname, '../../fixtures/tools.mjs')]
    expect((await run([...http, ...tools, '--port', 'x'])).err).toMatch(
      /--port: expected a number from 0 to 65535/,
    )
    expect((await run([...http, ...tools, '--token', 'NOT_SET'])).err).toMatch(
      /--token: expected the name of an environment variable/,
    )
    expect((await run([...http, '--tools', join(import.meta.dirname, '../line-splitter.ts')])).err).toMatch(
      /expected a module that exports tools/,
    )
  })
})

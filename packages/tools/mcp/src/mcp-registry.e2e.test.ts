import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAgent } from '@ashlar/core'
import { scriptedModel } from '@ashlar/testing'
import { afterAll, describe, expect, it, vi } from 'vitest'
import {
  createMcpRegistry,
  filePins,
  loadMcpRegistry,
  McpError,
  type McpEvent,
  type McpRegistryOptions,
} from './index.ts'

// Each test starts processes, on a machine that may have other work.
vi.setConfig({ testTimeout: 60_000 })

const folder = mkdtempSync(join(tmpdir(), 'ashlar-mcp-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const node = process.execPath
const echo = { command: node, args: [join(import.meta.dirname, 'echo-server.ts')] }
const hostile = { command: node, args: [join(import.meta.dirname, '../fixtures/hostile-server.ts')] }
const broken = { command: 'no-such-command-here' }

const open = (servers: object, options: McpRegistryOptions & { readonly groups?: object } = {}) => {
  const events: McpEvent[] = []
  const { groups = {}, ...rest } = options
  const registry = createMcpRegistry(
    { mcpServers: servers, groups },
    { onEvent: (event) => events.push(event), retry: { attempts: 1 }, ...rest },
  )
  const connects = () => events.filter(({ type }) => type === 'server-connect').length
  return { registry, events, connects }
}

describe('createMcpRegistry', () => {
  it('connects nothing before it is needed, once for all, and goes on without servers that fail', async () => {
    const { registry, connects } = open({ echo, broken, off: { ...echo, disabled: true } })
    await using _ = registry
    expect([registry.servers, connects()]).toEqual([['echo', 'broken'], 0])
    const sets = await Promise.all(Array.from({ length: 10 }, () => registry.toolset()))
    expect(connects()).toBe(1)
    const [set] = sets
    expect(Object.keys(set?.tools ?? {})).toEqual(['echo', 'add', 'wait', 'picture'])
    expect(set?.unavailable.map(({ server, error }) => [server, error.code])).toEqual([
      ['broken', 'cannot-start'],
    ])
    expect(() => registry.client('off')).toThrow('off: its definition is disabled')
    expect(() => registry.client('other')).toThrow('There is no server "other"; there is echo, broken, off')
  })
  it('gives each agent what it may use, by groups and lists', async () => {
    const groups = { safe: ['echo'] }
    const { registry } = open(
      { echo, hostile: { ...hostile, deny: ['d*'], allow: ['die', 'noise', 'add'] } },
      { groups },
    )
    await using _ = registry
    const names = async (options: Parameters<typeof registry.toolset>[0]) =>
      Object.keys((await registry.toolset(options)).tools)
    expect(await names({ servers: ['@safe'], allow: ['echo/e*', 'hostile'] })).toEqual(['echo'])
    expect(await names({ allow: ['hostile'] })).toEqual(['add', 'noise'])
    expect(await names({ deny: ['hostile', 'echo/wait'] })).toEqual(['echo', 'add', 'picture'])
    await expect(registry.toolset({ servers: ['@other'] })).rejects.toThrow(
      'There is no group @other; there is @safe',
    )
  })
  it('resolves collisions of names where everybody can see it', async () => {
    const { registry, events } = open({ echo, hostile })
    await using _ = registry
    const { tools, collisions, origins } = await registry.toolset({ taken: ['noise'] })
    expect(collisions).toEqual({
      echo: ['echo_echo', 'hostile_echo'],
      add: ['echo_add', 'hostile_add'],
      noise: ['hostile_noise'],
    })
    expect(tools).toHaveProperty('wait')
    expect(tools).not.toHaveProperty('echo')
    expect(origins['hostile_echo']).toEqual({ server: 'hostile', tool: 'echo' })
    expect(events).toContainEqual({
      type: 'name-collision',
      tool: 'echo',
      names: ['echo_echo', 'hostile_echo'],
    })
    const model = scriptedModel([{ toolCalls: [{ name: 'hostile_echo', input: { n: 1 } }] }, 'done'])
    const { messages } = await createAgent({ model, tools }).run('go')
    expect(JSON.stringify(messages)).toContain('{\\"n\\":1}')
    const { tools: all } = await registry.toolset({ prefix: 'always', servers: ['echo'] })
    expect(Object.keys(all)).toEqual(['echo_echo', 'echo_add', 'echo_wait', 'echo_picture'])
  })
  it('is switched off by ASHLAR_DISABLE_MCP', async () => {
    const { registry, connects } = open({ echo }, { env: { ...process.env, ASHLAR_DISABLE_MCP: '1' } })
    expect(registry.servers).toEqual([])
    expect(await registry.toolset()).toMatchObject({ tools: {}, unavailable: [] })
    expect(() => registry.client('echo')).toThrow('echo: MCP is switched off by ASHLAR_DISABLE_MCP')
    expect(connects()).toBe(0)
    expect(open({ echo }, { env: { ASHLAR_DISABLE_MCP: '0' } }).registry.servers).toEqual(['echo'])
  })
  it('closes what a new configuration changes, and keeps the rest', async () => {
    const { registry, events, connects } = open({ echo, hostile })
    await using _ = registry
    await registry.toolset()
    const kept = registry.client('echo')
    await registry.update({ mcpServers: { echo, hostile: { ...hostile, timeout: 9000 } } })
    expect(events.filter(({ type }) => type === 'server-close')).toMatchObject([{ server: 'hostile' }])
    expect(registry.client('echo')).toBe(kept)
    await registry.toolset()
    expect(connects()).toBe(3)
  })
  it('is closed for good', async () => {
    const { registry } = open({ echo })
    const { echo: tool } = (await registry.toolset()).tools
    await registry.close()
    expect(() => registry.client('echo')).toThrow('the registry is closed')
    const model = scriptedModel([{ toolCalls: [{ name: 'echo', input: { text: 'x' } }] }, 'done'])
    const { messages } = await createAgent({ model, tools: tool ? { echo: tool } : {} }).run('go')
    expect(JSON.stringify(messages)).toContain('echo: closed')
  })
  it('reads a file, its folder being that of the project', async () => {
    mkdirSync(join(folder, '.vscode'))
    const file = join(folder, '.vscode/mcp.json')
    const definition = {
      type: 'stdio',
      command: node,
      args: hostile.args,
      env: { PLACE: '${workspaceFolder}' },
    }
    writeFileSync(file, JSON.stringify({ servers: { here: definition } }))
    await using registry = await loadMcpRegistry(file)
    const { content } = await registry.client('here').callTool('environment', {})
    expect(JSON.stringify(content)).toContain(JSON.stringify(JSON.stringify(folder)).slice(3, -3))
  })
})

describe('pins', () => {
  it('refuse what is not approved, and what has changed since', async () => {
    const file = join(folder, 'mcp.lock.json')
    const pins = filePins(file)
    const { registry, events } = open({ echo }, { pins })
    await using _ = registry
    const before = await registry.toolset()
    expect([before.tools, before.refused.length]).toEqual([{}, 4])
    expect(events).toContainEqual(
      expect.objectContaining({ type: 'tool-refuse', server: 'echo', tool: 'add' }),
    )

    const listed = await registry.client('echo').listTools()
    await pins.approve('echo', listed)
    const { tools } = await registry.toolset()
    expect(Object.keys(tools)).toEqual(['echo', 'add', 'wait', 'picture'])
    expect(await pins.diff('echo', listed)).toEqual({ changed: [], added: [], removed: [] })

    // The same tools with one other word: as if the server had changed under us.
    const other = listed.map((tool) =>
      tool.name === 'add' ? { ...tool, description: `${tool.description}!` } : tool,
    )
    expect(await pins.diff('echo', other)).toEqual({ changed: ['add'], added: [], removed: [] })
    await pins.approve('echo', other)
    expect((await registry.toolset()).refused).toMatchObject([{ tool: 'add' }])
    const model = scriptedModel([{ toolCalls: [{ name: 'add', input: { a: 1, b: 2 } }] }, 'done'])
    const { messages } = await createAgent({ model, tools }).run('go')
    expect(JSON.stringify(messages)).toMatch(
      /add is refused: its definition is not the one that was approved/,
    )
  })
  it('do not depend on the order of keys, and fail closed on a damaged file', async () => {
    const file = join(folder, 'other.lock.json')
    const pins = filePins(file)
    const tool = { name: 'a', inputSchema: { type: 'object' as const, properties: { b: {}, c: {} } } }
    const turned = { inputSchema: { properties: { c: {}, b: {} }, type: 'object' as const }, name: 'a' }
    await pins.approve('s', [tool])
    expect(await pins.verdict('s', turned)).toBe('approved')
    expect(await pins.verdict('s', { ...tool, annotations: { readOnlyHint: true } })).toBe('changed')
    expect(await pins.verdict('constructor', tool)).toBe('new')
    writeFileSync(file, readFileSync(file, 'utf8').slice(0, 20))
    await expect(pins.verdict('s', tool)).rejects.toThrow()
    writeFileSync(file, '{"version":9}')
    await expect(pins.verdict('s', tool)).rejects.toThrow('expected a lockfile of version 1')
  })
})

it('errors know each other across copies of this package', () => {
  const error = new McpError({ code: 'rejected', server: 's', message: 'm', rpcCode: -1 })
  expect([McpError.isInstance(error), McpError.isInstance(new Error('m')), error.rpcCode]).toEqual([
    true,
    false,
    -1,
  ])
})

import { once } from 'node:events'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { tool } from '@ashlar/core'
import { Client as OldClient } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport as OldStdio } from '@modelcontextprotocol/sdk/client/stdio.js'
import { StreamableHTTPClientTransport as OldHttp } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { describe, expect, it, vi } from 'vitest'
import { createMcpClient, toContent } from './index.ts'
import { createBridge, createMcpServer } from './server/index.ts'

// Each test starts processes, on a machine that may have other work.
vi.setConfig({ testTimeout: 60_000 })

const { resolve } = createRequire(import.meta.url)
const everything = {
  type: 'stdio',
  command: process.execPath,
  args: [resolve('@modelcontextprotocol/server-everything/dist/index.js')],
} as const
const echo = {
  type: 'stdio',
  command: process.execPath,
  args: [join(import.meta.dirname, 'echo-server.ts')],
} as const
const bridgeOver = (...args: string[]) => ({
  type: 'stdio' as const,
  command: process.execPath,
  args: [join(import.meta.dirname, '../fixtures/bridge.ts'), ...args],
})

describe('createBridge', () => {
  it('offers an old server of a child process to new and old clients over HTTP', async () => {
    await using bridge = createBridge(everything)
    const { url } = await bridge.listen()
    await using client = createMcpClient({ type: 'http', url })
    expect(await client.connect()).toMatchObject({
      protocolVersion: '2026-07-28',
      name: 'mcp-servers/everything',
    })
    expect((await client.listTools()).length).toBeGreaterThan(10)
    expect(toContent(await client.callTool('get-sum', { a: 20, b: 22 })).text).toContain('42')
    const resources = await client.listResources()
    expect(resources.length).toBeGreaterThan(0)
    expect((await client.readResource(resources[0]?.uri ?? '')).contents).toHaveLength(1)
    expect(await client.listResourceTemplates()).not.toEqual([])
    expect((await client.getPrompt('simple-prompt', {})).messages).toHaveLength(1)
    const completion = await client.use((sdk, options) =>
      sdk.complete(
        {
          ref: { type: 'ref/prompt', name: 'completable-prompt' },
          argument: { name: 'department', value: 'E' },
        },
        options,
      ),
    )
    expect(completion.completion.values).toContain('Engineering')
    await expect(client.callTool('get-sum', { a: 'x' })).resolves.toMatchObject({ isError: true })
    const progress: number[] = []
    const long = client.callTool(
      'trigger-long-running-operation',
      { duration: 0.2, steps: 2 },
      { onProgress: (update) => progress.push(update.progress) },
    )
    expect(toContent(await long).text).toMatch(/completed/i)
    expect(progress.length).toBeGreaterThan(0)

    const old = new OldClient({ name: 'old', version: '1' }, { capabilities: { elicitation: {} } })
    old.setRequestHandler(ElicitRequestSchema, () => ({ action: 'decline' }))
    await old.connect(new OldHttp(new URL(url)))
    expect(await old.callTool({ name: 'get-sum', arguments: { a: 1, b: 1 } })).toMatchObject({
      content: [{ type: 'text' }],
    })
    const asked = await old.callTool({ name: 'trigger-elicitation-request', arguments: {} })
    expect(JSON.stringify(asked)).toMatch(/declined/i)
    await old.close()
  })
  it('offers an address to new and old clients over stdio', async () => {
    const server = createMcpServer({
      name: 'far',
      tools: { hi: tool({ description: 'Hi', execute: () => 'from afar' }) },
    })
    await using far = await server.listen()
    await using client = createMcpClient(bridgeOver(far.url))
    expect(toContent(await client.callTool('hi', {})).text).toBe('from afar')
    const old = new OldClient({ name: 'old', version: '1' })
    const { command, args } = bridgeOver(far.url)
    await old.connect(new OldStdio({ command, args }))
    expect(await old.callTool({ name: 'hi', arguments: {} })).toMatchObject({
      content: [{ text: 'from afar' }],
    })
    await old.close()
  })
  it('tells what is wrong with the server behind', async () => {
    await using bridge = createBridge(
      { type: 'stdio', command: 'no-such-command-here' },
      { name: 'lost', retry: { attempts: 1 } },
    )
    const { url } = await bridge.listen()
    await using client = createMcpClient({ type: 'http', url }, { retry: { attempts: 1 } })
    await expect(client.connect()).rejects.toThrow()
  })
})

describe('stdio of ours', () => {
  it('serves clients of the older SDK', async () => {
    const old = new OldClient({ name: 'old', version: '1' })
    await old.connect(new OldStdio({ command: echo.command, args: [...echo.args] }))
    expect((await old.listTools()).tools.map(({ name }) => name)).toEqual(['echo', 'add', 'wait', 'picture'])
    expect(await old.callTool({ name: 'add', arguments: { a: 1, b: 2 } })).toMatchObject({
      structuredContent: { sum: 3 },
    })
    await old.close()
  })
  it('resolves closed when stdin ends', async () => {
    const stdin = new PassThrough()
    const stdout = new PassThrough()
    const serving = createMcpServer({ name: 'x' }).serveStdio({ stdin, stdout })
    stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' })}\n`)
    const [line] = await once(stdout, 'data')
    expect(JSON.parse(String(line))).toMatchObject({ id: 1 })
    stdin.end()
    await serving.closed
    await serving[Symbol.asyncDispose]()
  })
})

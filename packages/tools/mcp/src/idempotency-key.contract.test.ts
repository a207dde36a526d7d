import { createAgent, InvalidArgument, tool } from '@ashlar/core'
import { scriptedModel } from '@ashlar/testing'
import { Client as OldClient } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as OldHttp } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { describe, expect, it } from 'vitest'
import { createMcpClient, mcpTools } from './index.ts'
import { createBridge, createMcpServer } from './server/index.ts'

const serveOrders = async () => {
  const keys: string[] = []
  const order = tool({
    description: 'Orders',
    annotations: { idempotent: true },
    execute: (_, { idempotencyKey }) => void keys.push(idempotencyKey),
  })
  return { keys, ...(await createMcpServer({ name: 'shop', tools: { order } }).listen()) }
}

describe('the idempotency key of a call', () => {
  it('reaches the tool of a server: that of an agent, the same when it is made again', async () => {
    await using server = await serveOrders()
    const { keys } = server
    await using client = createMcpClient({ type: 'http', url: server.url })
    const tools = await mcpTools(client)
    for (const _ of [1, 2]) {
      const model = scriptedModel([{ toolCalls: [{ callId: 'c', name: 'order', input: {} }] }, 'done'])
      await createAgent({ model, tools }).run('Order.', { runId: 'run' })
    }
    expect(keys).toEqual(['run/1/c', 'run/1/c'])
    await client.callTool('order', {}, { idempotencyKey: 'mine' })
    expect(keys[2]).toBe('mine')
  })

  it('goes through a bridge, and comes from older clients', async () => {
    await using server = await serveOrders()
    const { keys } = server
    await using bridge = createBridge({ type: 'http', url: server.url })
    const { url } = await bridge.listen()
    await using client = createMcpClient({ type: 'http', url })
    await client.callTool('order', {}, { idempotencyKey: 'mine' })
    const old = new OldClient({ name: 'old', version: '1' })
    await old.connect(new OldHttp(new URL(url)))
    const meta = { 'io.github.ashlar/idempotencyKey': 'old', 'example.com/other': 1 }
    await old.callTool({ name: 'order', arguments: {}, _meta: meta })
    await old.close()
    expect(keys).toEqual(['mine', 'old'])
  })

  it('is made up where the client sends none: no two calls have the same', async () => {
    await using server = await serveOrders()
    const { keys } = server
    await using client = createMcpClient({ type: 'http', url: server.url })
    for (const _ of [1, 2]) await client.callTool('order', {})
    expect(new Set(keys).size).toBe(2)
  })

  it('is refused when it is none, rather than left out', async () => {
    await using server = await serveOrders()
    const { keys } = server
    await using client = createMcpClient({ type: 'http', url: server.url })
    for (const idempotencyKey of ['', 'x'.repeat(1_025)])
      await expect(client.callTool('order', {}, { idempotencyKey })).rejects.toSatisfy(
        InvalidArgument.isInstance,
      )
    const meta = { 'io.github.ashlar/idempotencyKey': 7 }
    const answer = await client.use((sdk) => sdk.callTool({ name: 'order', arguments: {}, _meta: meta }))
    expect(answer).toMatchObject({ isError: true })
    expect(JSON.stringify(answer.content)).toContain('a text of 1 to 1024 characters')
    expect(keys).toEqual([])
  })
})

import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { createAgent, tool } from '@ashlar/core'
import { scriptedModel } from '@ashlar/testing'
import { Client as OldClient } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as OldHttp } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { McpServer as OldServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { SSEServerTransport } from '@modelcontextprotocol/sdk/server/sse.js'
import { acceptedContent, inputRequired, type McpServer } from '@modelcontextprotocol/server'
import { describe, expect, it } from 'vitest'
import {
  createMcpClient,
  type ElicitQuestion,
  type McpClientOptions,
  McpError,
  type McpEvent,
  mcpTools,
  toContent,
} from './index.ts'
import { agentTool, createMcpServer, type ListenOptions } from './server/index.ts'

const schema = { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] } as const
const tools = {
  echo: tool({
    description: 'Echoes',
    input: schema,
    annotations: { readOnly: true },
    execute: ({ text }) => text,
  }),
  fail: tool({ description: 'Fails', execute: () => Promise.reject(new Error('on purpose')) }),
  slow: tool({ description: 'Never ends', timeoutMs: 50, execute: () => new Promise(() => {}) }),
  big: tool({ description: 'Answers with 50 MB', execute: () => 'x'.repeat(50_000_000) }),
}

const asking = (server: McpServer, { era }: { era: 'legacy' | 'modern' }): void => {
  server.registerTool('ask', { description: 'Asks for a name' }, async ({ mcpReq }) => {
    const answered = (name: unknown) => ({
      content: [{ type: 'text' as const, text: `Hello, ${String(name)}` }],
    })
    const requestedSchema = {
      type: 'object' as const,
      properties: { name: { type: 'string' as const, default: 'nobody' } },
    }
    if (era === 'legacy') {
      const { action, content } = await mcpReq.elicitInput({ message: 'Who?', requestedSchema })
      return answered(action === 'accept' ? content?.['name'] : action)
    }
    const given = acceptedContent(mcpReq.inputResponses, 'who')
    if (given) return answered(given['name'])
    if (mcpReq.inputResponses) return answered('decline')
    return inputRequired({
      inputRequests: { who: inputRequired.elicit({ message: 'Who?', requestedSchema }) },
    })
  })
  server.registerResource('page', 'test://page', {}, ({ href }) => ({
    contents: [{ uri: href, text: 'a page' }],
  }))
  server.registerPrompt('greet', { description: 'Greets' }, () => ({
    messages: [{ role: 'user', content: { type: 'text', text: 'Say hello' } }],
  }))
}

const serve = (options: ListenOptions = {}) =>
  createMcpServer({ name: 'test', version: '1', tools, extend: asking, instructions: 'Be kind.' }).listen(
    options,
  )

const connectTo = (url: string, options: McpClientOptions = {}) =>
  createMcpClient({ type: 'http', url }, { name: 'remote', retry: { attempts: 2, baseMs: 5 }, ...options })

const listen = async (listener: RequestListener) => {
  const server = createServer(listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

describe('our client and our server over HTTP', () => {
  it('speak the newest protocol: tools, errors, prompts, resources', async () => {
    await using server = await serve()
    await using client = connectTo(server.url)
    expect(await client.connect()).toMatchObject({
      protocolVersion: '2026-07-28',
      name: 'test',
      instructions: 'Be kind.',
    })
    expect(toContent(await client.callTool('echo', { text: 'é😀' })).text).toBe('é😀')
    expect(await client.callTool('fail', {})).toMatchObject({
      isError: true,
      content: [{ text: 'on purpose' }],
    })
    expect(await client.callTool('slow', {})).toMatchObject({
      isError: true,
      content: [{ text: 'Timed out after 50 ms' }],
    })
    expect(await client.callTool('echo', {})).toMatchObject({
      isError: true,
      content: [{ text: 'Invalid input: text: required' }],
    })
    expect((await client.listResources()).map(({ uri }) => uri)).toEqual(['test://page'])
    expect(await client.listResourceTemplates()).toEqual([])
    expect((await client.readResource('test://page')).contents).toMatchObject([{ text: 'a page' }])
    expect((await client.listPrompts()).map(({ name }) => name)).toEqual(['greet'])
    expect((await client.getPrompt('greet', {})).messages).toHaveLength(1)
    const { echo, fail } = await mcpTools(client)
    expect(echo?.annotations).toEqual({ readOnly: true, destructive: false, idempotent: true })
    expect(fail?.annotations).toEqual({ readOnly: false, destructive: true, idempotent: false })
  })
  it('ask the person, in both ways the protocol has; with nobody to ask, the answer is no', async () => {
    await using server = await serve()
    const asked: ElicitQuestion[] = []
    const onElicit = (question: ElicitQuestion) => {
      asked.push(question)
      return { action: 'accept' as const, content: asked.length === 1 ? { name: 'Ann' } : {} }
    }
    await using client = connectTo(server.url, { onElicit })
    expect(toContent(await client.callTool('ask', {})).text).toBe('Hello, Ann')
    expect(toContent(await client.callTool('ask', {})).text).toBe('Hello, nobody')
    expect(asked[0]).toMatchObject({ server: 'remote', message: 'Who?', schema: { type: 'object' } })
    await using shy = connectTo(server.url)
    expect(toContent(await shy.callTool('ask', {})).text).toBe('Hello, decline')
    const old = new OldClient({ name: 'old', version: '1' }, { capabilities: { elicitation: {} } })
    await old.connect(new OldHttp(new URL(server.url)))
    const { ElicitRequestSchema } = await import('@modelcontextprotocol/sdk/types.js')
    old.setRequestHandler(ElicitRequestSchema, () => ({ action: 'accept', content: { name: 'Old' } }))
    expect(await old.callTool({ name: 'ask', arguments: {} })).toMatchObject({
      content: [{ text: 'Hello, Old' }],
    })
    await old.close()
  })
  it('ask an old client in the stream of its call, for it may have no other', async () => {
    await using server = await serve()
    let session: string | null = null
    const post = async (body: object): Promise<Response> => {
      const response = await fetch(server.url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
          ...(session !== null && { 'mcp-session-id': session, 'mcp-protocol-version': '2025-11-25' }),
        },
        body: JSON.stringify({ jsonrpc: '2.0', ...body }),
      })
      session ??= response.headers.get('mcp-session-id')
      return response
    }
    const capabilities = { elicitation: {} }
    const clientInfo = { name: 'old', version: '1' }
    const first = await post({
      id: 0,
      method: 'initialize',
      params: { protocolVersion: '2025-11-25', capabilities, clientInfo },
    })
    await first.text()
    await post({ method: 'notifications/initialized' })
    const call = await post({ id: 1, method: 'tools/call', params: { name: 'ask', arguments: {} } })
    let seen = ''
    for await (const text of call.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      const isAsked = seen.includes('elicitation/create')
      seen += text
      if (isAsked || !seen.includes('elicitation/create')) continue
      const { id } = JSON.parse(/data: (\{.*elicitation\/create.*\})/.exec(seen)?.[1] ?? '{}')
      await post({ id, result: { action: 'accept', content: { name: 'Old' } } })
    }
    expect(seen).toContain('Hello, Old')
  })
  it('tell each other that lists have changed', async () => {
    await using server = await serve()
    const events: McpEvent[] = []
    const changed = Promise.withResolvers<void>()
    const onEvent = (event: McpEvent): void => {
      events.push(event)
      if (event.type === 'list-change' && event.list === 'tools') changed.resolve()
    }
    await using client = connectTo(server.url, { onEvent })
    const before = await client.listTools()
    expect(await client.listTools()).toBe(before)
    server.notify.toolsChanged()
    await changed.promise
    expect(await client.listTools()).not.toBe(before)
  })
  it('cut 50 MB with a note, and refuse more than the limit without losing the connection', async () => {
    await using server = await serve()
    await using client = connectTo(server.url)
    expect(toContent(await client.callTool('big', {})).text).toMatch(/\[cut: 50,000,000 characters/)
    await using small = connectTo(server.url, { maxMessageBytes: 1_000_000 })
    await expect(small.callTool('big', {})).rejects.toMatchObject({ code: 'too-large' })
    expect(toContent(await small.callTool('echo', { text: 'on' })).text).toBe('on')
  })
})

describe('the server', () => {
  const initialize = {
    jsonrpc: '2.0',
    id: 1,
    method: 'initialize',
    params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'x', version: '1' } },
  }
  const post = (url: string, headers: Record<string, string> = {}, body: unknown = initialize) =>
    fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        ...headers,
      },
      body: JSON.stringify(body),
    })
  it('answers old clients in sessions, and says so when there is none', async () => {
    await using server = await serve()
    const old = new OldClient({ name: 'old', version: '1' })
    await old.connect(new OldHttp(new URL(server.url)))
    expect((await old.listTools()).tools.map(({ name }) => name)).toEqual([...Object.keys(tools), 'ask'])
    expect(await old.callTool({ name: 'echo', arguments: { text: 'hi' } })).toMatchObject({
      content: [{ text: 'hi' }],
    })
    await old.close()
    expect((await post(server.url, { 'mcp-session-id': 'none' })).status).toBe(404)
    expect((await fetch(server.url)).status).toBeGreaterThanOrEqual(400)
    expect((await fetch(server.url.replace('/mcp', '/other'))).status).toBe(404)
  })
  it('refuses other hosts, other origins and a wrong token', async () => {
    await using server = await serve({ token: 'right' })
    const statusOf = async (headers: Record<string, string>) => (await post(server.url, headers)).status
    expect(await statusOf({})).toBe(401)
    expect(await statusOf({ authorization: 'Bearer wrong' })).toBe(401)
    expect(await statusOf({ authorization: 'Bearer right' })).toBe(200)
    expect(await statusOf({ authorization: 'Bearer right', origin: 'https://evil.example' })).toBe(403)
    const { request } = await import('node:http')
    const rebound = await new Promise<number | undefined>((resolve) => {
      request(server.url, { method: 'POST', headers: { host: 'evil.example' } }, (response) =>
        resolve(response.statusCode),
      ).end('{}')
    })
    expect(rebound).toBe(403)
    await expect(serve({ host: '0.0.0.0' })).rejects.toThrow(
      'host: expected an address of loopback, or allowedHosts',
    )
    await using denied = connectTo(server.url)
    await expect(denied.connect()).rejects.toMatchObject({ code: 'auth' })
    const headers = { Authorization: 'Bearer right' }
    await using allowed = createMcpClient({ type: 'http', url: server.url, headers })
    expect(await allowed.listTools()).toHaveLength(5)
  })
  it('serves an agent as a tool, and says why it did not finish', async () => {
    const sub = createAgent({
      name: 'adder',
      description: 'Adds',
      model: scriptedModel(['It is 4.', { toolCalls: [{ name: 'pay' }] }]),
      tools: { pay: { ...tool({ description: 'Pays' }) } },
    })
    const server = await createMcpServer({ name: 'agents', agents: { adder: sub } }).listen()
    await using _ = server
    await using client = connectTo(server.url)
    expect((await client.listTools()).map(({ name, description }) => [name, description])).toEqual([
      ['adder', 'Adds'],
    ])
    expect(toContent(await client.callTool('adder', { prompt: '2 + 2?' })).text).toBe('It is 4.')
    const paused = await client.callTool('adder', { prompt: 'Pay' })
    expect(paused.isError).toBe(true)
    expect(toContent(paused).text).toMatch(/did not finish: it waits for a person to approve pay\(/)
    const other = createAgent({
      model: scriptedModel([{ toolCalls: [{ name: 'ask', input: { prompt: 'hi' } }] }, 'done']),
      tools: { ask: agentTool(createAgent({ model: scriptedModel(['inner']) })) },
    })
    expect(JSON.stringify((await other.run('go')).messages)).toContain('inner')
  })
  it('cannot serve what it cannot run', () => {
    const waits = tool({ description: 'Waits for the caller' })
    expect(() => createMcpServer({ name: 'x', tools: { waits } })).toThrow(
      'tools.waits: expected a tool with execute',
    )
    const agent = createAgent({ model: scriptedModel([]) })
    expect(() => createMcpServer({ name: 'x', tools, agents: { echo: agent } })).toThrow('agents.echo')
  })
})

describe('our client and servers that fail', () => {
  it('falls back to the transport of old servers', async () => {
    const transports = new Map<string, SSEServerTransport>()
    await using old = await listen((request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? '/', 'http://x')
      if (request.method === 'GET' && pathname === '/mcp') {
        const transport = new SSEServerTransport('/messages', response)
        transports.set(transport.sessionId, transport)
        const server = new OldServer({ name: 'old', version: '1' })
        server.registerTool('hi', { description: 'Hi' }, () => ({
          content: [{ type: 'text', text: 'from long ago' }],
        }))
        void server.connect(transport)
      } else if (pathname === '/messages')
        void transports.get(searchParams.get('sessionId') ?? '')?.handlePostMessage(request, response)
      else response.writeHead(405).end()
    })
    for (const type of ['http', 'sse'] as const) {
      await using client = createMcpClient({ type, url: old.url })
      expect(toContent(await client.callTool('hi', {})).text).toBe('from long ago')
    }
  })
  it('makes a call again in a new session when the server forgot the old one', async () => {
    let session = 0
    const calls: string[] = []
    await using forgetful = await listen((request, response) => {
      let body = ''
      request.on('data', (chunk: Buffer) => (body += chunk.toString()))
      request.on('end', () => {
        const { id, method } = body === '' ? { id: 0, method: 'GET' } : JSON.parse(body)
        const given = request.headers['mcp-session-id']
        const reply = (result: object, headers = {}) =>
          response
            .writeHead(200, { 'content-type': 'application/json', ...headers })
            .end(JSON.stringify({ jsonrpc: '2.0', id, result }))
        if (method === 'initialize') {
          session += 1
          const serverInfo = { name: 'forgetful', version: '1' }
          reply(
            { protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo },
            { 'mcp-session-id': `${session}` },
          )
        } else if (method === 'server/discover' || method === 'GET') response.writeHead(405).end()
        else if (id === undefined) response.writeHead(202).end()
        else if (given === '1') response.writeHead(404).end()
        else {
          calls.push(method)
          reply({ content: [{ type: 'text', text: `session ${String(given)}` }] })
        }
      })
    })
    await using client = connectTo(forgetful.url)
    expect(toContent(await client.callTool('write', {})).text).toBe('session 2')
    expect(calls).toEqual(['tools/call'])
  })
  it('says that nobody is there, after having tried again', async () => {
    const gone = await listen(() => {})
    await gone[Symbol.asyncDispose]()
    const events: McpEvent[] = []
    await using client = connectTo(gone.url, { onEvent: (event) => events.push(event) })
    await expect(client.connect()).rejects.toMatchObject({ code: 'cannot-connect' })
    expect(events.map(({ type }) => type).filter((type) => type === 'server-retry')).toHaveLength(1)
  })
  it('ends a call at once when the stream of its answer breaks off', async () => {
    const first = Promise.withResolvers<void>()
    const server = await createMcpServer({
      name: 'mortal',
      tools: {
        long: tool({
          description: 'Reports and never ends',
          execute: (_, { report }) => {
            report('begun')
            first.resolve()
            return new Promise(() => {})
          },
        }),
      },
    }).listen()
    await using client = connectTo(server.url, { retry: { attempts: 1 } })
    const call = client.callTool('long', {}, { onProgress: () => {}, timeoutMs: 15_000 })
    await first.promise
    await server.close()
    const error: unknown = await call.catch((reason: unknown) => reason)
    expect(McpError.isInstance(error) && [error.code, error.message]).toEqual([
      'closed',
      expect.stringMatching(/whether the call took effect is not known$/),
    ])
  })
  it('keeps secrets of headers and addresses out of errors and events', async () => {
    await using rude = await listen((request, response) =>
      response.writeHead(400).end(`bad ${request.headers.authorization} for ${request.url}`),
    )
    const events: McpEvent[] = []
    const client = createMcpClient(
      {
        type: 'http',
        url: `${rude.url}?api_key=q-5512-secret`,
        headers: { Authorization: 'Bearer tok-99-secret' },
      },
      { retry: { attempts: 1 }, onEvent: (event) => events.push(event) },
    )
    const error: unknown = await client.connect().catch((reason: unknown) => reason)
    const all = JSON.stringify([events, String(error)])
    expect(all).toContain('[secret]')
    expect(all).not.toMatch(/q-5512|tok-99/)
    await client.close()
  })
  it('has nothing to finish where no authorisation was begun', async () => {
    await using client = connectTo('http://127.0.0.1:9/mcp')
    await expect(client.finishAuth(new URLSearchParams())).rejects.toThrow('no authorisation was begun')
    expect(() => connectTo('http://127.0.0.1:9/mcp', { timeoutMs: 0 })).toThrow(
      'timeoutMs: expected a number above 0',
    )
  })
})

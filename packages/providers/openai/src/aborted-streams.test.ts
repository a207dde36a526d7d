import { getEventListeners } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { Socket } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { type Agent, createAgent, type LanguageModel, RunAborted } from '@ashlar/core'
import { createHttpClient, type HttpClient } from '@ashlar/wire'
import OpenAI from 'openai'
import { afterEach, describe, expect, it } from 'vitest'
import { openai } from './openai.ts'

const streams = process.env['ASHLAR_SOAK'] ? 10_000 : 1000
const atOnce = 50

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

const sockets = new Set<Socket>()
const opened: { servers: Server[]; clients: HttpClient[] } = { servers: [], clients: [] }

/** Begins every answer, and never ends one. */
const serve = async (): Promise<string> => {
  const server = createServer((request, response) => {
    request.resume()
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write('data: {"id":"c","model":"m","choices":[{"delta":{"content":"Hello"}}]}\n\n')
  })
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  opened.servers.push(server)
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/v1`
}

afterEach(async () => {
  for (const client of opened.clients.splice(0)) client.close()
  for (const server of opened.servers.splice(0)) {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})

/** How a reader leaves a stream: by the signal, after the first delta or before it, or by not reading on. */
const leave = async (model: LanguageModel, index: number): Promise<void> => {
  const controller = new AbortController()
  const { signal } = controller
  const request = { messages: [], signal, deadline: Date.now() + 60_000 }
  if (index % 3 === 0) setImmediate(() => controller.abort('before'))
  try {
    for await (const _ of model.stream(request)) {
      if (index % 3 === 1) break
      controller.abort('after')
    }
  } catch (reason) {
    if (reason !== signal.reason) throw reason
  }
  if (getEventListeners(signal, 'abort').length > 0) throw new Error('a listener was left')
}

/** The same for whole runs. */
const leaveRun = async (agent: Agent, index: number): Promise<void> => {
  const controller = new AbortController()
  const { signal } = controller
  const run = agent.run('?', { signal })
  if (index % 3 === 0) setImmediate(() => controller.abort('before'))
  try {
    for await (const { type } of run) {
      if (type !== 'text-delta') continue
      if (index % 3 === 1) break
      controller.abort('after')
    }
  } catch (error) {
    if (!RunAborted.isInstance(error)) throw error
  }
  const end: unknown = await run.catch((error: unknown) => error)
  if (!RunAborted.isInstance(end)) throw new Error('the run was not aborted')
  if (getEventListeners(signal, 'abort').length > 0) throw new Error('a listener was left')
}

const leaveMany = async (leaveOne: (index: number) => Promise<void>, count: number): Promise<void> => {
  for (let index = 0; index < count; index += atOnce)
    await Promise.all(Array.from({ length: atOnce }, (_, offset) => leaveOne(index + offset)))
}

const socketsFreed = async (): Promise<void> => {
  for (const end = Date.now() + 10_000; sockets.size > 0;) {
    if (Date.now() > end) throw new Error(`${sockets.size} sockets were left open`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

const heapAfter = async (): Promise<number> => {
  await socketsFreed()
  for (let round = 0; round < 4; round++) {
    collectGarbage()
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return process.memoryUsage().heapUsed
}

/** Less than any of the objects a stream is made of weigh together. */
const maxBytesPerStream = 200
const most = 1_500_000 + streams * maxBytesPerStream

/** The bytes that stay after all streams were left. */
const kept = async (leaveOne: (index: number) => Promise<void>): Promise<number> => {
  await leaveMany(leaveOne, 500)
  const before = await heapAfter()
  await leaveMany(leaveOne, streams)
  return (await heapAfter()) - before
}

describe(`${streams} aborted streams`, () => {
  it('leave no listener, no socket and no memory behind', { timeout: 600_000 }, async () => {
    const http = createHttpClient()
    opened.clients.push(http)
    const model = openai('m', { baseURL: await serve(), http })
    expect(await kept((index) => leave(model, index))).toBeLessThan(most)
  })

  it('leave nothing behind as runs of an agent', { timeout: 600_000 }, async () => {
    const http = createHttpClient()
    opened.clients.push(http)
    const agent = createAgent({ model: openai('m', { baseURL: await serve(), http }) })
    expect(await kept((index) => leaveRun(agent, index))).toBeLessThan(most)
  })

  it('leave nothing behind through a client either', { timeout: 600_000 }, async () => {
    const client = new OpenAI({ apiKey: 'sk-test', baseURL: await serve(), logLevel: 'off' })
    const model = openai('m', { client })
    expect(await kept((index) => leave(model, index))).toBeLessThan(most)
  })

  it('would be noticed if they were kept', async () => {
    const rest: unknown[] = []
    const before = await heapAfter()
    for (let index = 0; index < streams; index++) rest.push(Array.from({ length: 250 }, () => index))
    expect((await heapAfter()) - before).toBeGreaterThan(most)
    expect(rest).toHaveLength(streams)
  })
})

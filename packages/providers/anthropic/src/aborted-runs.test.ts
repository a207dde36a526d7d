import { getEventListeners } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { Socket } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { type Agent, createAgent, RunAborted } from '@ashlar/core'
import { createHttpClient } from '@ashlar/wire'
import { afterEach, expect, it } from 'vitest'
import { anthropic } from './anthropic.ts'

const runs = process.env['ASHLAR_SOAK'] ? 10_000 : 500
const atOnce = 50
/** Less than any of the objects a run is made of weigh together; and what the process makes of it. */
const most = 1_500_000 + runs * 200

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

const sockets = new Set<Socket>()
const servers: Server[] = []

const events = [
  { type: 'message_start', message: { id: 'm', model: 'm', usage: { input_tokens: 5, output_tokens: 1 } } },
  { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
  { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hello' } },
]

/** Begins every answer, and never ends one. */
const serve = async (): Promise<string> => {
  const server = createServer((request, response) => {
    request.resume()
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    for (const event of events) response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
  })
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  servers.push(server)
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
}

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})

/** How a run is left: by the signal, before the first delta or after it, or by not reading on. */
const leave = async (agent: Agent, index: number): Promise<void> => {
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
  if (!RunAborted.isInstance(end)) throw new Error('the run was not aborted', { cause: end })
  if (getEventListeners(signal, 'abort').length > 0) throw new Error('a listener was left')
}

const leaveMany = async (agent: Agent, count: number): Promise<void> => {
  for (let index = 0; index < count; index += atOnce)
    await Promise.all(Array.from({ length: atOnce }, (_, offset) => leave(agent, index + offset)))
}

const heapAfter = async (): Promise<number> => {
  for (const end = Date.now() + 10_000; sockets.size > 0;) {
    if (Date.now() > end) throw new Error(`${sockets.size} sockets were left open`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  for (let round = 0; round < 4; round++) {
    collectGarbage()
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return process.memoryUsage().heapUsed
}

it(
  `${runs} aborted runs leave no listener, no socket and no memory behind`,
  { timeout: 600_000 },
  async () => {
    const http = createHttpClient()
    try {
      const agent = createAgent({
        model: anthropic('m', { baseURL: await serve(), apiKey: 'test', http }),
        settings: { maxOutputTokens: 10 },
      })
      await leaveMany(agent, 300)
      const before = await heapAfter()
      await leaveMany(agent, runs)
      expect((await heapAfter()) - before).toBeLessThan(most)
    } finally {
      http.close()
    }
  },
)

it('would be noticed if something of each were kept, or a socket', async () => {
  const before = await heapAfter()
  const kept = Array.from({ length: runs }, (_, index) => Array.from({ length: 600 }, () => index + 0.5))
  expect((await heapAfter()) - before).toBeGreaterThan(most)
  expect(kept).toHaveLength(runs)
  const url = await serve()
  const response = await fetch(url)
  expect(sockets.size).toBe(1)
  await response.body?.cancel()
})

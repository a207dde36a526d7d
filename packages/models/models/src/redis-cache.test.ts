import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { scriptedModel } from '@ashlar/testing'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { cache } from './cache.ts'
import { hello, see } from './fixture-calls.ts'
import { redisCache } from './redis-cache.ts'

/** A server that takes connections and does with them what it is told. */
const serve = async (onConnection: (socket: Socket) => void) => {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined))
    onConnection(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0
  return {
    url: `redis://127.0.0.1:${port}`,
    close: () => {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

describe('redisCache without Redis', () => {
  afterEach(() => vi.restoreAllMocks())

  it.each([
    ['refuses connections', undefined],
    ['hangs up', (socket: Socket) => socket.destroy()],
    ['never answers', () => undefined],
  ])('is a cache that has nothing and warns once when the server %s', async (_, onConnection) => {
    const { url, close } = await serve(onConnection ?? (() => undefined))
    if (!onConnection) close()
    const warnings = vi.spyOn(process, 'emitWarning').mockReturnValue()
    await using store = redisCache(url, { timeoutMs: 50 })
    const model = cache(scriptedModel(['one', 'two', 'three']), { store })
    const texts = []
    for (let call = 0; call < 3; call++) texts.push((await see(model.stream(hello))).text)
    expect(texts).toEqual(['one', 'two', 'three'])
    expect([model.hits, model.misses, await store.size()]).toEqual([0, 3, 0])
    expect(warnings).toHaveBeenCalledOnce()
    expect(String(warnings.mock.calls[0]?.[0])).toMatch(/^Redis is down, answers are not cached: ./)
    close()
  })

  it('asks no client again for a moment after a failure, and tells of every failure once', async () => {
    const told: unknown[] = []
    let asked = 0
    let answer: () => Promise<unknown> = () => Promise.reject(new Error('LOADING'))
    const call = (): Promise<unknown> => {
      asked++
      return answer()
    }
    const now = vi.spyOn(performance, 'now').mockReturnValue(0)
    const store = redisCache({ call }, { onDown: (error) => told.push(error) })
    expect([await store.get('a'), await store.get('a'), asked]).toEqual([undefined, undefined, 1])
    now.mockReturnValue(1001)
    expect([await store.get('a'), asked, told.length]).toEqual([undefined, 2, 1])
    answer = async () => 'value'
    now.mockReturnValue(2002)
    expect([await store.get('a'), told.length]).toEqual(['value', 1])
    answer = () => Promise.reject(new Error('gone'))
    expect([await store.get('a'), told.map(String)]).toEqual([undefined, ['Error: LOADING', 'Error: gone']])
  })

  it('refuses bad options', () => {
    const client = { call: async () => undefined }
    expect(() => redisCache('localhost:6379')).toThrow(
      /^redis: expected an address \(redis:\/\/…\) or a client/,
    )
    expect(() => redisCache(JSON.parse('{}'))).toThrow(/^redis/)
    expect(() => redisCache(client, { maxBytes: 0 })).toThrow(
      /^maxBytes: expected a whole number of at least 1, received 0/,
    )
    expect(() => redisCache(client, { timeoutMs: -1 })).toThrow(/^timeoutMs/)
    expect(() => redisCache(client, { prefix: '' })).toThrow(/^prefix/)
    expect(() => redisCache(client, JSON.parse('{"ttl":1}'))).toThrow(/^ttl: expected no option of this name/)
  })
})

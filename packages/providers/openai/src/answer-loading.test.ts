import type { LanguageModel, ModelEvent } from '@ashlar/core'
import { createWireServer, type WireServer } from '@ashlar/testing/wire'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { ReadAnswer } from './answer-reader.ts'
import { chat } from './chat.ts'
import { openai } from './openai.ts'

let server: WireServer
beforeEach(async () => {
  server = await createWireServer()
})
afterEach(() => server.close())

const collect = async (model: LanguageModel): Promise<ModelEvent[]> => {
  const events: ModelEvent[] = []
  for await (const event of model.stream({ messages: [] })) events.push(event)
  return events
}

const modelThat = (loadReader: () => Promise<ReadAnswer>): LanguageModel =>
  openai('gpt-5', { api: { ...chat, loadReader }, baseURL: `${server.url}/v1` })

it('is asked for while the request is under way, and once', async () => {
  server.enqueue('a', 'b')
  const seen: number[] = []
  const model = modelThat(async () => {
    await server.until(({ requests }) => requests.length === 1)
    seen.push(server.requests.length)
    return chat.loadReader()
  })
  await collect(model)
  await collect(model)
  expect(seen).toEqual([1])
})

it('fails the call and frees its connection where it does not load, and is asked for again', async () => {
  server.enqueue('a', 'b')
  let loads = 0
  const model = modelThat(async () => {
    if (loads++ === 0) throw new TypeError('Failed to fetch dynamically imported module')
    return chat.loadReader()
  })
  await expect(collect(model)).rejects.toMatchObject({
    name: 'ModelError',
    kind: 'network',
    message: expect.stringContaining('dynamically imported module'),
  })
  await server.until(({ openSockets }) => openSockets === 0)
  expect((await collect(model)).at(-1)).toMatchObject({ type: 'finish', reason: 'stop' })
  expect(loads).toBe(2)
})

it('leaves no rejection behind when the request fails first', async () => {
  server.enqueue({ fault: { status: 401 } })
  const model = modelThat(async () => {
    await new Promise((resolve) => setTimeout(resolve, 30))
    throw new TypeError('offline')
  })
  await expect(collect(model)).rejects.toMatchObject({ kind: 'auth' })
  // An unhandled rejection would fail the run of the tests.
  await new Promise((resolve) => setTimeout(resolve, 50))
})

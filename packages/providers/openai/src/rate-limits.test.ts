import { createServer } from 'node:http'
import type { ModelEvent } from '@ashlar/core'
import { expect, it } from 'vitest'
import { openai } from './openai.ts'

it('tells the limits with the first answer and with those that follow, where there are any', async () => {
  const server = createServer((request, response) => {
    if (request.url?.startsWith('/limited')) response.setHeader('x-ratelimit-remaining-requests', '7')
    response.setHeader('content-type', 'text/event-stream')
    response.end('data: {"choices":[{"delta":{"content":"a"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const origin = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
  const ends = async (path: string): Promise<unknown[]> => {
    const model = openai('m', { baseURL: `${origin}/${path}` })
    const events: ModelEvent[] = []
    for (let round = 0; round < 2; round++)
      for await (const event of model.stream({ messages: [] })) events.push(event)
    return events.filter(({ type }) => type === 'finish')
  }
  const limited = { response: { rateLimit: { requestsRemaining: 7 } } }
  expect(await ends('limited')).toMatchObject([limited, limited])
  expect(JSON.stringify(await ends('free'))).not.toContain('rateLimit')
  server.closeAllConnections()
  server.close()
})

import { createAgent } from '@ashlar/core'
import { createWireServer } from '@ashlar/testing/wire'
import { expect, it } from 'vitest'
import { anthropic } from './anthropic.ts'

it('a turn the server paused is sent back as it came, and gone on with', async () => {
  await using server = await createWireServer()
  server.enqueue({ text: 'Searching.', finish: 'pause' }, { text: 'Found it.' })
  const model = anthropic('claude-opus-5', { apiKey: 'sk-secret', baseURL: server.url })
  const result = await createAgent({ model }).run('Look it up')
  expect(result).toMatchObject({ reason: 'done', text: 'Found it.', steps: 2 })
  expect(server.requests[1]?.body['messages']).toMatchObject([
    { role: 'user' },
    { role: 'assistant', content: [{ type: 'text', text: 'Searching.' }] },
  ])
})

it('a reason that is not given ends the run', async () => {
  await using server = await createWireServer()
  server.enqueue({ text: 'Fine.', finish: 'other' })
  const model = anthropic('claude-opus-5', { apiKey: 'sk-secret', baseURL: server.url })
  expect(await createAgent({ model }).run('?')).toMatchObject({ reason: 'done', text: 'Fine.', steps: 1 })
})

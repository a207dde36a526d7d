import { type Message, type ModelRequest, type UserPart, userText } from '@ashlar/core'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { CacheLifetime } from './cache-breakpoints.ts'
import { createRequestWriter, type MessagesBody } from './to-request.ts'

const tools = [
  { name: 'a', description: '', inputSchema: {} },
  { name: 'b', description: '', inputSchema: {} },
]

const turn = (id: string): Message[] => [
  { role: 'assistant', content: [{ type: 'tool-call', callId: id, name: 'a', input: {} }] },
  { role: 'tool', content: [{ type: 'tool-result', callId: id, name: 'a', output: 'done' }] },
]

const write = (request: ModelRequest, cache: CacheLifetime = '5m'): MessagesBody =>
  createRequestWriter({ modelId: 'claude-opus-5', provider: 'anthropic', cache })(request).body

/** Where the breakpoints are: `tools.1`, `system.0`, `messages.2.0`. */
const placesOf = ({ tools: all, system, messages }: MessagesBody): string[] => {
  const found: string[] = []
  const look = (blocks: unknown, where: string): void => {
    for (const [index, block] of (Array.isArray(blocks) ? blocks : []).entries())
      if (block?.cache_control) found.push(`${where}.${index}`)
  }
  look(all, 'tools')
  look(system, 'system')
  for (const [index, { content }] of messages.entries()) look(content, `messages.${index}`)
  return found
}

describe('cache breakpoints', () => {
  const messages = [userText('go'), ...turn('1'), ...turn('2')]

  it('are after the tools, the instructions and the last two messages of the user', () => {
    const body = write({ messages, tools, instructions: 'Be brief.' })
    expect(placesOf(body)).toEqual(['tools.1', 'system.0', 'messages.2.0', 'messages.4.0'])
    expect(body.tools?.[1]).toMatchObject({ cache_control: { type: 'ephemeral' } })
    expect(placesOf(write({ messages: [userText('go')] }))).toEqual(['messages.0.0'])
  })

  it('last as long as asked, or are left out', () => {
    expect(write({ messages, tools }, '1h').tools?.[1]).toMatchObject({
      cache_control: { type: 'ephemeral', ttl: '1h' },
    })
    expect(placesOf(write({ messages, tools, instructions: 'x' }, false))).toEqual([])
  })

  it('leave what was converted before as it was', () => {
    const writer = createRequestWriter({ modelId: 'claude-opus-5', provider: 'anthropic', cache: '5m' })
    writer({ messages: messages.slice(0, 3) })
    expect(placesOf(writer({ messages }).body)).toEqual(['messages.2.0', 'messages.4.0'])
    expect(placesOf(writer({ messages: [...messages, ...turn('3')] }).body)).toEqual([
      'messages.4.0',
      'messages.6.0',
    ])
  })

  it('are never more than four, those of the parts included', () => {
    const providerData = { anthropic: { cache_control: { type: 'ephemeral', ttl: '1h' } } }
    const part = (own: boolean): UserPart => ({ type: 'text', text: 'x', ...(own && { providerData }) })
    const flags = fc.array(fc.array(fc.boolean(), { minLength: 1, maxLength: 3 }), { maxLength: 4 })
    fc.assert(
      fc.property(flags, fc.boolean(), (owned, withTools) => {
        const history = owned.map((own): Message => ({ role: 'user', content: own.map(part) }))
        const body = write({ messages: history, ...(withTools && { tools }), instructions: 'x' })
        const brought = owned.flat().filter(Boolean).length
        expect(placesOf(body).length).toBeLessThanOrEqual(Math.max(4, brought))
        expect(JSON.stringify(body).split('"ttl":"1h"').length - 1).toBe(brought)
      }),
    )
  })
})

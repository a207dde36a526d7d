import type { ModelRequest } from '@ashlar/core'
import { describe, expect, it } from 'vitest'
import { estimateUsage } from './estimate-usage.ts'

const request: ModelRequest = {
  instructions: 'a'.repeat(40),
  tools: [{ name: 'add', description: 'Adds.', inputSchema: { type: 'object' } }],
  messages: [
    {
      role: 'user',
      content: [
        { type: 'text', text: 'b'.repeat(80) },
        { type: 'image', data: 'c'.repeat(100_000) },
      ],
    },
    {
      role: 'assistant',
      content: [
        { type: 'reasoning', text: 'd'.repeat(40) },
        { type: 'tool-call', callId: '1', name: 'add', input: { a: 1 } },
      ],
    },
    { role: 'tool', content: [{ type: 'tool-result', callId: '1', name: 'add', output: 'e'.repeat(400) }] },
  ],
}

describe('estimateUsage', () => {
  it('goes by the length of the texts, and not by that of pictures', () => {
    const { inputTokens, outputTokens, estimated } = estimateUsage(request, { characters: 10 })
    expect([outputTokens, estimated]).toEqual([3, true])
    expect(inputTokens).toBeGreaterThan(1140)
    expect(inputTokens).toBeLessThan(1200)
  })

  it('believes the vendor as far as it counted', () => {
    const usage = { inputTokens: 7, outputTokens: 50, cachedInputTokens: 3 }
    expect(estimateUsage(request, { usage, characters: 10 })).toEqual({ ...usage, estimated: 'output' })
    expect(estimateUsage(request, { usage, characters: 400 }).outputTokens).toBe(100)
  })
})

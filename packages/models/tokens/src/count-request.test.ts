import { type Message, type ModelRequest, userText } from '@ashlar/core'
import type { ImagePart } from '@ashlar/core/message'
import { describe, expect, it } from 'vitest'
import { countRequest, createRequestCounter } from './count-request.ts'

const png = (width: number, height: number): string => {
  const bytes = Buffer.alloc(33)
  bytes.write('\x89PNG\r\n\x1a\n', 'latin1')
  bytes.writeUInt32BE(width, 16)
  bytes.writeUInt32BE(height, 20)
  return bytes.toString('base64')
}
const image = (detail?: string): ImagePart => ({
  type: 'image',
  data: png(1024, 1024),
  ...(detail !== undefined && { providerData: { openai: { detail } } }),
})
const withImage = (detail?: string): ModelRequest => ({
  messages: [{ role: 'user', content: [image(detail), { type: 'text', text: 'What is this?' }] }],
})
const hello: ModelRequest = { messages: [userText('Hello, world!')] }
const assistant = (text: string): Message => ({ role: 'assistant', content: [{ type: 'text', text }] })

/** The six messages of OpenAI's cookbook, "How to count tokens with tiktoken", without their names. */
const cookbook: ModelRequest = {
  instructions:
    'You are a helpful, pattern-following assistant that translates corporate jargon into plain English.',
  messages: [
    userText('New synergies will help drive top-line growth.'),
    assistant('Things working well together will increase revenue.'),
    userText(
      "Let's circle back when we have more bandwidth to touch base on opportunities for increased leverage.",
    ),
    assistant("Let's talk later when we're less busy about how to do better."),
    userText("This late pivot means we don't have time to boil the ocean for the client deliverable."),
  ],
}

describe('what is published is counted exactly', () => {
  it("wraps messages as OpenAI's chat does", async () => {
    expect(await countRequest(hello, { modelId: 'gpt-4o' })).toEqual({ tokens: 4 + 4 + 3, exact: true })
    // Of the cookbook's 129 (cl100k_base) and 124 (o200k_base) tokens, 14 are the names of four of its messages.
    expect(await countRequest(cookbook, { modelId: 'gpt-4-0613' })).toEqual({ tokens: 115, exact: true })
    expect(await countRequest(cookbook, { modelId: 'gpt-4o-mini', provider: 'openai' })).toEqual({
      tokens: 110,
      exact: true,
    })
  })

  it('counts an image of known size and detail', async () => {
    const text = 4 + 4 + 3
    expect(await countRequest(withImage('high'), { modelId: 'gpt-4o' })).toEqual({
      tokens: text + 765,
      exact: true,
    })
    expect(await countRequest(withImage('low'), { modelId: 'gpt-4o' })).toEqual({
      tokens: text + 85,
      exact: true,
    })
  })
})

describe('everything else is called an estimate', () => {
  const estimated = async (request: ModelRequest, modelId = 'gpt-4o', provider?: string): Promise<number> => {
    const { tokens, exact } = await countRequest(request, {
      modelId,
      ...(provider !== undefined && { provider }),
    })
    expect(exact).toBe(false)
    return tokens
  }

  it('models whose wrapping is not published, though their encoding is', async () => {
    expect(await estimated(hello, 'gpt-5.4')).toBe(11)
    expect(await estimated(hello, 'o3')).toBe(11)
    expect(await estimated(hello, 'gpt-4.1')).toBe(11)
    expect(await estimated(hello, 'gpt-4o', 'openrouter')).toBe(11)
  })

  it('models whose tokenizer is not public, by a factor of the family', async () => {
    const long: ModelRequest = { messages: [userText('word '.repeat(993))] }
    const plain = await estimated(long, 'gpt-6-astra')
    expect(plain).toBeGreaterThan(990)
    const ratio = async (modelId: string): Promise<number> => (await estimated(long, modelId)) / plain
    expect(await ratio('claude-sonnet-4-5')).toBeCloseTo(1.1, 2)
    expect(await ratio('claude-3-haiku-20240307')).toBeCloseTo(1.1, 2)
    expect(await ratio('claude-opus-5')).toBeCloseTo(1.5, 2)
    expect(await ratio('gemini-3-flash')).toBeCloseTo(1.15, 2)
    expect(await ratio('meta-llama/llama-3.3-70b')).toBeCloseTo(1.05, 2)
    expect(await ratio('qwen3-32b')).toBeCloseTo(1.1, 2)
    expect(await ratio('mistral-large')).toBeCloseTo(1.2, 2)
  })

  it('an image of unknown size or detail', async () => {
    expect(await estimated(withImage())).toBe(11 + 765)
    const remote: ModelRequest = {
      messages: [{ role: 'user', content: [{ type: 'image', url: 'http://a/b.png' }] }],
    }
    expect(await estimated(remote)).toBe(7 + 765)
  })

  it('tools, schemas, tool calls and results, thinking, options of a provider', async () => {
    const base = await estimated(hello, 'o3')
    const inputSchema = { type: 'object', properties: { city: { type: 'string' } } } as const
    const tools = [{ name: 'weather', description: 'Tells the weather.', inputSchema }]
    expect(await estimated({ ...hello, tools })).toBeGreaterThan(base + 15)
    expect(await estimated({ ...hello, output: inputSchema })).toBeGreaterThan(base + 8)
    expect(await estimated({ ...hello, providerOptions: { openai: { user: 'me' } } })).toBe(base)
    const called = await estimated({
      messages: [
        userText('Hello, world!'),
        {
          role: 'assistant',
          content: [
            { type: 'reasoning', text: 'Hm.' },
            { type: 'tool-call', callId: 'c1', name: 'weather', input: { city: 'Rome' } },
          ],
        },
        {
          role: 'tool',
          content: [
            {
              type: 'tool-result',
              callId: 'c1',
              name: 'weather',
              output: 'Sunny, 20 degrees',
              content: [image()],
            },
          ],
        },
      ],
    })
    expect(called).toBeGreaterThan(base + 765 + 20)
    const claude = { modelId: 'claude-sonnet-4-5' }
    const [bare, equipped] = [
      await countRequest(hello, claude),
      await countRequest({ ...hello, tools }, claude),
    ]
    expect(equipped.tokens - bare.tokens).toBeGreaterThan(346)
  })

  it('several texts in one message', async () => {
    const content = userText('Hello').content
    const counted = await countRequest(
      { messages: [{ role: 'user', content: [...content, ...content] }] },
      { modelId: 'gpt-4o' },
    )
    expect(counted).toEqual({ tokens: 9, exact: false })
  })

  it('files: text as text, PDF by its pages, the rest by its size', async () => {
    const file = (mediaType: string, content?: string): ModelRequest => ({
      messages: [
        {
          role: 'user',
          content: [{ type: 'file', mediaType, ...(content !== undefined && { data: btoa(content) }) }],
        },
      ],
    })
    expect(await estimated(file('text/plain', 'Hello, world!'))).toBe(11)
    expect(
      await estimated(file('application/pdf', '<< /Type /Pages >> << /Type /Page >> <</Type/Page>>')),
    ).toBe(7 + 9200)
    expect(await estimated(file('application/pdf', 'x'.repeat(90_000)))).toBe(7 + 9200)
    expect(await estimated(file('application/pdf'))).toBe(7 + 4600)
    expect(await estimated(file('audio/mp3', 'x'.repeat(16_000)))).toBe(7 + 10)
    const broken: ModelRequest = {
      messages: [
        { role: 'user', content: [{ type: 'file', mediaType: 'text/plain', data: '?'.repeat(40) }] },
      ],
    }
    expect(await estimated(broken)).toBe(17)
  })
})

describe('a counter', () => {
  it('counts a growing transcript as a whole, and what it has counted never again', async () => {
    let read = 0
    /** A message that tells when its text is looked at. */
    const watched = (text: string): Message => {
      const part = { type: 'text' as const }
      const get = (): string => {
        read++
        return text
      }
      return { role: 'user', content: [Object.defineProperty({ ...part, text }, 'text', { get })] }
    }
    const tools = [{ name: 'dig', description: 'Digs.', inputSchema: { type: 'object' } }]
    const count = createRequestCounter()
    const messages: Message[] = []
    for (const modelId of ['gpt-4o', 'claude-opus-5'])
      for (let step = 0; step < 20; step++) {
        messages.push(watched(`Step ${step} of ${modelId}: ${'and on '.repeat(step)}`))
        const request: ModelRequest = {
          messages: [...messages],
          instructions: `Go on. ${modelId}`,
          ...(step > 5 && { tools }),
          ...(step > 9 && { output: { type: 'object' } }),
          ...(step > 15 && { providerOptions: {} }),
        }
        read = 0
        const counted = await count(request, { modelId })
        expect(read).toBe(modelId === 'gpt-4o' || step > 0 ? 1 : messages.length)
        expect(counted).toEqual(await countRequest(request, { modelId }))
      }
  })

  it('does not take one rule, text or provider for another', async () => {
    const count = createRequestCounter()
    for (const modelId of ['gpt-4o', 'gpt-4', 'claude-opus-5', 'gpt-4o'])
      for (const provider of ['openai', 'openrouter'])
        for (const instructions of ['One.', 'One and two.', 'One.']) {
          const request = { ...withImage(), instructions }
          expect(await count(request, { modelId, provider })).toEqual(
            await countRequest(request, { modelId, provider }),
          )
        }
  })
})

import { InvalidArgument, type Message, type ModelRequest, userText } from '@ashlar/core'
import { describe, expect, it } from 'vitest'
import { createRequestWriter, type MessagesBody } from './to-request.ts'

const weather = {
  name: 'weather',
  description: 'Tells the weather.',
  inputSchema: { type: 'object', properties: { city: { type: 'string' } } },
} as const

const hello: ModelRequest = { messages: [userText('Hi')] }
const write = (request: ModelRequest, modelId = 'claude-opus-5-5'): MessagesBody =>
  createRequestWriter({ modelId, provider: 'anthropic', cache: false })(request).body

const refused = (request: Partial<ModelRequest>, modelId?: string): InvalidArgument => {
  try {
    write({ ...hello, ...request }, modelId)
  } catch (error) {
    if (InvalidArgument.isInstance(error)) return error
    throw error
  }
  throw new Error('nothing was refused')
}

describe('the body', () => {
  it('has only what was asked for', () => {
    expect(write(hello)).toEqual({
      model: 'claude-opus-5-5',
      max_tokens: 128_000,
      messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }],
    })
  })

  it('carries instructions, tools, limits and stops', () => {
    const body = write({
      ...hello,
      instructions: 'Be brief.',
      tools: [weather, { ...weather, name: 'bare', description: '' }],
      maxOutputTokens: 300,
      stop: ['END'],
    })
    expect(body).toMatchObject({
      system: [{ type: 'text', text: 'Be brief.' }],
      max_tokens: 300,
      stop_sequences: ['END'],
      tools: [
        { name: 'weather', description: 'Tells the weather.', input_schema: weather.inputSchema },
        { name: 'bare', input_schema: weather.inputSchema },
      ],
    })
    expect(body.tools?.[1]).not.toHaveProperty('description')
    expect(body).not.toHaveProperty('tool_choice')
    expect(write({ ...hello, instructions: ' ', stop: [], tools: [] })).toEqual(write(hello))
  })

  it('has the most output a model gives unless told otherwise', () => {
    expect(write(hello, 'claude-haiku-4-5').max_tokens).toBe(64_000)
    expect(write(hello, 'some-local-model').max_tokens).toBe(8192)
  })

  it('refuses what the API has no word for', () => {
    expect(refused({ seed: 7 }).message).toMatch(/^seed: expected nothing .*, received 7$/)
  })
})

const choose = (toolChoice: ModelRequest['toolChoice'], modelId = 'claude-opus-5') =>
  write({ ...hello, tools: [weather], ...(toolChoice && { toolChoice }) }, modelId).tool_choice

describe('tool choice', () => {
  it('is translated', () => {
    expect(choose('auto')).toBeUndefined()
    expect(choose('none')).toEqual({ type: 'none' })
    expect(choose('required')).toEqual({ type: 'any' })
    expect(choose({ tool: 'weather' })).toEqual({ type: 'tool', name: 'weather' })
    expect(write({ ...hello, toolChoice: 'none' }).tool_choice).toBeUndefined()
  })

  it('is refused where the API would', () => {
    const tools = [weather]
    expect(refused({ toolChoice: 'required' }, 'claude-opus-5').message).toContain('no tools are given')
    expect(refused({ tools, toolChoice: { tool: 'weather' } }).message).toContain(
      'claude-opus-5-5 cannot be made',
    )
    expect(refused({ tools, toolChoice: 'required', reasoning: 'low' }, 'claude-opus-5').argument).toBe(
      'toolChoice',
    )
    expect(write({ ...hello, tools, toolChoice: 'required', reasoning: 'low' }, 'glm-6').tool_choice).toEqual(
      {
        type: 'any',
      },
    )
  })
})

const think = (
  reasoning: NonNullable<ModelRequest['reasoning']>,
  modelId: string,
  more: Partial<ModelRequest> = {},
) => {
  const { thinking, output_config } = write({ ...hello, ...more, reasoning }, modelId)
  return { thinking, output_config }
}

describe('reasoning', () => {
  it('is an effort on current models', () => {
    for (const modelId of ['claude-opus-5-5', 'claude-opus-4-6', 'glm-6'])
      expect(think('medium', modelId)).toEqual({
        thinking: { type: 'adaptive', display: 'summarized' },
        output_config: { effort: 'medium' },
      })
  })

  it('is a budget on models up to 4.5, at most half of the answer', () => {
    expect(think('high', 'claude-haiku-4-5').thinking).toEqual({ type: 'enabled', budget_tokens: 16_384 })
    expect(think('high', 'claude-haiku-4-5', { maxOutputTokens: 6000 }).thinking).toEqual({
      type: 'enabled',
      budget_tokens: 3000,
    })
    expect(refused({ reasoning: 'low', maxOutputTokens: 2000 }, 'claude-haiku-4-5').message).toContain(
      'at least 1024',
    )
  })

  it('takes a budget where the model does', () => {
    expect(think({ maxTokens: 5000 }, 'claude-opus-4-6').thinking).toEqual({
      type: 'enabled',
      budget_tokens: 5000,
    })
    expect(refused({ reasoning: { maxTokens: 5000 } }).message).toContain('takes no budget')
    expect(refused({ reasoning: { maxTokens: 100 } }, 'claude-haiku-4-5').argument).toBe(
      'reasoning.maxTokens',
    )
    expect(refused({ reasoning: { maxTokens: 64_000 } }, 'claude-haiku-4-5').message).toContain('fewer than')
  })

  it('is turned off the way the model wants it', () => {
    expect(think('none', 'claude-opus-5').thinking).toEqual({ type: 'disabled' })
    expect(think('none', 'claude-sonnet-5-5').thinking).toEqual({ type: 'between_tools' })
    expect(refused({ reasoning: 'none' }).message).toContain('claude-opus-5-5 always thinks')
  })
})

const version = (request: Partial<ModelRequest>, modelId = 'claude-haiku-4-5') =>
  createRequestWriter({ modelId, provider: 'anthropic', cache: false })({ ...hello, ...request })

describe('sampling', () => {
  it('goes with the last API version that takes it', () => {
    expect(version({ temperature: 0 })).toMatchObject({ body: { temperature: 0 }, version: '2023-06-01' })
    expect(version({ topP: 0.5 })).toMatchObject({ body: { top_p: 0.5 }, version: '2023-06-01' })
    expect(version({ temperature: 0.2, topP: 0.5 }, 'glm-6').body).toMatchObject({
      temperature: 0.2,
      top_p: 0.5,
    })
  })

  it('says nothing about the default', () => {
    const plain = version({ temperature: 1, topP: 1 }, 'claude-opus-5-5')
    expect(plain.body).toEqual(write(hello))
    expect(plain).not.toHaveProperty('version')
  })

  it('is refused where the API would', () => {
    expect(refused({ temperature: 0 }).message).toContain('claude-opus-5-5 takes no sampling')
    expect(refused({ topP: 0.9 }).argument).toBe('topP')
    expect(refused({ temperature: 0.1, topP: 0.9 }, 'claude-haiku-4-5').message).toContain('not both')
    expect(refused({ temperature: 0.1, reasoning: 'low' }, 'claude-haiku-4-5').message).toContain('thinks')
  })
})

describe('providerOptions', () => {
  it('go into the body, betas aside', () => {
    const { body, betas } = createRequestWriter({
      modelId: 'claude-opus-5',
      provider: 'anthropic',
      cache: false,
    })({
      ...hello,
      tools: [weather],
      output: { type: 'object', properties: {}, additionalProperties: false },
      reasoning: 'low',
      providerOptions: {
        openai: { store: false },
        anthropic: {
          betas: ['one-2026-01-01', 5],
          metadata: { user_id: 'u1' },
          max_tokens: 5,
          output_config: { effort: 'max' },
          tools: [{ type: 'web_search_20260318', name: 'web_search' }],
        },
      },
    })
    expect(betas).toEqual(['one-2026-01-01'])
    expect(body).toMatchObject({
      max_tokens: 5,
      metadata: { user_id: 'u1' },
      output_config: { effort: 'max', format: { type: 'json_schema' } },
    })
    expect(body.tools?.map((tool) => ('name' in tool ? tool.name : ''))).toEqual(['weather', 'web_search'])
    expect(body).not.toHaveProperty('betas')
    expect(body).not.toHaveProperty('store')
  })
})

describe('conversion', () => {
  it('happens once for each message and list of tools', () => {
    const writer = createRequestWriter({ modelId: 'claude-opus-5', provider: 'anthropic', cache: '5m' })
    const messages: Message[] = [
      userText('one'),
      { role: 'assistant', content: [{ type: 'text', text: 'two' }] },
    ]
    const tools = [weather]
    const first = writer({ messages, tools })
    const second = writer({ messages: [...messages, userText('three')], tools })
    expect(second.body.messages[1]).toBe(first.body.messages[1])
    expect(
      createRequestWriter({ modelId: 'claude-opus-5', provider: 'anthropic', cache: '5m' })({ messages }).body
        .messages[1],
    ).not.toBe(first.body.messages[1])
  })
})

import { readFileSync } from 'node:fs'
import type { ModelEvent } from '@ashlar/core'
import { createAssembler, createSseDecoder } from '@ashlar/wire'
import type {
  Message,
  RawContentBlockDelta,
  RawMessageStreamEvent,
  StopReason,
} from '@anthropic-ai/sdk/resources/messages'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createMessageReader } from './from-stream.ts'

const response = { provider: 'anthropic', modelId: 'claude-opus-5-5', requestId: 'req_1' }
const names = ['text', 'tool-use', 'thinking', 'thinking-omitted', 'web-search', 'refusal']

const recorded = (name: string): RawMessageStreamEvent[] => {
  const bytes = readFileSync(new URL(`../fixtures/${name}.sse`, import.meta.url))
  return createSseDecoder()
    .push(bytes)
    .map((event): RawMessageStreamEvent => JSON.parse(event.data))
}

const read = (batches: readonly (readonly RawMessageStreamEvent[])[], deltas?: false): ModelEvent[] => {
  const turn = createAssembler({ deltas })
  const reader = createMessageReader(turn, response)
  const events: ModelEvent[] = []
  for (const batch of batches) {
    for (const event of batch) reader.event(event)
    events.push(...turn.take())
  }
  return events
}

const lasting = (events: readonly ModelEvent[]): ModelEvent[] =>
  events.filter(({ type }) => type === 'part' || type === 'finish')
const partsOf = (name: string) =>
  lasting(read([recorded(name)])).flatMap((event) => (event.type === 'part' ? [event.part] : []))
const finishOf = (name: string) => read([recorded(name)]).at(-1)

describe('the streams of the documentation', () => {
  it('text', () => {
    expect(read(recorded('text').map((event) => [event]))).toEqual([
      { type: 'text-delta', text: 'Hello' },
      { type: 'text-delta', text: '!' },
      { type: 'part', part: { type: 'text', text: 'Hello!' } },
      {
        type: 'finish',
        reason: 'stop',
        usage: { inputTokens: 25, outputTokens: 15 },
        response: { ...response, id: 'msg_1nZdL29xx5MUA1yADyHTEsnR8uuvGzszyY' },
      },
    ])
  })

  it('a tool call', () => {
    expect(partsOf('tool-use')).toEqual([
      { type: 'text', text: "Okay, let's check the weather for San Francisco, CA:" },
      {
        type: 'tool-call',
        callId: 'toolu_01T1x1fJ34qAmk2tNTrN7Up6',
        name: 'get_weather',
        input: { location: 'San Francisco, CA', unit: 'fahrenheit' },
      },
    ])
    expect(finishOf('tool-use')).toMatchObject({
      reason: 'tool-calls',
      usage: { inputTokens: 472, outputTokens: 89 },
    })
  })

  it('thinking with its signature', () => {
    const [thought, answer] = partsOf('thinking')
    expect(thought).toMatchObject({
      type: 'reasoning',
      text: expect.stringContaining('So GCD(1071, 462) = 21'),
      providerData: { anthropic: { signature: 'EqQBCgIYAhIM1gbcDa9GJwZA2b3hGgxBdjrkzLoky3dl1pkiMOYds' } },
    })
    expect(answer).toEqual({ type: 'text', text: 'The greatest common divisor of 1071 and 462 is **21**.' })
    expect(finishOf('thinking')).toMatchObject({ usage: { outputTokens: 90, reasoningTokens: 68 } })
    expect(read([recorded('thinking')])[0]).toMatchObject({ type: 'reasoning-delta' })
  })

  it('thinking without text, cached input, and arguments cut short', () => {
    expect(partsOf('thinking-omitted')).toEqual([
      { type: 'reasoning', text: '', providerData: { anthropic: { signature: 'EosnCkYICxIM' } } },
      { type: 'reasoning', text: '', providerData: { anthropic: { data: 'EmwKAhgBEgy3va3pzix/LafPsn4a' } } },
      { type: 'tool-call', callId: 'toolu_a', name: 'list', input: {} },
      {
        type: 'tool-call',
        callId: 'toolu_b',
        name: 'write',
        input: '{"path": "a',
        providerData: { anthropic: { caller: { type: 'code_execution_20260521', tool_id: 'srvtoolu_9' } } },
      },
    ])
    expect(finishOf('thinking-omitted')).toMatchObject({
      reason: 'length',
      usage: {
        inputTokens: 34_012,
        cachedInputTokens: 30_000,
        cacheWriteTokens: 4000,
        cacheWrite1hTokens: 3000,
        outputTokens: 120,
        reasoningTokens: 100,
      },
    })
  })

  it('a search on the server, kept as it came', () => {
    const [, use, result, answer] = partsOf('web-search')
    expect(use).toMatchObject({
      type: 'reasoning',
      text: '',
      providerData: {
        anthropic: { block: { type: 'server_tool_use', input: { query: ' weather NYC today' } } },
      },
    })
    expect(result).toMatchObject({
      providerData: { anthropic: { block: { type: 'web_search_tool_result' } } },
    })
    expect(answer).toMatchObject({
      type: 'text',
      text: 'It is 63°F.',
      providerData: { anthropic: { citations: [{ encrypted_index: 'Eo8BCioIAhgB' }] } },
    })
    expect(finishOf('web-search')).toMatchObject({
      reason: 'pause',
      usage: { inputTokens: 10_682, outputTokens: 510 },
    })
  })

  it('a refusal', () => {
    expect(finishOf('refusal')).toMatchObject({ reason: 'content-filter' })
  })
})

const textOf = (all: readonly ModelEvent[]): string =>
  all.map((event) => (event.type.endsWith('delta') && 'text' in event ? event.text : '')).join('')

describe('a stream', () => {
  it.each(names)('cut into any batches gives the same parts, finish and text: %s', (name) => {
    const events = recorded(name)
    const whole = read([events])
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: events.length }), (sizes) => {
        const batches: RawMessageStreamEvent[][] = []
        let at = 0
        for (const size of [...sizes, events.length]) {
          batches.push(events.slice(at, at + size))
          at += size
        }
        const cut = read(batches)
        expect(lasting(cut)).toEqual(lasting(whole))
        expect(textOf(cut)).toBe(textOf(whole))
      }),
    )
  })

  it('without deltas gives parts and finish only', () => {
    expect(read([recorded('thinking')], false)).toEqual(lasting(read([recorded('thinking')])))
  })

  it('makes one delta of those that came together', () => {
    expect(read([recorded('text')]).filter(({ type }) => type === 'text-delta')).toEqual([
      { type: 'text-delta', text: 'Hello!' },
    ])
  })

  it('knows the input at its first event', () => {
    const turn = createAssembler()
    const [first] = recorded('thinking-omitted')
    if (first) createMessageReader(turn, response).event(first)
    expect(turn.usage).toMatchObject({ inputTokens: 34_012, cacheWrite1hTokens: 3000 })
  })

  it.each<[StopReason, string]>([
    ['end_turn', 'stop'],
    ['stop_sequence', 'stop'],
    ['tool_use', 'tool-calls'],
    ['max_tokens', 'length'],
    ['model_context_window_exceeded', 'length'],
    ['refusal', 'content-filter'],
    ['pause_turn', 'pause'],
  ])('that stops for %s finishes with %s', (stop, reason) => {
    const events = recorded('text').map((event) =>
      event.type === 'message_delta' ? { ...event, delta: { ...event.delta, stop_reason: stop } } : event,
    )
    expect(read([events]).at(-1)).toMatchObject({ reason })
  })

  it.each([
    [
      { service_tier: 'priority', inference_geo: 'us' },
      { serviceTier: 'priority', region: 'us' },
    ],
    [{ service_tier: 'standard', speed: 'fast' }, { serviceTier: 'fast' }],
    [{ server_tool_use: { web_search_requests: 20 } }, { webSearches: 20 }],
    [{ service_tier: null, speed: null, inference_geo: null, server_tool_use: null }, {}],
  ])('says how it was served, and what else has a price: %j', (counts, told) => {
    const usage = { input_tokens: 3, output_tokens: 2, ...counts }
    const lines = [
      { type: 'message_start', message: { role: 'assistant', usage } },
      // Later counts leave out what was said before.
      { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 5 } },
      { type: 'message_stop' },
    ]
    const events = read([lines.map((line): RawMessageStreamEvent => JSON.parse(JSON.stringify(line)))])
    expect(events.at(-1)).toMatchObject({ usage: { inputTokens: 3, outputTokens: 5, ...told } })
    const given = Object.keys({ inputTokens: 3, outputTokens: 5, ...told })
    expect(Object.keys(Object(events.at(-1)).usage).toSorted()).toEqual(given.toSorted())
  })

  it('of a server that leaves things out is read as far as it goes', () => {
    const lines = [
      '{"type":"message_start","message":{"role":"assistant"}}',
      '{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"lost"}}',
      '{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"Hm"}}',
      '{"type":"content_block_start","index":1,"content_block":{"type":"text","text":"Yes"}}',
      '{"type":"content_block_delta","index":1,"delta":{"type":"novelty_delta"}}',
      '{"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"a","name":"f","input":{"x":1}}}',
      '{"type":"a_new_event"}',
      '{"type":"message_delta","delta":{"stop_reason":"a_new_reason"}}',
      '{"type":"message_stop"}',
    ]
    expect(lasting(read([lines.map((line): RawMessageStreamEvent => JSON.parse(line))]))).toEqual([
      {
        type: 'part',
        part: { type: 'reasoning', text: 'Hm', providerData: { anthropic: { signature: '' } } },
      },
      { type: 'part', part: { type: 'text', text: 'Yes' } },
      { type: 'part', part: { type: 'tool-call', callId: 'a', name: 'f', input: { x: 1 } } },
      {
        type: 'finish',
        reason: 'other',
        usage: { inputTokens: 0, outputTokens: 0, estimated: true },
        response,
      },
    ])
  })
})

/** What the API would have answered without streaming. */
const whole = (name: string): Message => {
  const blocks: Record<string, unknown>[] = []
  const inputs: string[] = []
  let message: Record<string, unknown> = {}
  const grow = (index: number, delta: RawContentBlockDelta): void => {
    const block = blocks[index] ?? {}
    if (delta.type === 'text_delta') block['text'] = `${block['text']}${delta.text}`
    else if (delta.type === 'thinking_delta') block['thinking'] = `${block['thinking']}${delta.thinking}`
    else if (delta.type === 'signature_delta') block['signature'] = delta.signature
    else if (delta.type === 'citations_delta') block['citations'] = [delta.citation]
    else inputs[index] = (inputs[index] ?? '') + delta.partial_json
  }
  for (const event of recorded(name))
    if (event.type === 'message_start') message = { ...event.message }
    else if (event.type === 'content_block_start') blocks.push({ ...event.content_block })
    else if (event.type === 'content_block_delta') grow(event.index, event.delta)
    else if (event.type === 'message_delta')
      message = { ...message, ...event.delta, usage: { ...Object(message['usage']), ...event.usage } }
  const content = blocks.map((block, index) =>
    inputs[index] ? { ...block, input: JSON.parse(inputs[index]) } : block,
  )
  return JSON.parse(JSON.stringify({ ...message, content }))
}

describe('a whole answer', () => {
  it.each(names.filter((name) => name !== 'thinking-omitted'))(
    'gives the same parts and finish as its stream: %s',
    (name) => {
      const turn = createAssembler({ deltas: false })
      createMessageReader(turn, response).message(whole(name))
      expect(turn.take()).toEqual(lasting(read([recorded(name)])))
    },
  )
})

import {
  type Message,
  type Meter,
  type ModelEvent,
  type ModelRequest,
  type ToolSpec,
  type Usage,
  userText,
} from '@ashlar/core'
import { toValidator } from '@ashlar/core/schema'
import { describe, expect, it } from 'vitest'
import { offlineNotice } from './offline-notice.ts'
import { offline } from './offline.ts'

const model = offline()
const read = async (request: ModelRequest): Promise<ModelEvent[]> => {
  const events: ModelEvent[] = []
  for await (const event of model.stream(request)) events.push(event)
  return events
}
const ask = (text: string, more: Partial<ModelRequest> = {}): Promise<ModelEvent[]> =>
  read({ messages: [userText(text)], ...more })
const textOf = (events: readonly ModelEvent[]): string =>
  events.map((event) => (event.type === 'part' && event.part.type === 'text' ? event.part.text : '')).join('')
const deltasOf = (events: readonly ModelEvent[]): string[] =>
  events.flatMap((event) => (event.type === 'text-delta' ? [event.text] : []))
const callsOf = (events: readonly ModelEvent[]): unknown[] =>
  events.flatMap((event) => (event.type === 'part' && event.part.type === 'tool-call' ? [event.part] : []))

const add: ToolSpec = {
  name: 'add',
  description: 'Adds two numbers.',
  inputSchema: {
    type: 'object',
    properties: { a: { type: 'number' }, b: { type: 'number' } },
    required: ['a', 'b'],
  },
}
const story =
  'Summarise: The lighthouse stood on a rock. Its keeper lit the lamp every evening. Ships saw the lamp from afar and steered clear of the rock.'

describe('offline', () => {
  it('says what it is', async () => {
    expect(model).toMatchObject({ provider: 'local', modelId: 'offline-rules' })
    for (const prompt of ['Hello', '', story])
      expect(textOf(await ask(prompt))).toMatch(new RegExp(`^\\${offlineNotice}`))
    expect(textOf(await ask('Hello'))).toContain('use a language model')
  })

  it('streams groups of words that join to the part, then finishes', async () => {
    const events = await ask(story)
    const deltas = deltasOf(events)
    expect(deltas.length).toBeGreaterThan(5)
    for (const delta of deltas) expect(delta.trim().split(/\s+/).length).toBeLessThanOrEqual(4)
    expect(deltas.join('')).toBe(textOf(events))
    expect(events.at(-1)).toEqual({
      type: 'finish',
      reason: 'stop',
      usage: {
        inputTokens: Math.ceil(story.length / 4),
        outputTokens: Math.ceil(textOf(events).length / 4),
        estimated: true,
      },
      response: { provider: 'local', modelId: 'offline-rules' },
    })
  })

  it('gives the same events each time, and only parts without deltas', async () => {
    expect(await ask(story)).toEqual(await ask(story))
    const plain = await ask(story, { deltas: false })
    expect(plain.map(({ type }) => type)).toEqual(['part', 'finish'])
    expect(textOf(plain)).toBe(textOf(await ask(story)))
  })

  it('summarises and counts a text it is given', async () => {
    const summary = textOf(await ask(story))
    expect(summary).toContain('Its keeper lit the lamp every evening.')
    expect(summary).toContain('Keywords: rock, lamp')
    const counted = await ask('How many words has this?\n\nOne two three.')
    expect(textOf(counted)).toBe(`${offlineNotice} 3 words, 1 sentence, 1 line.`)
    expect(textOf(await ask(`Which keywords: ${story.slice(11)}`))).toMatch(/^\[.*\] Keywords: rock, lamp/)
  })

  it('keeps to maxOutputTokens and stop', async () => {
    const cut = await ask(story, { maxOutputTokens: 12 })
    expect(textOf(cut)).toHaveLength(48)
    expect(cut.at(-1)).toMatchObject({ reason: 'length', usage: { outputTokens: 12 } })
    const stopped = await ask(story, { stop: ['nothing', 'Keywords'] })
    expect(textOf(stopped)).not.toContain('Keywords')
    expect(stopped.at(-1)).toMatchObject({ reason: 'stop' })
    const noRoom = await ask('Add 2 and 3', { tools: [add], maxOutputTokens: 1 })
    expect(callsOf(noRoom)).toEqual([])
    expect(noRoom.at(-1)).toMatchObject({ reason: 'length' })
  })

  it('calls a tool that the prompt names, and answers with its result', async () => {
    const events = await ask('Please add 2 and 40', { tools: [add] })
    const call = { type: 'tool-call', callId: 'offline-1', name: 'add', input: { a: 2, b: 40 } } as const
    expect(events.map(({ type }) => type)).toEqual(['part', 'finish'])
    expect(callsOf(events)).toEqual([call])
    expect(events.at(-1)).toMatchObject({ reason: 'tool-calls' })
    const messages: Message[] = [
      userText('Please add 2 and 40'),
      { role: 'assistant', content: [call] },
      { role: 'tool', content: [{ type: 'tool-result', callId: 'offline-1', name: 'add', output: '42' }] },
    ]
    expect(textOf(await read({ messages, tools: [add] }))).toBe(`${offlineNotice} add: 42`)
    const next = await read({ messages: [...messages, userText('Add 1 and 1')], tools: [add] })
    expect(callsOf(next)).toMatchObject([{ callId: 'offline-2', input: { a: 1, b: 1 } }])
  })

  it('heeds toolChoice', async () => {
    const none = await ask('Add 2 and 40', { tools: [add], toolChoice: 'none' })
    expect(callsOf(none)).toEqual([])
    const required = await ask('Hello', { tools: [add], toolChoice: 'required' })
    expect(callsOf(required)).toMatchObject([{ name: 'add', input: { a: 0, b: 0 } }])
    const named = await ask('Hello 7', {
      tools: [{ ...add, name: 'other' }, add],
      toolChoice: { tool: 'add' },
    })
    expect(callsOf(named)).toMatchObject([{ name: 'add' }])
    await expect(ask('x', { tools: [add], toolChoice: { tool: 'nope' } })).rejects.toThrow(
      /toolChoice: expected a tool/,
    )
  })

  it('answers in JSON that fits', async () => {
    const output = {
      type: 'object',
      properties: {
        summary: { type: 'string' },
        keywords: { type: 'array', items: { type: 'string' } },
        words: { type: 'integer' },
      },
      required: ['summary', 'keywords', 'words'],
      additionalProperties: false,
    }
    const value: unknown = JSON.parse(textOf(await ask(story, { output })))
    expect(await toValidator(output)(value)).toEqual({ value })
    expect(value).toMatchObject({ words: 25, keywords: expect.arrayContaining(['lamp']) })
  })

  it('honours an abort before and during the answer', async () => {
    const reason = new Error('enough')
    await expect(ask(story, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    const controller = new AbortController()
    const seen: ModelEvent[] = []
    const reading = (async () => {
      for await (const event of model.stream({ messages: [userText(story)], signal: controller.signal })) {
        seen.push(event)
        if (seen.length === 2) controller.abort(reason)
      }
    })()
    await expect(reading).rejects.toBe(reason)
    expect(seen).toHaveLength(2)
    const ticking = new AbortController()
    setImmediate(() => ticking.abort(reason))
    await expect(ask(story, { signal: ticking.signal })).rejects.toBe(reason)
  })

  it('refuses a deadline that has passed, and fields it does not know', async () => {
    await expect(ask(story, { deadline: Date.now() - 1 })).rejects.toMatchObject({ kind: 'timeout' })
    await expect(ask(story, JSON.parse('{"temperatur":1}'))).rejects.toThrow(/temperatur/)
  })

  it('tells the meter once, also when the reader leaves early', async () => {
    const settled: (Usage | undefined)[] = []
    const meter: Meter = { reserve: async () => (usage) => void settled.push(usage) }
    const events = await ask(story, { meter })
    const finish = events.at(-1)
    expect(settled).toEqual([finish?.type === 'finish' && finish.usage])
    for await (const _ of model.stream({ messages: [userText(story)], meter })) break
    expect(settled).toHaveLength(2)
    expect(settled[1]).toMatchObject({ estimated: true })
    const refusal = new Error('no budget')
    await expect(ask(story, { meter: { reserve: () => Promise.reject(refusal) } })).rejects.toBe(refusal)
  })
})

import { createAgent, type ModelEvent, type ModelRequest, tool, userText } from '@ashlar/core'
import { afterAll, describe, expect, it } from 'vitest'
import { gguf, type GgufModel } from './gguf.ts'
import type { LlamaModule } from './llama-module.ts'

/** Where node-llama-cpp is, when it is not installed beside this package. */
const packageName: string = process.env['ASHLAR_LLAMA_MODULE'] ?? 'node-llama-cpp'

const importLlama = async (): Promise<LlamaModule | undefined> => {
  try {
    const module: LlamaModule = await import(packageName)
    return module
  } catch {
    return undefined
  }
}

const file = process.env['ASHLAR_MODEL_FILE'] ?? ''
const llama = file === '' ? undefined : await importLlama()
const model = llama && gguf({ file, llama, contextSize: 1024, gpu: false })
afterAll(() => model?.dispose())

const ask = async (
  on: GgufModel,
  text: string,
  request: Partial<ModelRequest> = {},
): Promise<ModelEvent[]> => {
  const events: ModelEvent[] = []
  const instructions = 'You are a helpful assistant.'
  const whole = { messages: [userText(text)], instructions, maxOutputTokens: 100, ...request }
  for await (const event of on.stream(whole)) events.push(event)
  return events
}
const textOf = (events: readonly ModelEvent[]): string =>
  events.map((event) => (event.type === 'part' && event.part.type === 'text' ? event.part.text : '')).join('')

const capital = 'What is the capital of France?'
const weather = {
  name: 'getWeather',
  description: 'Gets the weather of a city',
  inputSchema: {
    type: 'object',
    properties: { city: { type: 'string', maxLength: 30 }, unit: { enum: ['C', 'F'] } },
    required: ['city'],
  },
}

const streams = async (on: GgufModel): Promise<void> => {
  const first = await ask(on, capital)
  const deltas = first.flatMap((event) => (event.type === 'text-delta' ? [event.text] : []))
  expect(deltas.length).toBeGreaterThan(1)
  expect(deltas.join('')).toBe(textOf(first))
  expect(first.at(-1)).toMatchObject({ reason: 'stop', usage: { inputTokens: expect.any(Number) } })
  const again = await ask(on, capital, { deltas: false })
  expect(textOf(again)).toBe(textOf(first))
  expect(again.at(-1)).toMatchObject({ usage: { cachedInputTokens: expect.any(Number) } })
  const short = await ask(on, 'Write a long story.', { maxOutputTokens: 7 })
  expect(short.at(-1)).toMatchObject({ reason: 'length', usage: { outputTokens: 7 } })
}

const stops = async (on: GgufModel): Promise<void> => {
  const whole = textOf(await ask(on, capital))
  const stop = whole.split(' ').at(-1) ?? ''
  const stopped = textOf(await ask(on, capital, { stop: [stop] }))
  expect(whole.startsWith(stopped)).toBe(true)
  expect(stopped).not.toContain(stop)
}

const drawsBySeed = async (on: GgufModel): Promise<void> => {
  const draw = async (seed: number): Promise<string> =>
    textOf(await ask(on, 'Write about the sea.', { temperature: 1, seed, maxOutputTokens: 20 }))
  const one = await draw(1)
  expect(await draw(1)).toBe(one)
  expect(await draw(2)).not.toBe(one)
}

const callsTool = async (on: GgufModel): Promise<void> => {
  const events = await ask(on, 'What is the weather in Paris?', { tools: [weather], toolChoice: 'required' })
  const [part] = events.flatMap((event) => (event.type === 'part' ? [event.part] : []))
  expect(part).toMatchObject({ type: 'tool-call', name: 'getWeather', input: { city: expect.any(String) } })
  expect(events.at(-1)).toMatchObject({ reason: 'tool-calls' })
}

const answersInJson = async (on: GgufModel): Promise<void> => {
  const output = {
    type: 'object',
    properties: { city: { type: 'string', maxLength: 40 }, capital: { type: 'boolean' } },
    required: ['city'],
  } as const
  const result = await createAgent({ model: on }).run('Tell me about Paris.', { output })
  expect(typeof result.output.city).toBe('string')
}

const runsInAgent = async (on: GgufModel): Promise<void> => {
  const number = { type: 'number' } as const
  const add = tool({
    description: 'Adds two numbers',
    input: { type: 'object', properties: { a: number, b: number }, required: ['a', 'b'] } as const,
    execute: ({ a, b }) => a + b,
  })
  const agent = createAgent({
    model: on,
    tools: { add },
    settings: { maxOutputTokens: 60 },
    limits: { steps: 2 },
  })
  const { usage } = await agent.run('What is 2 + 3?')
  expect(usage.inputTokens).toBeGreaterThan(50)
}

const stopsWhenAborted = async (on: GgufModel): Promise<void> => {
  const controller = new AbortController()
  const reason = new Error('enough')
  const asking = (async () => {
    const request = { messages: [userText('Write a long story.')], signal: controller.signal }
    for await (const { type } of on.stream(request)) if (type === 'text-delta') controller.abort(reason)
  })()
  await expect(asking).rejects.toBe(reason)
  await expect(ask(on, 'word '.repeat(2000))).rejects.toMatchObject({ kind: 'context-overflow' })
  expect(textOf(await ask(on, capital))).not.toBe('')
}

const reason = file === '' ? 'ASHLAR_MODEL_FILE is not set' : 'node-llama-cpp is not installed'
const notRun = `NOT RUN, because ${reason}`
if (!model) process.stderr.write(`gguf() on a real model: ${notRun}\n`)

const checks: readonly (readonly [title: string, check: (on: GgufModel) => Promise<void>])[] = model
  ? [
      ['streams the same text as it keeps, the same each time, with exact usage', streams],
      ['stops at a stop text', stops],
      ['draws by the seed', drawsBySeed],
      ['calls a tool that is wanted, with arguments that fit', callsTool],
      ['answers in JSON that fits', answersInJson],
      ['runs in an agent with tools', runsInAgent],
      ['stops when aborted, and refuses what does not fit', stopsWhenAborted],
    ]
  : [[notRun, async () => {}]]

describe('gguf() on a real model', { timeout: 120_000 }, () => {
  it.each(checks)('%s', async (_, check) => {
    if (model) await check(model)
    else expect(llama).toBeUndefined()
  })
})

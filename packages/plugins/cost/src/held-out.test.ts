import { type Message, type ModelRequest, userText } from '@ashlar/core'
import type { ToolSpec } from '@ashlar/core/model'
import { describe, expect, it } from 'vitest'
import trace from '../fixtures/call-trace.json' with { type: 'json' }
import { createCallHistory } from './call-history.ts'
import { predictCost } from './predict-cost.ts'
import { createPriceBook } from './price-book.ts'

/**
 * The examples of this repository, run against a GGUF in this process (SmolLM2 135M) and against aimock: what each call
 * read and wrote, in order, without its content. `fixtures/README.md` says how it was recorded.
 */
const halves = () => {
  const known = new Map<string, typeof trace>()
  for (const record of trace) {
    const key = `${record.source} ${record.kind}`
    known.set(key, [...(known.get(key) ?? []), record])
  }
  const each = [...known.values()].map(
    (list) => [list.slice(0, list.length / 2), list.slice(list.length / 2)] as const,
  )
  return { first: each.flatMap(([list]) => list), second: each.flatMap(([, list]) => list) }
}

const prices = createPriceBook({
  overrides: Object.fromEntries(
    trace.map(({ provider, modelId }) => [
      `${provider}/${modelId}`,
      { maxOutputTokens: 8192, prices: { input: '1', output: '1' } },
    ]),
  ),
})

/** How much of the second half lies in the intervals learnt from the first, and how wide they are. */
const coverageOf = async (isIn: (source: string) => boolean, shrink = 1) => {
  const { first, second } = halves()
  const history = createCallHistory()
  for (const record of first) history.add(record)
  const heldOut = second.filter(({ source }) => isIn(source))
  let inside = 0
  let width = 0
  for (const { provider, modelId, kind, outputTokens, ...limit } of heldOut) {
    const request: ModelRequest = { messages: [userText('Hi')], ...limit }
    const prediction = await predictCost(request, { model: { provider, modelId }, kind, history, prices })
    const { low, high, p50 } = prediction.outputTokens
    const [from, to] = [p50 - (p50 - low) * shrink, p50 + (high - p50) * shrink]
    if (outputTokens >= from && outputTokens <= to) inside++
    width += to - from
  }
  return { calls: heldOut.length, coverage: inside / heldOut.length, width: width / heldOut.length }
}

describe('the output of the held-out half of a recorded trace', () => {
  it('is in at least 90 % of the intervals', async () => {
    const all = await coverageOf(() => true)
    const local = await coverageOf((source) => source === 'gguf')
    const mock = await coverageOf((source) => source === 'aimock')
    console.log('held-out half:', JSON.stringify({ all, local, mock }))
    expect(all.calls).toBeGreaterThan(150)
    expect(all.coverage).toBeGreaterThanOrEqual(0.9)
  })

  it('would not be, were they half as wide', async () => {
    expect((await coverageOf(() => true, 0.5)).coverage).toBeLessThan(0.9)
  })
})

const png = (width: number, height: number): string => {
  const bytes = Buffer.alloc(33)
  bytes.write('\x89PNG\r\n\x1a\n', 'latin1')
  bytes.writeUInt32BE(width, 16)
  bytes.writeUInt32BE(height, 20)
  return bytes.toString('base64')
}
const boardwalk: Message = {
  role: 'user',
  content: [
    { type: 'text', text: "What's in this image?" },
    { type: 'image', data: png(2560, 1669), providerData: { openai: { detail: 'high' } } },
  ],
}
const weather: ToolSpec = {
  name: 'get_current_weather',
  description: 'Get the current weather in a given location',
  inputSchema: {
    type: 'object',
    properties: {
      location: { type: 'string', description: 'The city and state, e.g. San Francisco, CA' },
      unit: {
        type: 'string',
        description: 'The unit of temperature to return',
        enum: ['celsius', 'fahrenheit'],
      },
    },
    required: ['location'],
  },
}
const asking = (text: string, instructions?: string): ModelRequest => ({
  messages: [userText(text)],
  ...(instructions !== undefined && { instructions }),
})
const helpful = 'You are a helpful assistant.'
const forecast: ModelRequest = {
  ...asking(
    "What's the weather like in San Francisco?",
    'You are a helpful assistant that can answer to questions about the weather.',
  ),
  tools: [weather],
}

/** Requests whose `prompt_tokens` as the API counted them were published. */
const published: readonly {
  readonly from: string
  readonly modelId: string
  readonly request: ModelRequest
  readonly tokens: number
}[] = [
  {
    from: 'API reference, chat',
    modelId: 'gpt-3.5-turbo-0613',
    request: asking('Hello!', helpful),
    tokens: 19,
  },
  {
    from: 'API reference, batch output',
    modelId: 'gpt-4o-mini',
    request: asking('What is 2+2?', helpful),
    tokens: 24,
  },
  {
    from: 'API reference, image input',
    modelId: 'gpt-4o-2024-08-06',
    request: { messages: [boardwalk] },
    tokens: 1117,
  },
  {
    from: 'LangChain, ChatOpenAI',
    modelId: 'gpt-4o-2024-05-13',
    request: asking(
      'I love programming.',
      'You are a helpful assistant that translates English to French. Translate the user sentence.',
    ),
    tokens: 31,
  },
  {
    from: 'LangChain, trim_messages',
    modelId: 'gpt-4o-2024-05-13',
    request: asking(
      'what do you call a speechless parrot',
      "you're a good assistant, you always respond with a joke.",
    ),
    tokens: 32,
  },
  { from: 'LangGraph, configuration', modelId: 'gpt-3.5-turbo-0125', request: asking('hi'), tokens: 8 },
  { from: 'LangGraph, subgraphs', modelId: 'gpt-3.5-turbo-0125', request: asking('hi!'), tokens: 9 },
  {
    from: 'a LangChain notebook, Korean',
    modelId: 'gpt-4o-mini',
    request: asking('당신은 누구입니까?'),
    tokens: 14,
  },
  {
    from: 'a LangChain notebook, Korean',
    modelId: 'gpt-4o-mini',
    request: asking('당신을 소개해주세요.', '당신은 친절한 AI 어시스턴트 입니다.'),
    tokens: 31,
  },
  { from: 'cookbook, tools', modelId: 'gpt-3.5-turbo', request: forecast, tokens: 105 },
  { from: 'cookbook, tools', modelId: 'gpt-4', request: forecast, tokens: 105 },
  { from: 'cookbook, tools', modelId: 'gpt-4o', request: forecast, tokens: 101 },
  { from: 'cookbook, tools', modelId: 'gpt-4o-mini', request: forecast, tokens: 101 },
]

const errorsOf = async (records: typeof published) =>
  Promise.all(
    records.map(async ({ modelId, request, tokens }) => {
      const { inputTokens } = await predictCost(
        { ...request, maxOutputTokens: 1 },
        { model: { provider: 'openai', modelId } },
      )
      return (inputTokens - tokens) / tokens
    }),
  )
const mapeOf = (errors: readonly number[]): number =>
  errors.reduce((sum, error) => sum + Math.abs(error), 0) / errors.length

describe('input tokens against counts the API gave', () => {
  it('are off by less than 1 % on average', async () => {
    const text = await errorsOf(published.filter(({ request }) => !request.tools))
    const tools = await errorsOf(published.filter(({ request }) => request.tools))
    const [without, withTools, all] = [text, tools, [...text, ...tools]].map(mapeOf)
    console.log('input tokens, MAPE:', JSON.stringify({ without, withTools, all }))
    expect(all).toBeLessThan(0.01)
    expect(withTools).toBeLessThan(0.01)
  })
  it('are not off by less than 1 % for whoever counts tools as JSON', async () => {
    const plain = published
      .filter(({ request }) => request.tools)
      .map(({ request: { tools = [], ...request }, ...rest }) => {
        const [first, ...others] = request.messages
        const json = userText(JSON.stringify(tools))
        return { ...rest, request: { ...request, messages: [json, ...(first ? [first] : []), ...others] } }
      })
    expect(mapeOf(await errorsOf(plain))).toBeGreaterThan(0.01)
  })
})

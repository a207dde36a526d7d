import { createServer } from 'node:http'
import { anthropic } from '@ashlar/anthropic'
import { type JsonObject, type LanguageModel, userText } from '@ashlar/core'
import { openai, responses } from '@ashlar/openai'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { toBillableUsage } from './billable-usage.ts'
import { costOf } from './cost-of.ts'
import { goldenDate, type GoldenRecord, goldenRecords } from './fixture-golden-records.ts'
import type { LedgerRecord } from './ledger.ts'
import { memoryLedger } from './memory-ledger.ts'
import { metered } from './metered.ts'
import { toUsdString } from './money.ts'
import { createPriceBook } from './price-book.ts'

const prices = createPriceBook({ overrides: { 'anthropic/*': { rates: [{ tier: 'fast', factor: '6' }] } } })
const server = createServer()
let body: object = {}
let url = ''
beforeAll(async () => {
  server.on('request', (asked, response) =>
    asked.resume().on('end', () => {
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify(body))
    }),
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
})
afterAll(() => {
  server.close()
  server.closeAllConnections()
})

interface Answer {
  readonly usage: GoldenRecord['usage']
  readonly more?: object
  /** Items of a response beside its message. */
  readonly items?: readonly object[]
}

type Api = 'chat' | 'responses' | 'anthropic'

const bodies: Readonly<Record<Api, (modelId: string, answer: Answer) => object>> = {
  chat: (model, { usage, more }) => ({
    id: 'c',
    object: 'chat.completion',
    created: 1,
    model,
    choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'Hi' } }],
    usage,
    ...more,
  }),
  responses: (model, { usage, more, items = [] }) => ({
    id: 'r',
    object: 'response',
    model,
    status: 'completed',
    output: [
      ...items,
      { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Hi' }] },
    ],
    usage,
    ...more,
  }),
  anthropic: (model, { usage, more }) => ({
    id: 'm',
    type: 'message',
    role: 'assistant',
    model,
    stop_reason: 'end_turn',
    content: [{ type: 'text', text: 'Hi' }],
    usage: { ...usage, ...more },
  }),
}

const modelOf = (api: Api, modelId: string): LanguageModel => {
  if (api === 'anthropic') return anthropic(modelId, { apiKey: 'none', baseURL: url })
  const options = { apiKey: 'none', baseURL: `${url}/v1` }
  return openai(modelId, api === 'responses' ? { ...options, api: responses } : options)
}

interface Asked {
  readonly api: Api
  readonly modelId: string
  readonly answer: Answer
  readonly options?: JsonObject
  readonly usd?: number
}

/** The record of one call through the adapter, the meter and the ledger. */
const recordOf = async ({ api, modelId, answer, options, usd = 5000 }: Asked): Promise<LedgerRecord> => {
  body = bodies[api](modelId, answer)
  const ledger = memoryLedger()
  const clock = { now: () => goldenDate.getTime() }
  const upstream = modelOf(api, modelId)
  const model = metered(upstream, { usd, ledger, prices, clock, toolTokens: 5000 })
  const request = { messages: [userText('Hello')], deltas: false, maxOutputTokens: 3000 }
  const asked = options ? { ...request, providerOptions: { [upstream.provider]: options } } : request
  for await (const _ of model.stream(asked));
  for await (const record of ledger.records()) return record
  return expect.unreachable()
}

const apiOf = ({ call, usage }: GoldenRecord): Api => {
  if (call.provider === 'anthropic') return 'anthropic'
  return 'prompt_tokens' in usage ? 'chat' : 'responses'
}
const carried = goldenRecords.filter(
  // Batches have an API of their own; Gemini is spoken to as OpenAI, whose usage is another.
  ({ call }) => call.tier !== 'batch' && call.provider !== 'google',
)

describe('golden records, through the adapter and the meter into the ledger', () => {
  it('are most of them', () => expect(carried.length).toBeGreaterThan(8))

  it.each(carried)('$name: $usd', async (golden) => {
    const { call, usage, usd } = golden
    const { region } = call
    const options = usage['server_tool_use']
      ? { tools: [{ type: 'web_search_20260209', name: 'web_search', max_uses: 5 }] }
      : undefined
    const record = await recordOf({
      api: apiOf(golden),
      modelId: call.modelId,
      answer: { usage, more: region === undefined ? {} : { inference_geo: region } },
      ...(options && { options }),
    })
    expect(record.outcome).toBe('ok')
    expect(toUsdString(record.cost)).toBe(usd)
    // The same can be reckoned from the record alone.
    const { usage: used, provider, modelId, tier, region: place } = record
    if (!used || tier === undefined || place === undefined) return expect.unreachable()
    const again = costOf(used, { provider, modelId, tier, region: place, at: goldenDate, prices })
    expect([again.pico, again.priceSource, again.priceVersion]).toEqual([
      record.cost,
      record.priceSource,
      record.priceVersion,
    ])
  })

  it('would miss the searches, or the images, if they were not read', async () => {
    for (const name of ['Anthropic, web searches', 'OpenAI images']) {
      const golden = goldenRecords.find((each) => each.name === name)
      const billable = toBillableUsage(golden?.usage)
      if (!golden || !billable) return expect.unreachable()
      const { webSearches: _, imageInputTokens: __, imageOutputTokens: ___, ...tokens } = billable
      expect(toUsdString(costOf(tokens, { ...golden.call, at: goldenDate }).pico)).not.toBe(golden.usd)
    }
  })
})

describe('a call costs what the tier and place cost that served it', () => {
  const chat = { prompt_tokens: 20, completion_tokens: 1500, total_tokens: 1520 }
  // 20×1.25 + 1,500×10 = 15,025 millionths at the list price; half of it as flex, double as priority.
  it.each([
    [{ service_tier: 'priority' }, 'default', '0.015025', 'standard'],
    [undefined, 'priority', '0.03005', 'priority'],
    [{ service_tier: 'auto' }, 'priority', '0.03005', 'priority'],
    [{ service_tier: 'auto' }, 'default', '0.015025', 'standard'],
    [{ service_tier: 'flex' }, 'flex', '0.0075125', 'flex'],
    [{ service_tier: 'flex' }, undefined, '0.0075125', 'flex'],
    [undefined, undefined, '0.015025', 'standard'],
  ])('asked %j, served %s: %s', async (options, tier, usd, told) => {
    const answer = { usage: chat, more: tier === undefined ? {} : { service_tier: tier } }
    const record = await recordOf({ api: 'chat', modelId: 'gpt-5', answer, ...(options && { options }) })
    expect([toUsdString(record.cost), record.tier]).toEqual([usd, told])
    expect(record.cost).toBeLessThanOrEqual(record.amount)
  })

  it('charges all that was reserved for a tier without a price', async () => {
    const answer = { usage: chat, more: { service_tier: 'scale' } }
    const warned = new Promise((resolve) => process.once('warning', resolve))
    const record = await recordOf({ api: 'chat', modelId: 'gpt-5', answer })
    expect(String(await warned)).toContain('its scale price is not known')
    expect([record.cost, record.priceSource]).toEqual([record.amount, 'reservation'])
  })

  const usage = {
    input_tokens: 60,
    cache_read_input_tokens: 0,
    cache_creation_input_tokens: 0,
    output_tokens: 931,
  }
  // 60×5 + 931×25 = 23,575 millionths, and a cent for each search.
  it.each([
    [{}, { server_tool_use: { web_search_requests: 20 } }, '0.223575'],
    [{ speed: 'fast' }, { speed: 'fast' }, '0.14145'],
    [{ speed: 'fast' }, { speed: 'standard', service_tier: 'standard' }, '0.023575'],
    [{}, { inference_geo: 'us' }, '0.0259325'],
    [{}, { inference_geo: 'not_available', service_tier: 'standard' }, '0.023575'],
  ])('asked %j, served %j: %s', async (options, more, usd) => {
    const tools = [{ type: 'web_search_20260209', name: 'web_search', max_uses: 20 }]
    const record = await recordOf({
      api: 'anthropic',
      modelId: 'claude-opus-5',
      answer: { usage, more },
      options: { ...options, tools },
    })
    expect(toUsdString(record.cost)).toBe(usd)
    expect(record.cost).toBeLessThanOrEqual(record.amount)
  })

  it('counts the searches of a response', async () => {
    const record = await recordOf({
      api: 'responses',
      modelId: 'gpt-5.5',
      answer: {
        usage: { input_tokens: 100, output_tokens: 10 },
        items: [
          { type: 'web_search_call', action: { type: 'search' } },
          { type: 'web_search_call', action: { type: 'open_page' } },
        ],
      },
      options: { tools: [{ type: 'web_search' }], max_tool_calls: 3 },
    })
    // 100×5 + 10×30 = 800 millionths, and a cent.
    expect(toUsdString(record.cost)).toBe('0.0108')
  })
})

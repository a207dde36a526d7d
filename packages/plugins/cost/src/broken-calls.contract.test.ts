import { anthropic } from '@ashlar/anthropic'
import { type LanguageModel, type ModelRequest, userText } from '@ashlar/core'
import { openai, responses } from '@ashlar/openai'
import { createWireServer, type WireAnswer, type WireServer } from '@ashlar/testing/wire'
import { countRequest } from '@ashlar/tokens'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { costOf } from './cost-of.ts'
import { forever, type LedgerRecord } from './ledger.ts'
import { memoryLedger } from './memory-ledger.ts'
import { metered } from './metered.ts'
import { createPriceBook } from './price-book.ts'
import { listPricing, type Pricing } from './pricing.ts'
import { upperBound } from './upper-bound.ts'

const soak = process.env['ASHLAR_SOAK'] !== undefined
const prices = createPriceBook()
const all = { scope: 'all', id: '', ...forever } as const

/** Each is far from four characters a token, but the first. */
const texts = {
  english: 'The quick brown fox jumps over the lazy dog. '.repeat(40),
  chinese: '你好世界，今天天气怎么样。'.repeat(60),
  spaces: ' '.repeat(12_000),
  json: '{"a":1,"b":[2,3]}\n'.repeat(60),
}

let server: WireServer
const answers: WireAnswer[] = []
/** By dialect and prompt. */
const counted = new Map<string, number>()
const dialects = { chat: 'openai-chat', responses: 'openai-responses', anthropic: 'anthropic' } as const
let models: Readonly<Record<'chat' | 'responses' | 'anthropic', LanguageModel>>
beforeAll(async () => {
  server = await createWireServer({
    // A request of the schedule before may arrive late: what it used is told by what it says.
    answers: ({ rawBody, dialect }) => {
      const prompt = Object.values(texts).find((each) => rawBody.includes(JSON.stringify(each).slice(1, -1)))
      const inputTokens = counted.get(`${dialect} ${prompt?.slice(0, 20)}`) ?? 0
      return { ...answers.shift(), text, usage: { inputTokens, outputTokens: 60 } }
    },
  })
  const options = { apiKey: 'none', baseURL: `${server.url}/v1` }
  models = {
    chat: openai('gpt-4o', options),
    responses: openai('gpt-5', { ...options, api: responses }),
    anthropic: anthropic('claude-opus-5', { apiKey: 'none', baseURL: server.url }),
  }
})
afterAll(() => server[Symbol.asyncDispose]())

const text = 'Well, that is a long story, and it begins like this. '.repeat(3)

/** What becomes of a call: it is answered, breaks somewhere, or is left alone and aborted. */
const fates = fc.oneof(
  fc.constant<WireAnswer>({}),
  fc.record({
    fault: fc.record({
      stop: fc.constantFrom('end' as const, 'close' as const, 'reset' as const, 'hang' as const),
      at: fc.oneof(
        fc.constantFrom('request' as const, 'headers' as const),
        fc.integer({ min: 0, max: 3000 }),
        fc.record({ frames: fc.integer({ min: 0, max: 8 }) }),
      ),
    }),
  }),
  fc.record({ fault: fc.record({ malformedFrame: fc.integer({ min: 0, max: 4 }) }) }),
  fc.record({ fault: fc.record({ errorFrame: fc.integer({ min: 0, max: 4 }) }) }),
)

const schedules = fc.record({
  api: fc.constantFrom('chat' as const, 'responses' as const, 'anthropic' as const),
  prompt: fc.constantFrom<keyof typeof texts>('english', 'chinese', 'spaces', 'json'),
  deltas: fc.boolean(),
  /** How many of the calls there is room for, in tenths. */
  room: fc.integer({ min: 10, max: 45 }),
  calls: fc.array(fc.record({ fate: fates, abortMs: fc.option(fc.integer({ min: 0, max: 15 })) }), {
    minLength: 1,
    maxLength: 5,
  }),
})
type Schedule = typeof schedules extends fc.Arbitrary<infer Each> ? Each : never

interface Outcome {
  readonly limit: bigint
  /** The most that was spent and reserved at any time that was looked. */
  readonly peak: bigint
  readonly reserved: bigint
  readonly records: readonly LedgerRecord[]
  readonly sent: number
  readonly inputTokens: number
}

const play = async ({ api, prompt, deltas, room, calls }: Schedule, pricing: Pricing): Promise<Outcome> => {
  const upstream = models[api]
  const request: ModelRequest = { messages: [userText(texts[prompt])], maxOutputTokens: 100, deltas }
  const bound = await upperBound(request, upstream, { prices })
  const limit = (bound.pico * BigInt(room)) / 10n
  const ledger = memoryLedger()
  const usd = Number(limit) / 1e12
  const model = metered(upstream, { usd: usd.toFixed(12), ledger, pricing })
  const inputTokens = (await countRequest(request, upstream)).tokens
  counted.set(`${dialects[api]} ${texts[prompt].slice(0, 20)}`, inputTokens)
  const before = server.requests.length
  let peak = 0n
  const look = async (): Promise<void> => {
    const { spent, reserved } = await ledger.balance(all)
    if (spent + reserved > peak) peak = spent + reserved
  }
  // Which call gets which answer is not known: a call that is refused takes none.
  const hangs = calls.some(({ fate: { fault } }) => fault && 'stop' in fault && fault.stop === 'hang')
  const one = async ({ fate, abortMs }: Schedule['calls'][number]): Promise<void> => {
    const abortAfter = abortMs ?? (hangs ? 15 : undefined)
    const signal = abortAfter === undefined ? undefined : AbortSignal.timeout(abortAfter)
    answers.push(fate)
    try {
      for await (const _ of model.stream({ ...request, ...(signal && { signal }) })) await look()
    } catch {
      // Refused, broken or aborted: the ledger has to know.
    }
    await look()
  }
  await Promise.all(calls.map(one))
  answers.length = 0
  const { reserved } = await ledger.balance(all)
  const records: LedgerRecord[] = []
  for await (const record of ledger.records()) records.push(record)
  return { limit, peak, reserved, records, sent: server.requests.length - before, inputTokens }
}

/** What the vendor charges at least for a request it was sent: reading it. */
const read = (outcome: Outcome, { provider, modelId }: LanguageModel): bigint =>
  costOf({ inputTokens: outcome.inputTokens, outputTokens: 0 }, { provider, modelId, prices }).pico

const violations = (outcome: Outcome, model: LanguageModel): string[] => {
  const { limit, peak, reserved, records, inputTokens } = outcome
  const broken = records.filter(({ usage }) => usage?.estimated)
  const found: string[] = []
  if (peak > limit) found.push(`${peak} of ${limit}`)
  if (reserved !== 0n) found.push('something stays reserved')
  for (const { cost, amount, usage } of broken) {
    if (cost > amount) found.push(`${cost} for what was reserved at ${amount}`)
    // What the provider has told is its own affair.
    if (usage?.estimated === 'output') continue
    if (cost < read(outcome, model)) found.push(`${cost} is less than reading ${inputTokens} tokens costs`)
    if (model.modelId === 'gpt-4o' && usage?.inputTokens !== inputTokens)
      found.push(`${usage?.inputTokens} tokens instead of ${inputTokens}`)
  }
  return found
}

describe('calls that are aborted, reset or cut', () => {
  it(
    'never spend past the limit, and cost what their prompt was counted as',
    { timeout: 600_000 },
    async () => {
      const pricing = listPricing({ prices })
      const seen = { estimated: 0, refused: 0, answered: 0 }
      await fc.assert(
        fc.asyncProperty(schedules, async (schedule) => {
          const outcome = await play(schedule, pricing)
          expect(violations(outcome, models[schedule.api])).toEqual([])
          seen.estimated += outcome.records.filter(({ usage }) => usage?.estimated).length
          seen.answered += outcome.records.filter(({ outcome: end }) => end === 'ok').length
          seen.refused += schedule.calls.length - outcome.records.length
        }),
        { numRuns: soak ? 2000 : 200, seed: 4 },
      )
      // So that the above is not about nothing.
      expect(Math.min(seen.estimated, seen.refused, seen.answered)).toBeGreaterThan(20)
    },
  )

  it('would, if their length divided by four were taken for a count', async () => {
    const listed = listPricing({ prices })
    const byLength: Pricing = async (call) => {
      const { complete: _, ...quote } = await listed(call)
      return { ...quote, complete: ({ estimated: __, ...usage }) => usage }
    }
    const fate: WireAnswer = { fault: { stop: 'hang', at: 'request' } }
    const hang = (prompt: keyof typeof texts, pricing: Pricing): Promise<Outcome> => {
      // One for each request that may come late.
      answers.push(fate, fate, fate)
      return play({ api: 'chat', deltas: true, room: 10, calls: [{ fate, abortMs: 10 }], prompt }, pricing)
    }
    const tooMuch = await hang('spaces', byLength)
    expect(tooMuch.peak).toBeGreaterThan(tooMuch.limit)
    const tooLittle = await hang('chinese', byLength)
    expect(tooLittle.records[0]?.cost).toBeLessThan(read(tooLittle, models.chat))
    for (const prompt of ['spaces', 'chinese'] as const)
      expect(violations(await hang(prompt, listed), models.chat)).toEqual([])
  })
})

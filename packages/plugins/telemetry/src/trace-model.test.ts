import {
  createAgent,
  InvalidArgument,
  type LanguageModel,
  type Meter,
  ModelError,
  type ModelEvent,
  type Usage,
  userText,
} from '@ashlar/core'
import { cache, coalesce, fallback, retry } from '@ashlar/models'
import { scriptedModel } from '@ashlar/testing'
import { context } from '@opentelemetry/api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { contextManager, createTracing, type Tracing } from './fixture-tracing.ts'
import { telemetry } from './telemetry.ts'
import { traceModel } from './trace-model.ts'

beforeAll(() => void context.setGlobalContextManager(contextManager()))
afterAll(() => context.disable())

const request = { messages: [userText('Hello.')] }

const read = async (model: LanguageModel, more: object = {}): Promise<ModelEvent[]> => {
  const events: ModelEvent[] = []
  for await (const event of model.stream({ ...request, ...more })) events.push(event)
  return events
}

const tokensOf = async ({ points }: Tracing): Promise<Record<string, number>> =>
  Object.fromEntries(
    (await points('gen_ai.client.token.usage')).map(({ attributes, sum }) => [
      String(attributes['gen_ai.token.type']),
      sum,
    ]),
  )

describe('traceModel', () => {
  it('passes events on and traces the call, with no agent', async () => {
    const tracing = createTracing()
    const model = scriptedModel(['Hello there.'], {
      provider: 'gemini',
      modelId: 'gemini-x',
      usage: {
        inputTokens: 9,
        cachedInputTokens: 4,
        cacheWriteTokens: 2,
        outputTokens: 7,
        reasoningTokens: 3,
      },
    })
    const traced = traceModel(model, { ...tracing.sdk, costOf: (usage) => usage.outputTokens })
    expect([traced.provider, traced.modelId]).toEqual(['gemini', 'gemini-x'])
    const events = await read(traced, {
      temperature: 0.5,
      topP: 0.9,
      maxOutputTokens: 100,
      seed: 7,
      stop: ['END'],
      output: { type: 'string' },
    })
    expect(events.at(-1)).toMatchObject({ type: 'finish' })
    expect(tracing.span('chat gemini-x').attributes).toEqual({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'gcp.gemini',
      'gen_ai.request.model': 'gemini-x',
      'gen_ai.request.stream': true,
      'gen_ai.request.temperature': 0.5,
      'gen_ai.request.top_p': 0.9,
      'gen_ai.request.max_tokens': 100,
      'gen_ai.request.seed': 7,
      'gen_ai.request.stop_sequences': ['END'],
      'gen_ai.output.type': 'json',
      'gen_ai.response.model': 'gemini-x',
      'gen_ai.response.id': 'response_1',
      'gen_ai.response.finish_reasons': ['stop'],
      'gen_ai.response.time_to_first_chunk': expect.any(Number),
      'gen_ai.usage.input_tokens': 9,
      'gen_ai.usage.output_tokens': 7,
      'gen_ai.usage.cache_read.input_tokens': 4,
      'gen_ai.usage.cache_creation.input_tokens': 2,
      'gen_ai.usage.reasoning.output_tokens': 3,
      'ashlar.cost.usd': 7,
    })
  })

  it('does nothing until it is read', async () => {
    const tracing = createTracing()
    const stream = traceModel(scriptedModel(['Hello.']), tracing.sdk).stream(request)
    expect(tracing.spans()).toEqual([])
    await stream[Symbol.asyncIterator]().return?.()
    expect(tracing.spans()).toEqual([])
  })

  it('tells no time to the first chunk of a call without deltas', async () => {
    const tracing = createTracing()
    await read(traceModel(scriptedModel(['Hello.']), tracing.sdk), { deltas: false })
    expect(await tracing.points('gen_ai.client.operation.time_to_first_chunk')).toEqual([])
    expect(tracing.span('chat scripted').attributes).not.toHaveProperty(['gen_ai.request.stream'])
  })

  it('leaves the meter of the caller in place', async () => {
    const settled: (Usage | undefined)[] = []
    const meter: Meter = { reserve: async () => (usage) => void settled.push(usage) }
    const tracing = createTracing()
    await read(traceModel(scriptedModel(['Hello.']), tracing.sdk), { meter })
    expect(settled).toEqual([{ inputTokens: 10, outputTokens: 5 }])
    const refusing: Meter = {
      reserve: () =>
        Promise.reject(new ModelError('no money', { kind: 'bad-request', provider: 'p', modelId: 'm' })),
    }
    await expect(
      read(traceModel(scriptedModel(['Hello.']), tracing.sdk), { meter: refusing }),
    ).rejects.toThrow('no money')
    expect(await tokensOf(tracing)).toEqual({ input: 10, output: 5 })
  })

  it('counts a model that knows nothing of meters', async () => {
    const tracing = createTracing()
    const usage = { inputTokens: 3, outputTokens: 2 }
    const model: LanguageModel = {
      provider: 'own',
      modelId: 'own',
      async *stream() {
        yield { type: 'finish', reason: 'stop', usage, response: { provider: 'own', modelId: 'own-1' } }
      },
    }
    await read(traceModel(model, tracing.sdk))
    expect(await tokensOf(tracing)).toEqual({ input: 3, output: 2 })
  })

  it('refuses what is no model', () => {
    expect(() => Reflect.apply(traceModel, undefined, [{}])).toThrow(InvalidArgument)
    expect(() =>
      Reflect.apply(traceModel, undefined, [scriptedModel(['x']), { attributes: () => ({}) }]),
    ).toThrow(/attributes/)
  })
})

describe('around other wrappers', () => {
  it('covers all tries, and counts each that was billed', async () => {
    const tracing = createTracing()
    const usage = { inputTokens: 10, outputTokens: 0 }
    const error = new ModelError('busy', { kind: 'overloaded', provider: 'a', modelId: 'a', usage })
    const model = retry(scriptedModel([{ text: 'Half', error }, 'Whole.']), { baseMs: 1 })
    await read(traceModel(model, { ...tracing.sdk, costOf: () => 1 }))
    expect(tracing.spans().map(({ name }) => name)).toEqual(['chat scripted'])
    const { attributes } = tracing.span('chat scripted')
    expect(attributes).toMatchObject({ 'ashlar.attempts': 2, 'ashlar.cost.usd': 2 })
    expect(await tokensOf(tracing)).toEqual({ input: 20, output: 5 })
  })

  it('shows each try from inside, and counts once where both are traced', async () => {
    const tracing = createTracing()
    const down = scriptedModel(
      [{ error: new ModelError('down', { kind: 'network', provider: 'a', modelId: 'a' }) }],
      { modelId: 'first' },
    )
    const up = scriptedModel(['Hello.'], { modelId: 'second' })
    const inside = (model: LanguageModel): LanguageModel => traceModel(model, tracing.sdk)
    await read(traceModel(fallback([inside(down), inside(up)]), tracing.sdk))
    expect(tracing.tree()).toBe('chat first\n  chat first\n  chat second\n')
    expect(tracing.span('chat first').attributes['error.type']).toBe('network')
    const tokens = await tracing.points('gen_ai.client.token.usage')
    expect(tokens.map(({ attributes, sum }) => [attributes['gen_ai.request.model'], sum])).toEqual([
      ['second', 10],
      ['second', 5],
    ])
    const durations = await tracing.points('gen_ai.client.operation.duration')
    expect(durations.map(({ count }) => count)).toEqual([1])
  })

  it('counts a model of an agent once, though plugin and model trace it', async () => {
    const tracing = createTracing()
    const model = traceModel(scriptedModel(['Hello.']), tracing.sdk)
    const plugins = [telemetry(tracing.sdk)]
    await createAgent({ name: 'a', model, plugins }).run('Go on.')
    expect(tracing.tree()).toBe('invoke_agent a\n  step 1\n    chat scripted\n      chat scripted\n')
    expect(await tokensOf(tracing)).toEqual({ input: 10, output: 5 })
  })

  it('flags answers from a cache and counts them no second time', async () => {
    const tracing = createTracing()
    const traced = traceModel(cache(scriptedModel(['Hello.'])), { ...tracing.sdk, costOf: () => 1 })
    await read(traced)
    await read(traced)
    const [first, second] = tracing.spans()
    expect(first?.attributes).not.toHaveProperty(['ashlar.replayed'])
    expect(second?.attributes).toMatchObject({ 'ashlar.replayed': true, 'gen_ai.response.model': 'scripted' })
    expect(second?.attributes).not.toHaveProperty(['gen_ai.usage.input_tokens'])
    expect(second?.attributes).not.toHaveProperty(['ashlar.cost.usd'])
    expect(await tokensOf(tracing)).toEqual({ input: 10, output: 5 })
    expect(await tracing.points('gen_ai.client.operation.duration')).toMatchObject([{ count: 1 }])
    expect(await tracing.points('ashlar.client.operation.cost')).toMatchObject([{ sum: 1 }])
  })

  it('counts a call that several share once', async () => {
    const tracing = createTracing()
    const traced = traceModel(coalesce(scriptedModel([{ text: 'Hello.', delayMs: 10 }])), tracing.sdk)
    await Promise.all([read(traced), read(traced), read(traced)])
    expect(tracing.spans().filter(({ attributes }) => attributes['ashlar.replayed'])).toHaveLength(2)
    expect(await tokensOf(tracing)).toEqual({ input: 10, output: 5 })
  })
})

import { scriptedModel } from '@ashlar/testing'
import { describe, expect, it } from 'vitest'
import { createAgent, type LanguageModel, type Meter, ModelError, type Plugin, type Usage } from './index.ts'
import type { Attempt, ModelEvent } from './model.ts'

const usage = (inputTokens: number, outputTokens = 0): Usage => ({ inputTokens, outputTokens })
const facts = { provider: 'p', modelId: 'm' }
const failed = (used?: Usage, attempts?: readonly Attempt[]) =>
  new ModelError('busy', {
    ...facts,
    kind: 'overloaded',
    ...(used && { usage: used }),
    ...(attempts && { attempts }),
  })

/** What wrappers of models do: the next model is asked when one fails, and the end tells of all tries. */
const fallback = (...models: readonly LanguageModel[]): LanguageModel => ({
  ...facts,
  async *stream(request) {
    const attempts: Attempt[] = []
    for (const model of models)
      try {
        for await (const event of model.stream(request))
          yield event.type === 'finish' && attempts.length > 0
            ? { ...event, attempts: [...attempts, { ...facts, usage: event.usage }] }
            : event
        return
      } catch (error) {
        if (!ModelError.isInstance(error)) throw error
        attempts.push({ ...facts, error: error.message, ...(error.usage && { usage: error.usage }) })
      }
    throw failed(undefined, attempts)
  },
})

/** A model that never heard of meters. */
const unmetered = (model: LanguageModel): LanguageModel => ({
  ...facts,
  stream: ({ meter: _, ...request }) => model.stream(request),
})
const broken = (used?: Usage): LanguageModel => scriptedModel([{ error: failed(used) }])
const answering = (): LanguageModel => scriptedModel([{ text: 'fine', usage: usage(10, 5) }])

/** The usage of a run that may fail, and what its steps say. */
const usageOf = async (model: LanguageModel, plugins: readonly Plugin[] = []) => {
  let total: Usage | undefined
  const reading: Plugin = {
    name: 'reading',
    setup: (run) => ({
      async *aroundRun(input, next) {
        try {
          yield* next(input)
        } finally {
          total = run.state.usage
        }
      },
    }),
  }
  const steps: Usage[] = []
  const run = createAgent({ model, plugins: [reading, ...plugins] }).run('?')
  try {
    for await (const event of run) if (event.type === 'step-end') steps.push(event.usage)
  } catch {}
  return { total, steps }
}

describe('the usage of a run', () => {
  it.each([
    ['metered', (model: LanguageModel) => model],
    ['unmetered', unmetered],
  ])('has failed attempts in it, once: %s', async (_, wrap) => {
    const models = [broken(usage(7, 1)), broken(), answering()].map(wrap)
    expect(await usageOf(fallback(...models))).toEqual({ total: usage(17, 6), steps: [usage(17, 6)] })
    expect(await usageOf(wrap(answering()))).toEqual({ total: usage(10, 5), steps: [usage(10, 5)] })
  })

  it.each([
    ['metered', (model: LanguageModel) => model],
    ['unmetered', unmetered],
  ])('has those of a call that failed: %s', async (_, wrap) => {
    expect((await usageOf(wrap(broken(usage(7, 1))))).total).toEqual(usage(7, 1))
    const both = fallback(...[broken(usage(7, 1)), broken(usage(3))].map(wrap))
    expect((await usageOf(both)).total).toEqual(usage(10, 1))
  })

  it('is what the meter heard, also of a call that a hook repeats and whose first answer it keeps', async () => {
    const heard: (Usage | undefined)[] = []
    const meter: Meter = { reserve: async () => (used) => void heard.push(used) }
    const twice: Plugin = {
      name: 'twice',
      setup: () => ({
        async *aroundModel(call, next) {
          const metered = { ...call, request: { ...call.request, meter } }
          for await (const _ of next(metered));
          yield* next(metered)
        },
      }),
    }
    const model = scriptedModel([
      { text: 'a', usage: usage(10, 5) },
      { text: 'b', usage: usage(20, 5) },
    ])
    expect((await usageOf(model, [twice])).total).toEqual(usage(30, 10))
    expect(heard).toEqual([usage(10, 5), usage(20, 5)])
  })

  it('counts a replayed answer like the answer it was, though no meter hears of it', async () => {
    const heard: unknown[] = []
    const meter: Meter = { reserve: async () => (used) => void heard.push(used) }
    const replayed: ModelEvent[] = [
      { type: 'part', part: { type: 'text', text: 'again' } },
      { type: 'finish', reason: 'stop', usage: usage(10, 5), response: facts, replayed: true },
    ]
    const journal: LanguageModel = {
      ...facts,
      async *stream() {
        yield* replayed
      },
    }
    const metering: Plugin = {
      name: 'metering',
      setup: () => ({ aroundModel: (call, next) => next({ ...call, request: { ...call.request, meter } }) }),
    }
    expect((await usageOf(journal, [metering])).total).toEqual(usage(10, 5))
    expect(heard).toEqual([])
    expect((await usageOf(fallback(broken(usage(7, 1)), journal), [metering])).total).toEqual(usage(17, 6))
    expect(heard).toEqual([usage(7, 1)])
  })
})

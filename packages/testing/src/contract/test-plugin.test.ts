import { setTimeout as sleep } from 'node:timers/promises'
import type { Plugin } from '@ashlar/core'
import { describe, expect, it } from 'vitest'
import type { Runner } from './runner.ts'
import { testPlugin } from './test-plugin.ts'

/** Uses every seam, and stands in nobody's way. */
const wellBehaved = (): Plugin => ({
  name: 'well-behaved',
  tools: {},
  setup: () => {
    const seen: string[] = []
    return {
      async *aroundRun(input, next) {
        for await (const event of next(input)) {
          seen.push(event.type)
          yield event
        }
      },
      async *aroundModel(call, next) {
        yield* next({ ...call, request: { ...call.request, temperature: 0 } })
      },
      aroundTool: async (call, next) => {
        const outcome = await next(call)
        seen.push(call.call.name)
        return outcome
      },
      stopWhen: () => seen.length > 1000,
    }
  },
})

testPlugin({ name: 'a well-behaved plugin', create: wellBehaved }, { describe, it })
testPlugin({ name: 'a plugin without hooks', create: () => ({ name: 'nothing' }) }, { describe, it })

const shared: unknown[] = []

/** Plugins that stand in the way, by what they do. */
const defects: Readonly<Record<string, Plugin>> = {
  'drops deltas': {
    name: 'defect',
    setup: () => ({
      async *aroundModel(call, next) {
        for await (const event of next(call)) if (event.type !== 'text-delta') yield event
      },
    }),
  },
  'says things twice': {
    name: 'defect',
    setup: () => ({
      async *aroundRun(input, next) {
        for await (const event of next(input)) {
          yield event
          if (event.type === 'message') yield event
        }
      },
    }),
  },
  'stops reading at the finish': {
    name: 'defect',
    setup: () => ({
      async *aroundModel(call, next) {
        for await (const event of next(call)) {
          yield event
          if (event.type === 'finish') return
        }
      },
    }),
  },
  'asks the model twice': {
    name: 'defect',
    setup: () => ({
      async *aroundModel(call, next) {
        for await (const _ of next(call));
        yield* next(call)
      },
    }),
  },
  'always wants deltas': {
    name: 'defect',
    setup: () => ({
      aroundModel: (call, next) => next({ ...call, request: { ...call.request, deltas: true } }),
    }),
  },
  'wraps errors': {
    name: 'defect',
    setup: () => ({
      async *aroundModel(call, next) {
        try {
          yield* next(call)
        } catch (cause) {
          throw new Error('it failed', { cause })
        }
      },
    }),
  },
  'takes errors for answers': {
    name: 'defect',
    setup: () => ({
      async *aroundModel({ model, request }) {
        const { provider, modelId } = model
        try {
          yield* model.stream(request)
        } catch {
          const usage = { inputTokens: 0, outputTokens: 0 }
          yield { type: 'part', part: { type: 'text', text: 'sorry' } }
          yield { type: 'finish', reason: 'stop', usage, response: { provider, modelId } }
        }
      },
    }),
  },
  'keeps the signal from the model': {
    name: 'defect',
    setup: () => ({
      aroundModel: (call, next) => {
        const { signal: _, ...request } = call.request
        return next({ ...call, request })
      },
    }),
  },
  'keeps the signal from the tool': {
    name: 'defect',
    setup: () => ({
      aroundTool: (call, next) =>
        next({ ...call, context: { ...call.context, signal: new AbortController().signal } }),
    }),
  },
  'leaks listeners': {
    name: 'defect',
    setup: ({ signal }) => {
      signal.addEventListener('abort', () => shared.push('aborted'))
      return {}
    },
  },
  'hides results of tools': {
    name: 'defect',
    setup: () => ({ aroundTool: async (call, next) => ({ ...Object(await next(call)), output: 'hidden' }) }),
  },
  'answers pending calls': {
    name: 'defect',
    setup: () => ({
      aroundTool: async (call, next) => {
        const outcome = await next(call)
        return outcome === 'pending' ? { output: 'made up' } : outcome
      },
    }),
  },
  'mixes runs up': {
    name: 'defect',
    setup: () => ({
      async *aroundModel(call, next) {
        shared.push(...call.request.messages)
        await sleep(1)
        yield* next({ ...call, request: { ...call.request, messages: shared.slice(-1) as never[] } })
      },
    }),
  },
  'goes on reading for itself': {
    name: 'defect',
    setup: () => ({
      aroundModel(call, next) {
        const iterator = next(call)[Symbol.asyncIterator]()
        return { [Symbol.asyncIterator]: () => ({ next: () => iterator.next() }) }
      },
    }),
  },
}

const expected: Readonly<Record<string, RegExp>> = {
  'drops deltas': /passes every event on/,
  'says things twice': /passes every event on/,
  'stops reading at the finish': /reads the answer of the model to its end/,
  'asks the model twice': /lets a run with a tool go on/,
  'always wants deltas': /wish for no deltas/,
  'wraps errors': /passes the error of a model on unchanged/,
  'takes errors for answers': /passes the error of a model on unchanged/,
  'keeps the signal from the model': /does not swallow an abort while the model/,
  'keeps the signal from the tool': /does not swallow an abort while a tool/,
  'leaks listeners': /leaves no listener/,
  'hides results of tools': /lets a run with a tool go on/,
  'answers pending calls': /lets a run pause/,
  'mixes runs up': /keeps runs at the same time apart/,
  'goes on reading for itself': /lets go of the model when the reader leaves/,
}

describe.concurrent('the contract catches a plugin that', () => {
  it.each(Object.entries(defects))('%s', async (name, plugin) => {
    const failures: string[] = []
    const running: Promise<void>[] = []
    const runner: Runner = {
      describe: (_, body) => body(),
      it: (title, test) => running.push(test().catch(() => void failures.push(title))),
    }
    testPlugin({ name, timeoutMs: 1500, create: () => plugin }, runner)
    await Promise.all(running)
    expect(failures.some((title) => expected[name]?.test(title))).toBe(true)
    expect(failures.length).toBeLessThan(running.length)
  })
})

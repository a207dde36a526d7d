import { scriptedModel } from '@ashlar/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  type Agent,
  type AgentEvent,
  createAgent,
  type LanguageModel,
  type Message,
  type Plugin,
  RunAborted,
  tool,
  type ToolOutcome,
} from './index.ts'

const unhandled: unknown[] = []
const note = (reason: unknown): void => void unhandled.push(reason)
beforeEach(() => {
  unhandled.length = 0
  process.on('unhandledRejection', note)
})
afterEach(async () => {
  await new Promise((resolve) => setTimeout(resolve, 5))
  process.off('unhandledRejection', note)
  if (unhandled.length > 0) throw new Error('unhandled rejection', { cause: unhandled[0] })
})

const deaf: LanguageModel = {
  provider: 'p',
  modelId: 'm',
  stream: () => ({ [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }) }),
}

describe('leaving a run while an event is being waited for', () => {
  it('ends the wait and the run, though the model ignores its signal', async () => {
    const run = createAgent({ model: deaf }).run('?')
    const events = run[Symbol.asyncIterator]()
    await events.next()
    await events.next()
    const waiting = events.next()
    const leaving = events.return?.()
    await expect(run).rejects.toMatchObject({ code: 'run-aborted' })
    expect(await leaving).toEqual({ done: true, value: undefined })
    expect(await waiting).toEqual({ done: true, value: undefined })
  })

  it('aborts the model call, of the text alone too', async () => {
    for (const part of ['events', 'text'] as const) {
      const late = scriptedModel([{ text: 'late', delayMs: 60_000 }])
      let signal: AbortSignal | undefined
      const model: LanguageModel = {
        ...late,
        stream: (request) => {
          signal = request.signal
          return late.stream(request)
        },
      }
      const run = createAgent({ model }).run('?')
      const stream = ReadableStream.from<unknown>(part === 'text' ? run.text : run)
      const reader = stream.getReader()
      const read = (async () => {
        while (!(await reader.read()).done);
      })()
      while (late.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 1))
      await reader.cancel()
      await read
      expect(signal?.aborted).toBe(true)
      await expect(run).rejects.toMatchObject({ code: 'run-aborted' })
    }
  })

  it('aborts the tools and does not start one whose check or approval is still going on', async () => {
    let ran = 0
    const checked = Promise.withResolvers<ToolOutcome>()
    const slowly: Plugin = {
      name: 'slowly',
      setup: () => ({ aroundTool: async (call, next) => (await checked.promise, next(call)) }),
    }
    const effect = tool({ description: 'has an effect', execute: () => ++ran })
    const model = scriptedModel([{ toolCalls: [{ name: 'effect' }] }])
    const run = createAgent({ model, tools: { effect }, plugins: [slowly] }).run('?')
    for await (const event of run) if (event.type === 'tool-start') break
    checked.resolve('pending')
    await new Promise((resolve) => setTimeout(resolve, 5))
    expect(ran).toBe(0)
  })
})

it('an abort ends a model that ignores it and never stops talking', async () => {
  const controller = new AbortController()
  let said = 0
  const endless: LanguageModel = {
    provider: 'p',
    modelId: 'm',
    async *stream() {
      for (;;) {
        await new Promise((resolve) => setTimeout(resolve, 1))
        if (++said === 3) controller.abort()
        yield { type: 'text-delta', text: 'x' }
      }
    },
  }
  const run = createAgent({ model: endless }).run('?', { signal: controller.signal })
  await expect(run).rejects.toMatchObject({ code: 'run-aborted' })
  expect(said).toBe(3)
})

const input = { type: 'object', properties: { n: { type: 'number' } } } as const
const script = (messages: readonly Message[]) => {
  const turn = messages.filter(({ role }) => role === 'assistant').length
  const call = (name: string, callId: string) => ({ name, input: { n: turn }, callId })
  if (turn === 0)
    return { text: 'let me see', deltaSize: 4, toolCalls: [call('fast', 'a'), call('slow', 'b')] }
  if (turn === 1) return { toolCalls: [call('below', 'a')] }
  return { text: 'all done', deltaSize: 3 }
}

/** An agent whose tools note what they did, with hooks that swallow every error or none at all. */
const build = (done: string[], swallow: boolean): Agent => {
  const sub = createAgent({ name: 'sub', model: scriptedModel(() => 'from below') })
  const swallowing: Plugin = {
    name: 'swallowing',
    setup: () => ({
      async *aroundRun(value, next) {
        try {
          yield* next(value)
        } catch {}
      },
      async *aroundModel(call, next) {
        try {
          yield* next(call)
        } catch {}
      },
    }),
  }
  return createAgent({
    model: scriptedModel(({ messages }) => script(messages)),
    plugins: swallow ? [swallowing] : [],
    tools: {
      fast: tool({
        description: 'is fast',
        input,
        execute: (_, { idempotencyKey }) => done.push(idempotencyKey),
      }),
      slow: tool({
        description: 'is slow',
        input,
        execute: async (_, { idempotencyKey, report, signal }) => {
          report('half')
          await new Promise((resolve) => setTimeout(resolve, 1))
          if (!signal.aborted) done.push(idempotencyKey)
        },
      }),
      below: tool({
        description: 'asks below',
        input,
        execute: async (_, { run }) => (await sub.run('?', { parent: run })).text,
      }),
    },
  })
}

const readUpTo = async (
  events: AsyncIterable<AgentEvent>,
  last: number,
  then: () => boolean,
): Promise<void> => {
  let index = 0
  for await (const _ of events) if (index++ === last && then()) break
}

describe.each([true, false])('at every event, hooks that swallow errors: %s', (swallow) => {
  it.each(['abort', 'break'])('%s ends the run, and it can be resumed to the same end', async (how) => {
    let ended = 0
    for (let index = 0; ended < 3; index++) {
      const done: string[] = []
      const controller = new AbortController()
      const agent = build(done, swallow)
      const run = agent.run('?', { runId: 'r', signal: controller.signal })
      const leave = (): boolean => (how === 'abort' ? (controller.abort(), false) : true)
      await readUpTo(run, index, leave).catch(() => {})
      const outcome = await run.catch((error: unknown) => error)
      if (!RunAborted.isInstance(outcome)) {
        expect(outcome).toMatchObject({ reason: 'done', text: 'all done' })
        ended++
        continue
      }
      const resumed = await agent.run(outcome, { runId: 'r' })
      expect(resumed).toMatchObject({ reason: 'done', text: 'all done' })
      const asked = outcome.messages.filter(({ role }) => role === 'assistant').length
      expect(resumed.steps).toBe(3 + outcome.steps - asked)
      expect(new Set(done).size).toBe(2)
      expect(resumed.messages.map(({ role }) => role).join()).toBe(
        'user,assistant,tool,assistant,tool,assistant',
      )
    }
  })
})

it('keeps the results there were when the run was aborted: resuming does not repeat their calls', async () => {
  const done: string[] = []
  const controller = new AbortController()
  const agent = build(done, false)
  const run = agent.run('?', { runId: 'r', signal: controller.signal })
  for await (const event of run) {
    if (event.type !== 'tool-end') continue
    controller.abort()
    break
  }
  const error = await run.catch((reason: unknown) => reason)
  if (!RunAborted.isInstance(error)) throw error
  expect(error.messages.at(-1)).toMatchObject({ role: 'tool', content: [{ callId: 'a', output: '1' }] })
  await agent.run(error, { runId: 'r' })
  expect(done).toEqual(['r/1/a', 'r/1/b'])
})

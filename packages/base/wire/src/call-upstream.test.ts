import {
  InvalidArgument,
  type LanguageModel,
  ModelError,
  type ModelEvent,
  type ModelRequest,
  type Usage,
} from '@ashlar/core'
import { describe, expect, it } from 'vitest'
import { type Assembler } from './assembler.ts'
import { callUpstream } from './call-upstream.ts'
import { ConnectionError } from './connection-error.ts'

const facts = { provider: 'acme', modelId: 'm1' }
const model: LanguageModel = { ...facts, stream: () => expect.unreachable('nobody asks the model') }
const hello: ModelRequest = { messages: [{ role: 'user', content: [{ type: 'text', text: 'Hello there' }] }] }
const usage: Usage = { inputTokens: 3, outputTokens: 5 }

type Step = (turn: Assembler) => unknown

const text: Step = (turn) => turn.text('Hello world!')
const finish: Step = (turn) => {
  turn.usage = usage
  turn.finish({ reason: 'stop', response: facts })
}

/** What a meter was told, in order. */
const createSpy = (): { meter: NonNullable<ModelRequest['meter']>; log: unknown[] } => {
  const log: unknown[] = []
  const reserve = async (): Promise<(used: Usage | undefined) => void> => {
    log.push('reserved')
    return (used) => log.push(used)
  }
  return { meter: { reserve }, log }
}

interface Run {
  readonly steps: readonly Step[]
  readonly request?: Partial<ModelRequest>
}

const call = ({ steps, request }: Run): AsyncGenerator<ModelEvent, void> =>
  callUpstream({
    model,
    request: { ...hello, ...request },
    secrets: ['hunter2hunter2'],
    read: async function* (turn) {
      for (const step of steps) {
        await step(turn)
        yield turn.take()
      }
    },
  })

const collect = async (
  events: AsyncIterable<ModelEvent>,
): Promise<{ events: ModelEvent[]; error?: unknown }> => {
  const seen: ModelEvent[] = []
  try {
    for await (const event of events) seen.push(event)
    return { events: seen }
  } catch (error) {
    return { events: seen, error }
  }
}

const fail =
  (error: unknown): Step =>
  () => {
    throw error
  }

describe('callUpstream', () => {
  it('passes events on, and settles before the last one', async () => {
    const { meter, log } = createSpy()
    const iterator = call({ steps: [text, finish, fail('never read')], request: { meter } })
    const types: string[] = []
    for (;;) {
      const { value, done } = await iterator.next()
      if (done) break
      types.push(value.type)
      // A reader that stops pulling here has settled already.
      if (value.type === 'finish') expect(log).toEqual(['reserved', usage])
    }
    expect(types).toEqual(['text-delta', 'part', 'finish'])
    expect(log).toEqual(['reserved', usage])
  })

  it('gives parts alone where no deltas are wanted', async () => {
    const { events } = await collect(call({ steps: [text, finish], request: { deltas: false } }))
    expect(events.map(({ type }) => type)).toEqual(['part', 'finish'])
  })

  it('estimates what the vendor did not count', async () => {
    const silent: Step = (turn) => turn.finish({ reason: 'stop', response: facts })
    const { events } = await collect(call({ steps: [text, silent] }))
    expect(events.at(-1)).toMatchObject({ usage: { inputTokens: 3, outputTokens: 3, estimated: true } })
  })

  it('refuses what it does not know, and what comes too late, before it reserves', async () => {
    const { meter, log } = createSpy()
    const odd = { meter, temprature: 1 }
    const unknown = await collect(call({ steps: [], request: odd }))
    expect(unknown.error).toMatchObject({ code: 'invalid-argument', argument: 'request.temprature' })
    const late = await collect(call({ steps: [], request: { meter, deadline: Date.now() - 1 } }))
    expect(late.error).toMatchObject({ kind: 'timeout', retryable: true, ...facts })
    const aborted = await collect(call({ steps: [], request: { meter, signal: AbortSignal.abort('no') } }))
    expect(aborted.error).toBe('no')
    expect(log).toEqual([])
  })

  it('takes an answer without an end for a broken one, and keeps what had come', async () => {
    const { meter, log } = createSpy()
    const { events, error } = await collect(call({ steps: [text], request: { meter } }))
    expect(events).toEqual([{ type: 'text-delta', text: 'Hello world!' }])
    const used = { inputTokens: 3, outputTokens: 3, estimated: true }
    expect(error).toMatchObject({
      kind: 'network',
      retryable: true,
      partial: [{ type: 'text', text: 'Hello world!' }],
      usage: used,
    })
    expect(log).toEqual(['reserved', used])
  })

  it('counts what the vendor had counted when it breaks', async () => {
    const { meter, log } = createSpy()
    const counted: Step = (turn) => {
      turn.usage = { inputTokens: 100, outputTokens: 1, cachedInputTokens: 90 }
    }
    const { error } = await collect(
      call({ steps: [counted, text, fail(new Error('boom'))], request: { meter } }),
    )
    const used = { inputTokens: 100, outputTokens: 3, cachedInputTokens: 90, estimated: 'output' }
    expect(error).toMatchObject({ message: 'acme/m1: boom', kind: 'network', usage: used })
    expect(log).toEqual(['reserved', used])
  })

  it.each([
    ['refused', new ModelError('no', { ...facts, kind: 'rate-limit', status: 429, retryAfterMs: 5 })],
    ['never sent', new ConnectionError('no', { code: 'network', phase: 'connect', sent: false })],
  ])('bills nothing for a call that was %s', async (_, cause) => {
    const { meter, log } = createSpy()
    const { error } = await collect(call({ steps: [fail(cause)], request: { meter } }))
    expect(error).toMatchObject({ message: expect.stringContaining('no') })
    expect(error).not.toHaveProperty('usage')
    expect(log).toEqual(['reserved', undefined])
  })

  it('keeps the facts of an error, and bills one that came after a beginning', async () => {
    const cause = new ModelError('slow down', {
      ...facts,
      kind: 'rate-limit',
      status: 429,
      retryAfterMs: 5,
      requestId: 'r',
    })
    const { error } = await collect(call({ steps: [text, fail(cause)] }))
    expect(error).toMatchObject({
      kind: 'rate-limit',
      status: 429,
      retryAfterMs: 5,
      requestId: 'r',
      message: 'slow down',
    })
    expect(error).toMatchObject({ usage: { outputTokens: 3 }, partial: [{ text: 'Hello world!' }] })
  })

  it('passes the mistakes of the caller on as they are', async () => {
    const { meter, log } = createSpy()
    const mistake = new InvalidArgument('stop', 'nothing', 'x')
    expect((await collect(call({ steps: [fail(mistake)], request: { meter } }))).error).toBe(mistake)
    expect(log).toEqual(['reserved', undefined])
  })

  it('throws the reason of an abort, whatever broke, and bills it', async () => {
    const { meter, log } = createSpy()
    const controller = new AbortController()
    const abort: Step = () => {
      controller.abort('enough')
      throw new Error('the socket closed')
    }
    const run = call({ steps: [text, abort], request: { meter, signal: controller.signal } })
    expect((await collect(run)).error).toBe('enough')
    expect(log).toEqual(['reserved', { inputTokens: 3, outputTokens: 3, estimated: true }])
  })

  it('settles when the reader leaves', async () => {
    const { meter, log } = createSpy()
    for await (const _ of call({ steps: [text, finish], request: { meter } })) break
    expect(log).toEqual(['reserved', { inputTokens: 3, outputTokens: 3, estimated: true }])
  })

  it('passes the refusal of the meter on, and sends nothing', async () => {
    const meter = { reserve: () => Promise.reject(new Error('over budget')) }
    const { error } = await collect(call({ steps: [fail('sent')], request: { meter } }))
    expect(error).toMatchObject({ message: 'over budget' })
  })

  it('does not repeat secrets', async () => {
    const { error } = await collect(call({ steps: [fail(new Error('bad key hunter2hunter2'))] }))
    expect(error).toMatchObject({ message: 'acme/m1: bad key [redacted]' })
  })
})

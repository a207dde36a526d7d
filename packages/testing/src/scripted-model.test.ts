import {
  InvalidArgument,
  type Meter,
  ModelError,
  type ModelEvent,
  type ModelRequest,
  type Usage,
  userText,
} from '@ashlar/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ScriptError } from './script-error.ts'
import type { ScriptedTurn } from './script.ts'
import { scriptedModel } from './scripted-model.ts'

const hello: ModelRequest = { messages: [userText('hello')] }

const read = async (stream: AsyncIterable<ModelEvent>): Promise<ModelEvent[]> => {
  const events: ModelEvent[] = []
  for await (const event of stream) events.push(event)
  return events
}

const meterOf = () => {
  const settled: (Usage | undefined)[] = []
  let reserved = 0
  const meter: Meter = {
    reserve: async () => {
      reserved++
      return (usage) => void settled.push(usage)
    },
  }
  return { meter, settled, reserved: () => reserved }
}

const one = (turn: ScriptedTurn, request: Partial<ModelRequest> = {}) => {
  const model = scriptedModel([turn])
  return model.stream({ ...hello, ...request })
}

describe('scriptedModel', () => {
  it('streams deltas, then the part, then finish', async () => {
    expect(await read(one({ text: 'good day', deltaSize: [2, 4] }))).toEqual([
      { type: 'text-delta', text: 'go' },
      { type: 'text-delta', text: 'od d' },
      { type: 'text-delta', text: 'ay' },
      { type: 'part', part: { type: 'text', text: 'good day' } },
      {
        type: 'finish',
        reason: 'stop',
        usage: { inputTokens: 10, outputTokens: 5 },
        response: { provider: 'scripted', modelId: 'scripted', id: 'response_1' },
      },
    ])
  })

  it('yields only parts and finish when deltas are not wanted', async () => {
    const events = await read(one({ reasoning: 'hm', text: 'yes' }, { deltas: false }))
    expect(events.map(({ type }) => type)).toEqual(['part', 'part', 'finish'])
  })

  it('plays reasoning, text and calls in that order with deterministic ids', async () => {
    const model = scriptedModel([
      {
        reasoning: 'think',
        text: 'say',
        toolCalls: [
          { name: 'a', input: { x: 1 } },
          { name: 'b', callId: 'own', input: '{bad' },
        ],
        usage: { outputTokens: 7, reasoningTokens: 2 },
      },
      { toolCalls: [{ name: 'c' }], finish: 'length' },
    ])
    const parts = (await read(model.stream({ ...hello, deltas: false }))).flatMap((event) =>
      event.type === 'part' ? [event.part] : [],
    )
    expect(parts).toEqual([
      { type: 'reasoning', text: 'think' },
      { type: 'text', text: 'say' },
      { type: 'tool-call', callId: 'call_1', name: 'a', input: { x: 1 } },
      { type: 'tool-call', callId: 'own', name: 'b', input: '{bad' },
    ])
    const second = await read(model.stream(hello))
    expect(second[0]).toMatchObject({ part: { callId: 'call_2', input: {} } })
    expect(second.at(-1)).toMatchObject({ reason: 'length', response: { id: 'response_2' } })
  })

  it('asks a function for the turn, and lets it fail the call', async () => {
    const model = scriptedModel(async (request, call) => {
      if (call === 2) throw new Error('no more')
      return `${request.messages.length} message`
    })
    expect((await read(model.stream(hello))).at(-2)).toMatchObject({ part: { text: '1 message' } })
    await expect(read(model.stream(hello))).rejects.toThrow('no more')
    expect(model.remaining).toBe(0)
    model.assertComplete()
  })

  it('does nothing until it is iterated', async () => {
    const { meter, reserved } = meterOf()
    const model = scriptedModel(['a'])
    model.stream({ ...hello, meter })
    await Promise.resolve()
    expect([model.requests.length, reserved(), model.remaining]).toEqual([0, 0, 1])
  })

  it('records frozen requests without live objects', async () => {
    const messages = [userText('first')]
    const model = scriptedModel(['a'])
    await read(
      model.stream({ messages, signal: new AbortController().signal, retryBudget: { take: () => true } }),
    )
    messages.push(userText('second'))
    expect(model.requests).toEqual([{ messages: [userText('first')] }])
    expect(Object.isFrozen(model.requests[0]?.messages[0]?.content)).toBe(true)
  })

  it('says which turns were left, and passes when none were', async () => {
    const model = scriptedModel(['a', { text: 'b', toolCalls: [{ name: 'look' }] }, () => 'c'])
    await read(model.stream(hello))
    expect(() => model.assertComplete()).toThrow(/2 of its turns .*\n {2}turn 2: "b", look\(\)\n {2}turn 3/)
    await read(model.stream(hello))
    await read(model.stream(hello))
    model.assertComplete()
  })

  it('throws a ScriptError that quotes the last message when turns run out', async () => {
    const model = scriptedModel(['only'])
    await read(model.stream(hello))
    const failure = await read(model.stream(hello)).catch((error: unknown) => error)
    expect(ScriptError.isInstance(failure)).toBe(true)
    expect(String(failure)).toMatch(/1 turn, but the model was called for turn 2.*user: hello/)
  })

  it.each([
    [[42], 'turns[0]'],
    [[{ txt: 'a' }], 'turns[0].txt'],
    [['a', { text: 'a', deltaSize: 0 }], 'turns[1].deltaSize'],
  ])('refuses a malformed turn: %j', (turns, argument) => {
    // @ts-expect-error malformed on purpose
    const make = () => scriptedModel(turns)
    expect(make).toThrow(InvalidArgument)
    expect(make).toThrow(argument)
  })
})

describe('errors of a scripted model', () => {
  it('throws at once, or after so many events', async () => {
    const error = new Error('down')
    await expect(read(one({ text: 'abcd', error }))).rejects.toBe(error)
    const seen: ModelEvent[] = []
    const run = async () => {
      for await (const event of one({ text: 'abcd', deltaSize: 1, error, errorAfter: 3 })) seen.push(event)
    }
    await expect(run()).rejects.toBe(error)
    expect(seen).toHaveLength(3)
  })

  it('never finishes when it has an error, however late', async () => {
    await expect(read(one({ text: 'a', error: new Error('late'), errorAfter: 99 }))).rejects.toThrow('late')
  })
})

describe('abort and deadline of a scripted model', () => {
  it('throws the reason before the start without using the turn up', async () => {
    const model = scriptedModel(['a'])
    const reason = new Error('stop')
    await expect(read(model.stream({ ...hello, signal: AbortSignal.abort(reason) }))).rejects.toBe(reason)
    expect(model.remaining).toBe(1)
  })

  it.each([
    ['before the first event', { text: 'a', delayMs: 60_000 }],
    ['between deltas', { text: 'abc', deltaSize: 1, deltaDelayMs: 60_000 }],
  ])('throws the reason %s and leaves no listener', async (_, turn) => {
    const controller = new AbortController()
    const { signal } = controller
    let listeners = 0
    const { addEventListener: add, removeEventListener: remove } = signal
    signal.addEventListener = (...given: Parameters<typeof add>) => (listeners++, add.apply(signal, given))
    signal.removeEventListener = (...given: Parameters<typeof remove>) => (
      listeners--,
      remove.apply(signal, given)
    )
    const reason = new Error('stop')
    setTimeout(() => controller.abort(reason), 5)
    await expect(read(one(turn, { signal }))).rejects.toBe(reason)
    expect(listeners).toBe(0)
  })

  it('throws the reason when aborted between two reads', async () => {
    const controller = new AbortController()
    const stream = one({ text: 'abc', deltaSize: 1 }, { signal: controller.signal })
    const run = async () => {
      for await (const _ of stream) controller.abort('enough')
    }
    await expect(run()).rejects.toBe('enough')
  })

  it('turns a deadline into a timeout', async () => {
    const late = one({ text: 'a', delayMs: 60_000 }, { deadline: Date.now() + 5 })
    const failure = await read(late).catch((error: unknown) => error)
    expect(ModelError.isInstance(failure) && failure.kind).toBe('timeout')
    const past = read(one('a', { deadline: Date.now() - 1 }))
    await expect(past).rejects.toMatchObject({ kind: 'timeout' })
  })
})

describe('metering of a scripted model', () => {
  const settledOf = async (turn: ScriptedTurn, use = read, more: Partial<ModelRequest> = {}) => {
    const { meter, settled, reserved } = meterOf()
    await use(one(turn, { meter, ...more })).catch(() => undefined)
    expect(reserved()).toBe(1)
    return settled
  }

  it('settles once with the usage of a finished call', async () => {
    expect(await settledOf({ text: 'a', usage: { inputTokens: 3 } })).toEqual([
      { inputTokens: 3, outputTokens: 5 },
    ])
  })

  it('settles with nothing when it failed at once, with an estimate when later', async () => {
    const error = new Error('down')
    expect(await settledOf({ text: 'a', error })).toEqual([undefined])
    expect(await settledOf({ text: 'a', error, errorAfter: 1 })).toEqual([
      { inputTokens: 10, outputTokens: 5, estimated: true },
    ])
  })

  it('settles with the usage a model error carries', async () => {
    const usage = { inputTokens: 1, outputTokens: 0 }
    const error = new ModelError('cut', { kind: 'network', provider: 'p', modelId: 'm', usage })
    expect(await settledOf({ error })).toEqual([usage])
  })

  it('settles once when the reader leaves or aborts', async () => {
    const leave = async (stream: AsyncIterable<ModelEvent>) => {
      for await (const event of stream) return [event]
      return []
    }
    const estimate = { inputTokens: 10, outputTokens: 5, estimated: true }
    expect(await settledOf('abc', leave)).toEqual([estimate])
    const controller = new AbortController()
    const abort = async (stream: AsyncIterable<ModelEvent>) => {
      for await (const _ of stream) controller.abort()
      return []
    }
    expect(await settledOf('abc', abort, { signal: controller.signal })).toEqual([estimate])
  })

  it('makes no call when the meter refuses', async () => {
    const model = scriptedModel(['a'])
    const meter: Meter = { reserve: () => Promise.reject(new Error('no money')) }
    await expect(read(model.stream({ ...hello, meter }))).rejects.toThrow('no money')
    expect([model.requests.length, model.remaining]).toEqual([0, 1])
  })
})

it('joins to the same text however the deltas are cut', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.string({ unit: 'grapheme', maxLength: 60 }),
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 }),
      async (text, deltaSize) => {
        const events = await read(one({ text, deltaSize }))
        const deltas = events.flatMap((event) => (event.type === 'text-delta' ? [event.text] : []))
        expect(deltas.join('')).toBe(text)
        expect(deltas.every((delta) => delta.isWellFormed())).toBe(true)
      },
    ),
    { numRuns: 50 },
  )
})

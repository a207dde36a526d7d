import { fakeClock, scriptedModel } from '@ashlar/testing'
import { describe, expect, it } from 'vitest'
import { countedMeter, failure, hangingModel, hello, see } from './fixture-calls.ts'
import { record, type RecordedCall } from './record.ts'

describe('record', () => {
  it('gives the sink every call, however it ends', async () => {
    const clock = fakeClock(0)
    const calls: RecordedCall[] = []
    const sink = (call: RecordedCall) => void calls.push(call)
    const model = scriptedModel([{ text: 'fine', delayMs: 30 }, { error: failure('auth') }, 'left'], {
      clock,
    })
    const wrapped = record(model, { sink, clock })
    const controller = new AbortController()
    const request = { ...hello, meter: countedMeter(), signal: controller.signal, seed: 1 }
    const reading = see(wrapped.stream(request))
    await clock.advance(30)
    const { events } = await reading
    await see(wrapped.stream(request))
    for await (const _ of wrapped.stream(request)) break
    const aborted = see(record(hangingModel(), { sink, clock }).stream(request))
    controller.abort(new Error('enough'))
    await aborted
    expect(calls.map(({ outcome }) => outcome)).toEqual(['finish', 'error', 'left', 'aborted'])
    expect(calls[0]).toEqual({
      provider: 'scripted',
      modelId: 'scripted',
      request: { messages: hello.messages, seed: 1 },
      events,
      outcome: 'finish',
      startedAt: 0,
      firstEventMs: 30,
      durationMs: 30,
    })
    expect(calls[1]?.error).toEqual(failure('auth'))
    expect(calls[2]?.events).toHaveLength(1)
  })

  it('is done when its sink is, and never fails a call because the sink does', async () => {
    const errors: unknown[] = []
    const sink = async () => {
      throw new Error('disk full')
    }
    const wrapped = record(scriptedModel(['fine']), { sink, onError: (error) => errors.push(error) })
    expect((await see(wrapped.stream(hello))).text).toBe('fine')
    expect(errors).toEqual([new Error('disk full')])
    expect((await see(record(scriptedModel(['fine']), { sink }).stream(hello))).error).toBeUndefined()
  })

  it('refuses to be without a sink', () => {
    expect(() => record(scriptedModel([]), JSON.parse('{}'))).toThrow(/^sink: expected a function/)
  })
})

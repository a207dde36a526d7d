import fc from 'fast-check'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type Meter,
  ModelError,
  type ModelEvent,
  type ModelRequest,
  type Usage,
  userText,
} from '@ashlar/core'
import { afterAll, describe, expect, it } from 'vitest'
import type { ScriptedTurn } from '../script.ts'
import { scriptedModel } from '../scripted-model.ts'
import { cassetteModel } from './cassette-model.ts'

const folder = mkdtempSync(join(tmpdir(), 'cassette-'))
afterAll(() => rmSync(folder, { recursive: true }))
let files = 0
const newFile = () => join(folder, `${++files}`, 'cassette.jsonl')
const env = {}

const say = (text: string, more: Partial<ModelRequest> = {}): ModelRequest => ({
  messages: [userText(text)],
  ...more,
})

const read = async (stream: AsyncIterable<ModelEvent>): Promise<ModelEvent[]> => {
  const events: ModelEvent[] = []
  for await (const event of stream) events.push(event)
  return events
}

const recordOf = (turns: readonly ScriptedTurn[]) => {
  const file = newFile()
  const model = scriptedModel(turns, { provider: 'p', modelId: 'm' })
  return { file, recorder: cassetteModel(file, { model, env }) }
}

describe('cassetteModel', () => {
  it('replays what it recorded, event for event', async () => {
    const { file, recorder } = recordOf([
      { reasoning: 'hm', text: 'hello there', deltaSize: 4, usage: { inputTokens: 3 } },
      { toolCalls: [{ name: 'add', input: { b: 1, a: 'ü' } }] },
    ])
    expect(recorder.mode).toBe('record')
    const recorded = [await read(recorder.stream(say('one'))), await read(recorder.stream(say('two')))]
    const replay = cassetteModel(file, { env })
    expect([replay.mode, replay.provider, replay.modelId]).toEqual(['replay', 'p', 'm'])
    expect([await read(replay.stream(say('one'))), await read(replay.stream(say('two')))]).toEqual(recorded)
    replay.assertComplete()
  })

  it('records anew what holds nothing but an error, where it may', async () => {
    const { file, recorder } = recordOf([
      { error: new ModelError('no', { kind: 'auth', provider: 'p', modelId: 'm' }) },
    ])
    await expect(read(recorder.stream(say('one')))).rejects.toThrow('no')
    const model = scriptedModel(['yes'], { provider: 'p', modelId: 'm' })
    expect(cassetteModel(file, { env }).mode).toBe('replay')
    expect(cassetteModel(file, { env, model, mode: 'replay' }).mode).toBe('replay')
    expect(cassetteModel(file, { env: { CI: '1' }, model }).mode).toBe('replay')
    const again = cassetteModel(file, { env, model })
    expect(again.mode).toBe('record')
    await read(again.stream(say('one')))
    expect(cassetteModel(file, { env, model }).mode).toBe('replay')
  })

  it('refuses an option that it does not have', () => {
    const options = { modle: scriptedModel([]), env }
    expect(() => cassetteModel(newFile(), options)).toThrow(/^modle: expected one of model, mode,/)
  })

  it('writes the same bytes for the same answers, with sorted keys, in order of asking', async () => {
    const record = async (delays: [number, number]) => {
      const { file, recorder } = recordOf([
        { text: 'slow', delayMs: delays[0] },
        { text: 'fast', delayMs: delays[1] },
      ])
      await Promise.all([read(recorder.stream(say('one'))), read(recorder.stream(say('two')))])
      return readFileSync(file, 'utf8')
    }
    const text = await record([15, 0])
    expect(await record([0, 15])).toBe(text)
    expect(text).toMatch(/^\{"cassette":"model","version":1\}\n\{"events":\[.*\n\{"events":.*\n$/)
  })

  it('answers equal requests in any order, whatever deadline and deltas they ask for', async () => {
    const { file, recorder } = recordOf(['first', { text: 'second', deltaSize: 3 }])
    await read(recorder.stream(say('one', { deltas: false })))
    await read(recorder.stream(say('two', { deadline: Date.now() + 60_000 })))
    const replay = cassetteModel(file, { env })
    const second = await read(replay.stream(say('two', { deltas: false })))
    expect(second.map(({ type }) => type)).toEqual(['part', 'finish'])
    const first = await read(replay.stream(say('one')))
    expect(first.slice(0, 2)).toEqual([
      { type: 'text-delta', text: 'first' },
      { type: 'part', part: { type: 'text', text: 'first' } },
    ])
  })

  it('replays errors with their facts', async () => {
    const facts = { kind: 'rate-limit', provider: 'p', modelId: 'm', status: 429, retryAfterMs: 7 } as const
    const { file, recorder } = recordOf([
      { error: new ModelError('slow down', facts) },
      { text: 'ab', error: new TypeError('odd'), errorAfter: 1 },
    ])
    await expect(read(recorder.stream(say('one')))).rejects.toThrow('slow down')
    await expect(read(recorder.stream(say('two')))).rejects.toThrow('odd')
    const replay = cassetteModel(file, { env })
    const failure = await read(replay.stream(say('one'))).catch((error: unknown) => error)
    expect(ModelError.isInstance(failure)).toBe(true)
    expect(failure).toMatchObject({ ...facts, message: 'slow down', retryable: true })
    await expect(read(replay.stream(say('two')))).rejects.toThrow('odd')
  })

  it('meters a replay like a call', async () => {
    const { file, recorder } = recordOf(['a'])
    await read(recorder.stream(say('one')))
    const settled: (Usage | undefined)[] = []
    const meter: Meter = { reserve: async () => (usage) => void settled.push(usage) }
    await read(cassetteModel(file, { env }).stream(say('one', { meter })))
    expect(settled).toEqual([{ inputTokens: 10, outputTokens: 5 }])
  })

  it('stops at an abort, and where the recorded reader left', async () => {
    const { file, recorder } = recordOf([{ text: 'abc', deltaSize: 1 }, 'b'])
    for await (const _ of recorder.stream(say('one'))) break
    await read(recorder.stream(say('two')))
    const replay = cassetteModel(file, { env })
    await expect(read(replay.stream(say('one')))).rejects.toThrow('no more of it')
    await expect(read(replay.stream(say('two', { signal: AbortSignal.abort('no') })))).rejects.toBe('no')
    const controller = new AbortController()
    const run = async () => {
      for await (const _ of replay.stream(say('two', { signal: controller.signal }))) controller.abort('now')
    }
    await expect(run()).rejects.toBe('now')
  })
})

describe('a cassette fails loudly', () => {
  it('with the difference, on a request that was not recorded', async () => {
    const { file, recorder } = recordOf(['a', 'b'])
    await read(recorder.stream(say('one', { temperature: 0.5 })))
    const replay = cassetteModel(file, { env })
    const failure = await read(replay.stream(say('other', { seed: 1 }))).catch(String)
    expect(failure).toContain('messages[0].content[0].text: recorded "one", received "other"')
    expect(failure).toContain('temperature: recorded 0.5, received nothing')
    expect(failure).toContain('seed: recorded nothing, received 1')
    await read(replay.stream(say('one', { temperature: 0.5 })))
    await expect(read(replay.stream(say('one', { temperature: 0.5 })))).rejects.toThrow(
      /All 1 exchanges .* used up/,
    )
  })

  it('on exchanges that were never asked for', async () => {
    const { file, recorder } = recordOf(['a'])
    await read(recorder.stream(say('one')))
    recorder.assertComplete()
    expect(() => cassetteModel(file, { env }).assertComplete()).toThrow(
      /1 of 1 exchanges .*\n {2}line 2: .*one/,
    )
  })

  it('on a missing or damaged file, and a model that is missing', () => {
    const file = newFile()
    expect(() => cassetteModel(file, { mode: 'replay', env })).toThrow(`There is no cassette at ${file}`)
    expect(() => cassetteModel(file, { env })).toThrow('model: expected a model to record')
    // @ts-expect-error unknown on purpose
    expect(() => cassetteModel(file, { mode: 'guess', env })).toThrow('mode')
    const damaged = join(folder, 'damaged.jsonl')
    for (const text of [
      '',
      '{"cassette":"http","version":1}\n',
      '{"cassette":"model","version":2}\n',
      '[]\n',
      'x\n',
    ]) {
      writeFileSync(damaged, text)
      expect(() => cassetteModel(damaged, { env })).toThrow(/no model cassette|not JSON|not a JSON object/)
    }
  })

  it('instead of recording in CI, unless it is forced', async () => {
    const file = newFile()
    const model = scriptedModel(['a'])
    for (const mode of ['auto', 'record'] as const)
      expect(() => cassetteModel(file, { model, mode, env: { CI: 'true' } })).toThrow(/CI is set/)
    await read(cassetteModel(file, { model, env: { CI: '1' }, force: true }).stream(say('one')))
    expect(existsSync(file)).toBe(true)
    expect(cassetteModel(file, { env: { CI: 'true' } }).mode).toBe('replay')
    expect(cassetteModel(newFile(), { model, env: { CI: 'false' } }).mode).toBe('record')
  })
})

describe('redaction', () => {
  it('keeps secrets out of the file and still finds the exchange', async () => {
    const secret = 'sk-proj-abcdefghijklmnop'
    const file = newFile()
    const settings = { redact: [/customer-\d+/, 'plain.text'], env: { MY_API_KEY: 'value-from-env' } }
    const model = scriptedModel([{ text: `the key is ${secret}, for customer-42`, deltaSize: 100 }])
    const request = say(`use ${secret} and value-from-env and plain.text`, {
      providerOptions: { p: { apiKey: 'hidden', headers: { authorization: 'also hidden' }, key: 'shown' } },
    })
    await read(cassetteModel(file, { model, ...settings }).stream(request))
    const text = readFileSync(file, 'utf8')
    for (const leak of [secret, 'customer-42', 'plain.text', 'value-from-env', 'hidden'])
      expect(text).not.toContain(leak)
    expect(text).toContain('"key":"shown"')
    const events = await read(cassetteModel(file, settings).stream(request))
    expect(events[0]).toEqual({ type: 'text-delta', text: 'the key is [redacted], for [redacted]' })
  })

  it('keeps secrets out however they are cut over deltas', async () => {
    const secret = 'sk-proj-abcdefghijklmnop'
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 40 }), async (deltaSize) => {
        const file = newFile()
        const text = `the key is ${secret} and value-from-env, no more`
        const settings = { env: { MY_API_KEY: 'value-from-env' } }
        const model = scriptedModel([{ reasoning: text, text, deltaSize }])
        await read(cassetteModel(file, { model, ...settings }).stream(say('hi')))
        const events = await read(cassetteModel(file, settings).stream(say('hi')))
        for (const type of ['text-delta', 'reasoning-delta']) {
          const deltas = events.flatMap((event) =>
            event.type === type && 'text' in event ? [event.text] : [],
          )
          expect(deltas.join('')).toBe('the key is [redacted] and [redacted], no more')
        }
      }),
      { numRuns: 40 },
    )
  })

  it('leaves deltas as they were cut where there is no secret', async () => {
    const file = newFile()
    const model = scriptedModel([{ text: 'nothing to hide', deltaSize: 4 }])
    const recorded = await read(cassetteModel(file, { model, env: {} }).stream(say('hi')))
    expect(await read(cassetteModel(file, { env: {} }).stream(say('hi')))).toEqual(recorded)
    expect(recorded.length).toBeGreaterThan(4)
  })
})

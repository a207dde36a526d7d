import { InvalidArgument } from '@ashlar/core'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { ScriptError } from '../script-error.ts'
import { checkAnswer } from './wire-answer.ts'
import { createWireServer } from './wire-server.ts'

const server = await createWireServer()
afterAll(() => server.close())
afterEach(() => server.reset())

const thrown = (run: () => unknown): unknown => {
  try {
    return run()
  } catch (error) {
    return error
  }
}

describe('a plan of faults', () => {
  it.each([
    [{ fault: { stop: 'nope', at: 'headers' } }, 'answer.fault.stop'],
    [{ fault: { stop: 'close', at: 'nowhere' } }, 'answer.fault.at'],
    [{ fault: { stop: 'close' } }, 'answer.fault.at'],
    [{ fault: { stop: 'close', at: -1 } }, 'answer.fault.at'],
    [{ fault: { stop: 'close', at: { frames: 1.5 } } }, 'answer.fault.at'],
    [{ fault: { status: 99 } }, 'answer.fault.status'],
    [{ fault: { status: 600 } }, 'answer.fault.status'],
    [{ fault: { status: 'x' } }, 'answer.fault.status'],
    [{ fault: { status: 200 } }, 'answer.fault.status'],
    [{ fault: { status: 500, kind: 'odd' } }, 'answer.fault.kind'],
    [{ fault: { status: 500, mesage: 'a' } }, 'answer.fault.mesage'],
    [{ fault: { malformedFrame: -1 } }, 'answer.fault.malformedFrame'],
    [{ fault: { errorFrame: '1' } }, 'answer.fault.errorFrame'],
    [{ fault: { stop: 'end', at: 1, status: 500 } }, 'answer.fault'],
    [{ fault: {} }, 'answer.fault'],
    [{ fault: null }, 'answer.fault'],
    [{ usage: { inputTokens: -1 } }, 'answer.usage.inputTokens'],
    [{ usage: { outputTokens: Number.NaN } }, 'answer.usage.outputTokens'],
    [{ delayMs: -1 }, 'answer.delayMs'],
    [{ pace: { everyMs: -1 } }, 'answer.pace.everyMs'],
  ])('%j is refused by name', (answer, name) => {
    const error = thrown(() => checkAnswer(answer, 'answer'))
    expect(InvalidArgument.isInstance(error) && error.message).toMatch(`${name}:`)
  })
  it.each([
    { fault: { stop: 'hang', at: 'request' } },
    { fault: { stop: 'close', at: 0 } },
    { fault: { stop: 'reset', at: { frames: 3 } } },
    { fault: { status: 302, headers: { location: '/' } } },
    { fault: { status: 200, body: {} } },
    { fault: { status: 429, kind: 'overloaded', message: 'a' } },
    { fault: { errorFrame: 0, text: 'a' } },
    { usage: { inputTokens: 0, estimated: true, serviceTier: 'flex' }, delayMs: 0 },
  ])('%j is taken', (answer) => {
    expect(checkAnswer(answer, 'answer')).toBe(answer)
  })
})

describe('a body that is no JSON object', () => {
  const post = async (path: string, body: string): Promise<[number, unknown]> => {
    const response = await fetch(server.url + path, { method: 'POST', body })
    return [response.status, await response.json()]
  }
  it.each([
    ['/v1/chat/completions', { error: { type: 'invalid_request_error', code: null } }],
    ['/v1/responses', { error: { type: 'invalid_request_error', code: null } }],
    ['/v1/embeddings', { error: { type: 'invalid_request_error', code: null } }],
    ['/v1/messages', { type: 'error', error: { type: 'invalid_request_error' } }],
    ['/api/chat', { error: expect.stringContaining('invalid character') }],
  ])('is refused at %s, and takes no answer', async (path, shape) => {
    server.enqueue('kept')
    for (const body of ['{"model":', '[]', '']) {
      const [status, refused] = await post(path, body)
      expect([status, refused]).toEqual([400, expect.objectContaining({})])
      expect(refused).toMatchObject(shape)
    }
    expect([server.remaining, server.requests.map(({ status }) => status)]).toEqual([1, [400, 400, 400]])
  })
  it('is not refused where it is one', async () => {
    server.enqueue('Hello')
    const [status] = await post('/v1/chat/completions', '{"model":"m"}')
    expect(status).toBe(200)
    server.assertComplete()
  })
})

describe('assertComplete', () => {
  it('names the answers that nobody asked for', async () => {
    server.assertComplete()
    server.enqueue('Hello', { toolCalls: [{ name: 'add' }] }, { endpoint: 'embed', fault: { status: 500 } })
    const error = thrown(() => server.assertComplete())
    expect(ScriptError.isInstance(error) && error.message).toBe(
      '3 answers were never asked for:\n  generate "Hello"\n  generate add()\n  embed fault {"status":500}',
    )
    server.reset()
    server.assertComplete()
  })
})

import assert from 'node:assert/strict'
import type { ModelErrorKind } from '@ashlar/core'
import type { WireDialect, WireFault } from '../wire/index.ts'
import { type Check, hello, modelErrorOf, partialText, read } from './bench.ts'

type StatusFault = Extract<WireFault, { status: number }>

interface StatusCase {
  readonly fault: StatusFault
  readonly kind: ModelErrorKind
  readonly retryable: boolean
  readonly only?: readonly WireDialect[]
}

const openai: readonly WireDialect[] = ['openai-chat', 'openai-responses']

const noQuota = {
  error: {
    message: 'You exceeded your current quota, please check your plan and billing details.',
    type: 'insufficient_quota',
    param: null,
    code: 'insufficient_quota',
  },
}
const filtered = {
  error: {
    message: 'The response was filtered due to the prompt triggering the content management policy.',
    type: null,
    param: 'prompt',
    code: 'content_filter',
  },
}

const statuses: readonly StatusCase[] = [
  { fault: { status: 401 }, kind: 'auth', retryable: false },
  { fault: { status: 403 }, kind: 'auth', retryable: false },
  { fault: { status: 400 }, kind: 'bad-request', retryable: false },
  { fault: { status: 404, message: 'model not found' }, kind: 'bad-request', retryable: false },
  { fault: { status: 422 }, kind: 'bad-request', retryable: false },
  { fault: { status: 400, kind: 'context-overflow' }, kind: 'context-overflow', retryable: false },
  { fault: { status: 400, kind: 'content' }, kind: 'content', retryable: false, only: openai },
  { fault: { status: 400, body: filtered }, kind: 'content', retryable: false, only: openai },
  { fault: { status: 408 }, kind: 'timeout', retryable: true },
  { fault: { status: 429 }, kind: 'rate-limit', retryable: true },
  { fault: { status: 429, body: noQuota }, kind: 'rate-limit', retryable: false, only: openai },
  { fault: { status: 500 }, kind: 'overloaded', retryable: true },
  { fault: { status: 502, body: '<html><h1>Bad Gateway</h1></html>' }, kind: 'overloaded', retryable: true },
  { fault: { status: 503, body: '' }, kind: 'overloaded', retryable: true },
  { fault: { status: 529 }, kind: 'overloaded', retryable: true },
]

const statusCheck = ({ fault, kind, retryable }: StatusCase): Check => [
  `turns ${fault.status}${fault.kind ? ` (${fault.kind})` : ''}${fault.body === undefined ? '' : ' with a body of its own'} into ${kind}, ${retryable ? '' : 'not '}retryable`,
  async ({ server, model, dialect }) => {
    for (const deltas of [true, false]) {
      server.enqueue({ requestId: 'req_9', fault })
      const error = await modelErrorOf(model.stream({ ...hello, deltas }))
      assert.deepEqual(
        [error.kind, error.retryable, error.status, error.provider, error.modelId],
        [kind, retryable, fault.status, model.provider, model.modelId],
      )
      if (dialect !== 'ollama') assert.equal(error.requestId, 'req_9')
      if (fault.message) assert.match(error.message, new RegExp(fault.message))
    }
    assert.equal(server.requests.length, 2, 'a model does not retry by itself')
  },
]

const retryAfter: Check = [
  'says how long the vendor asks to wait',
  async ({ server, model }) => {
    const date = new Date(Date.now() + 3_600_000).toUTCString()
    server.enqueue({ fault: { status: 429, headers: { 'retry-after': '2' } } })
    assert.equal((await modelErrorOf(model.stream(hello))).retryAfterMs, 2000)
    server.enqueue({ fault: { status: 503, headers: { 'retry-after-ms': '1500' } } })
    assert.equal((await modelErrorOf(model.stream(hello))).retryAfterMs, 1500)
    server.enqueue({ fault: { status: 429, headers: { 'retry-after': date } } })
    const { retryAfterMs = 0 } = await modelErrorOf(model.stream(hello))
    assert(
      retryAfterMs > 3_000_000 && retryAfterMs <= 3_600_000,
      `an HTTP date is a wait, not ${retryAfterMs}`,
    )
    server.enqueue({ fault: { status: 429 } })
    assert.equal((await modelErrorOf(model.stream(hello))).retryAfterMs, undefined)
  },
]

const secrets: Check = [
  'never repeats the key, even when the vendor does',
  async ({ server, model }) => {
    server.enqueue('fine')
    await read(model.stream(hello))
    const { authorization = '', 'x-api-key': key = '' } = server.requests[0]?.headers ?? {}
    const secret = String(key) || authorization.replace(/^Bearer /i, '')
    if (!secret) return
    server.enqueue({ fault: { status: 401, message: `Incorrect API key provided: ${secret}.` } })
    const error = await modelErrorOf(model.stream(hello))
    const shown = `${error.message} ${error.stack} ${JSON.stringify(error)} ${String(error.cause)}`
    assert(!shown.includes(secret), 'the key is in the error')
  },
]

const long = 'The quick brown fox jumps over the lazy dog.'
const answer = { text: long, deltaSize: 5, requestId: 'req_9' }

/** Frames until two deltas of the text are out. */
const twoDeltas: Readonly<Record<WireDialect, number>> = {
  'openai-chat': 3,
  'openai-responses': 6,
  anthropic: 5,
  ollama: 2,
}

const assertBroken = async (stream: Parameters<typeof modelErrorOf>[0], expectText = true): Promise<void> => {
  const error = await modelErrorOf(stream)
  assert.deepEqual([error.kind, error.retryable], ['network', true], error.message)
  const partial = partialText(error)
  assert(long.startsWith(partial), `the partial text is what had arrived, not ${partial}`)
  if (expectText) assert.notEqual(partial, '', 'what had arrived is in `partial`')
}

const broken = (dialect: WireDialect): Check[] => [
  [
    'turns a stream that ends too early into a network error with what had arrived',
    async ({ server, model }) => {
      for (const frames of [twoDeltas[dialect], twoDeltas[dialect] + 1]) {
        server.enqueue({ ...answer, fault: { stop: 'end', at: { frames } } })
        await assertBroken(model.stream(hello))
      }
      for (const stop of ['close', 'reset'] as const) {
        server.enqueue({ ...answer, fault: { stop, at: { frames: twoDeltas[dialect] } } })
        await assertBroken(model.stream(hello))
      }
    },
  ],
  [
    'turns an answer cut in the middle of a character or an event into a network error',
    async ({ server, model }) => {
      for (const at of [1, 100, 333])
        for (const deltas of [true, false]) {
          server.enqueue({ ...answer, text: long.repeat(20), fault: { stop: 'end', at } })
          const error = await modelErrorOf(model.stream({ ...hello, deltas }))
          assert.equal(error.kind, 'network', error.message)
        }
    },
  ],
  [
    'turns a connection that breaks into a network error, wherever it breaks',
    async ({ server, model }) => {
      for (const at of ['request', 'headers'] as const)
        for (const stop of ['close', 'reset'] as const)
          for (const deltas of [true, false]) {
            server.enqueue({ ...answer, fault: { stop, at } })
            await assertBroken(model.stream({ ...hello, deltas }), false)
          }
      server.enqueue({ ...answer, fault: { stop: 'end', at: 'headers' } })
      await assertBroken(model.stream(hello), false)
    },
  ],
  [
    'turns a server that is not there into a network error',
    async ({ server, model }) => {
      await server.close()
      await assertBroken(model.stream(hello), false)
    },
  ],
  [
    'turns malformed events and bodies into a network error',
    async ({ server, model }) => {
      server.enqueue({ ...answer, fault: { malformedFrame: twoDeltas[dialect] } })
      await assertBroken(model.stream(hello))
      server.enqueue({ ...answer, fault: { malformedFrame: 0 } })
      await assertBroken(model.stream({ ...hello, deltas: false }), false)
      server.enqueue({ ...answer, fault: { malformedFrame: 0, text: '<html>Please log in</html>' } })
      await assertBroken(model.stream({ ...hello, deltas: false }), false)
    },
  ],
]

const failed = { id: 'resp_1', object: 'response', status: 'failed', model: 'm', output: [] }
const failedResponse = { ...failed, error: { code: 'server_error', message: 'boom' } }

/** A failure in the middle of a stream, in all the shapes a vendor has for it. */
const failures = (dialect: WireDialect): WireFault[] => {
  const errorFrame = twoDeltas[dialect]
  const named: WireFault = { errorFrame, message: 'boom' }
  if (dialect !== 'openai-responses') return [named]
  const event = { type: 'response.failed', sequence_number: errorFrame, response: failedResponse }
  return [named, { errorFrame, text: `event: response.failed\ndata: ${JSON.stringify(event)}\n\n` }]
}

const inside = (dialect: WireDialect): Check[] => [
  [
    'turns an error inside a 200 stream into the error it is, with what had arrived',
    async ({ server, model }) => {
      for (const fault of failures(dialect)) {
        server.enqueue({ ...answer, fault })
        const error = await modelErrorOf(model.stream(hello))
        assert.match(error.message, /boom/)
        assert.notEqual(partialText(error), '')
        // Ollama's errors have no kind.
        if (dialect === 'ollama') continue
        assert.deepEqual([error.kind, error.retryable, error.requestId], ['overloaded', true, 'req_9'])
      }
    },
  ],
  [
    'turns an error inside a plain 200 into the error it is',
    async ({ server, model }) => {
      const text = JSON.stringify(failedResponse)
      const faults: WireFault[] = [{ errorFrame: 0, message: 'boom' }]
      if (dialect === 'openai-responses') faults.push({ errorFrame: 0, text })
      for (const fault of faults) {
        server.enqueue({ ...answer, fault })
        const error = await modelErrorOf(model.stream({ ...hello, deltas: false }))
        assert.match(error.message, /boom/)
        if (dialect !== 'ollama') assert.equal(error.kind, 'overloaded')
      }
    },
  ],
]

const goesOn: Check = [
  'answers the next call after every kind of failure',
  async ({ server, model }) => {
    const faults: WireFault[] = [
      { status: 500 },
      { stop: 'reset', at: 'request' },
      { stop: 'close', at: { frames: 1 } },
      { errorFrame: 1 },
    ]
    for (const fault of faults) {
      server.enqueue({ ...answer, fault })
      await modelErrorOf(model.stream(hello))
      server.enqueue(answer)
      assert.deepEqual((await read(model.stream(hello))).parts, [{ type: 'text', text: long }])
    }
  },
]

/** What a model makes of a server that fails. */
export const faultChecks = (dialect: WireDialect): Check[] => [
  ...statuses.filter(({ only }) => only?.includes(dialect) ?? true).map(statusCheck),
  retryAfter,
  secrets,
  ...broken(dialect),
  ...inside(dialect),
  goesOn,
]

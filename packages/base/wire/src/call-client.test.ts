import { getEventListeners } from 'node:events'
import { InvalidArgument } from '@ashlar/core'
import { describe, expect, it } from 'vitest'
import { callClient, type ClientCall } from './call-client.ts'

const caller = { provider: 'acme', modelId: 'm1', secrets: ['hunter2hunter2'] }

const failure = async (call: Omit<ClientCall, 'provider' | 'modelId'>): Promise<unknown> =>
  callClient({ ...caller, ...call }).then(
    () => expect.unreachable('the call should fail'),
    (reason: unknown) => reason,
  )

const throwing = (error: unknown): Omit<ClientCall, 'provider' | 'modelId'> => ({
  send: async () => {
    throw error
  },
})

/** An error as the SDKs throw it. */
const apiError = (facts: object, message = '400 no'): Error => Object.assign(new Error(message), facts)

const hanging = (signal: AbortSignal): Promise<Response> =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('Request was aborted.')))
  })

describe('callClient', () => {
  it('gives the answer to the readers of the built-in transport', async () => {
    const answer = new Response('data: a\n\n', { headers: { 'x-request-id': 'r' } })
    const { signal } = new AbortController()
    const response = await callClient({ ...caller, signal, send: async () => answer })
    expect([response.status, response.headers['x-request-id']]).toEqual([200, 'r'])
    for await (const events of response.events()) expect(events).toEqual([{ event: 'message', data: 'a' }])
    expect(getEventListeners(signal, 'abort')).toHaveLength(0)
  })

  it('reads an answer without a body', async () => {
    const response = await callClient({ ...caller, send: async () => new Response(null) })
    expect(await response.text()).toBe('')
    response.drain()
    response.destroy()
  })

  it('turns what the SDKs throw into what it is', async () => {
    const headers = new Headers({ 'retry-after': '2', 'request-id': 'r' })
    const error = { code: 'rate_limit_exceeded', message: 'slow down, hunter2hunter2' }
    expect(await failure(throwing(apiError({ status: 429, headers, error })))).toMatchObject({
      kind: 'rate-limit',
      retryAfterMs: 2000,
      requestId: 'r',
      message: 'acme/m1: 429 rate-limit: slow down, [redacted]',
    })
    expect(await failure(throwing(apiError({ status: 500 }, '500 boom')))).toMatchObject({
      kind: 'overloaded',
      message: 'acme/m1: 500 overloaded: 500 boom',
    })
    expect(await failure(throwing('odd'))).toMatchObject({ kind: 'network', message: 'acme/m1: odd' })
  })

  it('finds what happened to the connection in the causes', async () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' })
    const wrapped = new Error('Connection error.', {
      cause: new TypeError('fetch failed', { cause: refused }),
    })
    expect(await failure(throwing(wrapped))).toMatchObject({
      kind: 'network',
      message: 'acme/m1: Connection error.: fetch failed: connect ECONNREFUSED 127.0.0.1:1',
      cause: { phase: 'connect', sent: false },
    })
    expect(await failure(throwing(new Error('Connection error.')))).toMatchObject({
      kind: 'network',
      cause: { phase: 'headers', sent: true },
    })
    const late = Object.assign(new Error('Request timed out.'), { name: 'APIConnectionTimeoutError' })
    expect(await failure(throwing(late))).toMatchObject({ kind: 'timeout', cause: { sent: true } })
  })

  it.each(['CERT_HAS_EXPIRED', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'ERR_TLS_CERT_ALTNAME_INVALID'])(
    'has sent nothing where the certificate is not trusted: %s',
    async (code) => {
      const cause = Object.assign(new Error('no trust'), { code })
      const error = new Error('Connection error.', { cause })
      expect(await failure(throwing(error))).toMatchObject({ cause: { phase: 'connect', sent: false } })
    },
  )

  it('ends a call whose body does not follow the signal', async () => {
    const endless = new ReadableStream<Uint8Array>()
    const controller = new AbortController()
    const { signal } = controller
    const response = await callClient({ ...caller, signal, send: async () => new Response(endless) })
    const read = response.text()
    controller.abort('enough')
    await expect(read).rejects.toBe('enough')
    expect(getEventListeners(signal, 'abort')).toHaveLength(0)
  })

  it('throws the reason of an abort, and ends at the deadline', async () => {
    const controller = new AbortController()
    const { signal } = controller
    const failed = failure({ signal, send: hanging })
    controller.abort('enough')
    expect(await failed).toBe('enough')
    expect(await failure({ signal, send: hanging })).toBe('enough')
    const late = new AbortController().signal
    expect(await failure({ signal: late, deadline: Date.now() + 20, send: hanging })).toMatchObject({
      kind: 'timeout',
      message: 'acme/m1: the deadline passed',
    })
    expect(getEventListeners(late, 'abort')).toHaveLength(0)
  })

  it('passes the mistakes of the caller on', async () => {
    const mistake = new InvalidArgument('body', 'a body', 'none')
    expect(await failure(throwing(mistake))).toBe(mistake)
  })
})

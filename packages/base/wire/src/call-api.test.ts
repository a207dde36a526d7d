import { describe, expect, it } from 'vitest'
import { callApi } from './call-api.ts'
import { ConnectionError } from './connection-error.ts'
import { exchangeFetch } from './fetch-exchange.ts'
import type { HttpClient } from './http.ts'

const caller = { provider: 'acme', modelId: 'm1', secrets: ['hunter2hunter2'] }
const request = { url: 'http://127.0.0.1/', body: '{}' }

const answering = (response: Response): HttpClient => ({
  send: () => exchangeFetch({ send: async () => response }),
  close: () => undefined,
})

const failing = (error: unknown): HttpClient => ({
  send: async () => {
    throw error
  },
  close: () => undefined,
})

const failure = async (client: HttpClient, signal?: AbortSignal): Promise<unknown> =>
  callApi(client, { ...request, signal }, caller).then(
    () => expect.unreachable('the call should fail'),
    (reason: unknown) => reason,
  )

describe('callApi', () => {
  it('gives what is a success', async () => {
    const response = await callApi(answering(Response.json({ a: 1 }, { status: 201 })), request, caller)
    expect(await response.json()).toEqual({ a: 1 })
  })

  it('throws what is not, with the words of the vendor and without secrets', async () => {
    const body = { error: { message: 'the key hunter2hunter2 is wrong' } }
    const response = Response.json(body, { status: 401, headers: { 'x-request-id': 'r' } })
    expect(await failure(answering(response))).toMatchObject({
      kind: 'auth',
      status: 401,
      requestId: 'r',
      message: 'acme/m1: 401 auth: the key [redacted] is wrong',
    })
  })

  it('reads no more of an error than it needs', async () => {
    let pulled = 0
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        pulled++
        controller.enqueue(new Uint8Array(16 * 1024).fill(120))
      },
    })
    expect(await failure(answering(new Response(endless, { status: 500 })))).toMatchObject({
      kind: 'overloaded',
    })
    expect(pulled).toBeLessThan(10)
  })

  it('says where a redirect leads, and follows none', async () => {
    const response = new Response(null, {
      status: 308,
      headers: { location: 'https://elsewhere.example/v1' },
    })
    expect(await failure(answering(response))).toMatchObject({
      kind: 'bad-request',
      status: 308,
      message: expect.stringContaining('set baseURL to the final address: https://elsewhere.example/v1'),
    })
  })

  it('makes a broken connection a network error, and an abort its reason', async () => {
    const error = new ConnectionError('reset', { code: 'network', phase: 'headers', sent: true })
    expect(await failure(failing(error))).toMatchObject({
      kind: 'network',
      message: 'acme/m1: reset',
      cause: error,
    })
    expect(await failure(failing(error), AbortSignal.abort('enough'))).toBe('enough')
  })
})

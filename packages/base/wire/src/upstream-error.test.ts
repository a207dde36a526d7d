import { afterEach, describe, expect, it, vi } from 'vitest'
import { callApi } from './call-api.ts'
import { createHttpClient } from './fetch-client.ts'

const caller = { provider: 'acme', modelId: 'm1', secrets: ['hunter2hunter2'] }
const request = { url: 'http://127.0.0.1:1/', headers: { authorization: 'hunter2hunter2\n\u0000' } }

const failure = (): Promise<unknown> =>
  callApi(createHttpClient(), request, caller).then(
    () => expect.unreachable('the call should fail'),
    (reason: unknown) => reason,
  )

describe('a failure', () => {
  afterEach(() => vi.doUnmock('./read-facts.ts'))

  it('is told without secrets', async () => {
    expect(await failure()).toMatchObject({ kind: 'network', message: expect.stringContaining('[redacted]') })
  })

  it('is told, if less well, where what reads it does not load', async () => {
    vi.doMock('./read-facts.ts', () => {
      throw new TypeError('Failed to fetch dynamically imported module')
    })
    expect(await failure()).toMatchObject({
      kind: 'network',
      retryable: true,
      message: 'acme/m1: the call failed, and what tells why did not load',
      cause: { name: 'ConnectionError', phase: 'headers' },
    })
  })
})

import { APIConnectionError, APIConnectionTimeoutError, APIError } from '@anthropic-ai/sdk'
import { ConnectionError } from '@ashlar/wire'
import { describe, expect, it } from 'vitest'
import { fromClientError } from './client-error.ts'

const broken = (error: unknown): unknown => {
  const { cause } = fromClientError(error)
  return ConnectionError.isInstance(cause) ? [cause.code, cause.phase, cause.sent, cause.message] : cause
}

describe('fromClientError', () => {
  it('finds status, headers and body of an answer', () => {
    const body = { type: 'error', error: { type: 'overloaded_error', message: 'Busy' } }
    const headers = new Headers({ 'retry-after': '3' })
    expect(fromClientError(APIError.generate(529, body, undefined, headers))).toEqual({
      status: 529,
      headers: { 'retry-after': '3' },
      body,
    })
    expect(fromClientError(APIError.generate(502, undefined, 'Bad Gateway', headers))).toMatchObject({
      status: 502,
      body: expect.stringContaining('Bad Gateway'),
    })
  })

  it('tells a request that was never sent from one whose answer never came', () => {
    const refused = new TypeError('fetch failed', {
      cause: Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' }),
    })
    expect(broken(new APIConnectionError({ cause: refused }))).toEqual([
      'network',
      'connect',
      false,
      'Connection error.: fetch failed: connect ECONNREFUSED 127.0.0.1:1',
    ])
    expect(broken(new APIConnectionError({ message: 'Connection error.' }))).toEqual([
      'network',
      'headers',
      true,
      'Connection error.',
    ])
    expect(broken(new APIConnectionTimeoutError())).toEqual([
      'timeout',
      'headers',
      true,
      'Request timed out.',
    ])
  })

  it('keeps what is no error at all', () => {
    expect(fromClientError('odd')).toEqual({ cause: 'odd' })
  })
})

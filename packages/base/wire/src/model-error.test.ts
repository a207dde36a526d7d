import { ModelError } from '@ashlar/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ConnectionError } from './connection-error.ts'
import { toModelError } from './model-error.ts'
import { redactSecrets } from './redact-secrets.ts'

const caller = { provider: 'acme', modelId: 'm1' }

const openaiBody = (message: string, code: string | null = null, type = 'invalid_request_error'): string =>
  JSON.stringify({ error: { message, type, param: null, code } })

/** Messages vendors send when the input is too long, as their documentation and issue trackers show them. */
const overflows: readonly (readonly [vendor: string, status: number, body: string])[] = [
  [
    'OpenAI',
    400,
    openaiBody(
      "This model's maximum context length is 128000 tokens. However, your messages resulted in 130000 tokens.",
      'context_length_exceeded',
    ),
  ],
  [
    'OpenAI responses',
    400,
    openaiBody(
      'Your input exceeds the context window of this model. Please adjust your input and try again.',
      'context_length_exceeded',
    ),
  ],
  [
    'Anthropic',
    400,
    '{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 208310 tokens > 200000 maximum"}}',
  ],
  [
    'Anthropic, bytes',
    413,
    '{"type":"error","error":{"type":"request_too_large","message":"Request exceeds the maximum size"}}',
  ],
  [
    'Anthropic, with max_tokens',
    400,
    '{"type":"error","error":{"type":"invalid_request_error","message":"input length and `max_tokens` exceed context limit: 188240 + 21333 > 200000, decrease input length or `max_tokens` and try again"}}',
  ],
  ['Bedrock', 400, '{"message":"Input is too long for requested model."}'],
  [
    'Gemini',
    400,
    '{"error":{"code":400,"message":"The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).","status":"INVALID_ARGUMENT"}}',
  ],
  [
    'Groq',
    413,
    openaiBody(
      'Request too large for model `llama` in organization `o` on tokens per minute (TPM): Limit 6000, Requested 8000, please reduce your message size and try again.',
      'rate_limit_exceeded',
      'tokens',
    ),
  ],
  [
    'Groq, context',
    400,
    openaiBody('Please reduce the length of the messages or completion.', 'context_length_exceeded'),
  ],
  [
    'Mistral',
    400,
    '{"object":"error","message":"Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum context length","type":"invalid_request_error"}',
  ],
  [
    'xAI',
    400,
    '{"code":"Client specified an invalid argument","error":"This model\'s maximum prompt length is 131072 but the request contains 537812 tokens."}',
  ],
  [
    'OpenRouter',
    400,
    '{"error":{"message":"This endpoint\'s maximum context length is 8192 tokens. However, you requested about 9000 tokens","code":400}}',
  ],
  [
    'vLLM',
    400,
    '{"object":"error","message":"This model\'s maximum context length is 4096 tokens. However, you requested 5000 tokens","type":"BadRequestError","code":400}',
  ],
  [
    'SGLang',
    400,
    '{"object":"error","message":"The input (5000 tokens) is longer than the model\'s context length (4096 tokens).","code":400}',
  ],
  [
    'TGI',
    422,
    '{"error":"Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 5000","error_type":"validation"}',
  ],
  [
    'llama.cpp',
    400,
    '{"error":{"code":400,"message":"the request exceeds the available context size, try increasing it","type":"exceed_context_size_error"}}',
  ],
  [
    'LM Studio',
    400,
    '{"error":"Trying to keep the first 5000 tokens when context the overflows. However, the model is loaded with context length of only 4096 tokens"}',
  ],
  ['Ollama', 400, '{"error":"input length exceeds maximum context length"}'],
  [
    'a server that says it with a 500',
    500,
    openaiBody('context size has been exceeded', null, 'server_error'),
  ],
]

describe('toModelError', () => {
  it.each([
    [400, 'bad-request', false],
    [401, 'auth', false],
    [402, 'rate-limit', false],
    [403, 'auth', false],
    [404, 'bad-request', false],
    [408, 'timeout', true],
    [409, 'bad-request', false],
    [422, 'bad-request', false],
    [429, 'rate-limit', true],
    [500, 'overloaded', true],
    [502, 'overloaded', true],
    [503, 'overloaded', true],
    [504, 'overloaded', true],
    [529, 'overloaded', true],
  ])('makes %i a %s (retryable: %s)', (status, kind, retryable) => {
    expect(toModelError({ ...caller, status, body: '{"error":{"message":"no"}}' })).toMatchObject({
      kind,
      retryable,
      status,
      ...caller,
    })
  })

  it.each(overflows)('knows that the input is too long for %s', (_, status, body) => {
    expect(toModelError({ ...caller, status, body })).toMatchObject({
      kind: 'context-overflow',
      retryable: false,
    })
  })

  it.each([
    'max_tokens is too large: 200000. This model supports at most 16384 completion tokens.',
    'Invalid type for messages[0].content',
    'temperature must be <= 2',
    'Unknown parameter: context_management',
  ])('does not take another mistake for it: %s', (message) => {
    expect(toModelError({ ...caller, status: 400, body: openaiBody(message) }).kind).toBe('bad-request')
  })

  it.each([
    [
      'OpenAI',
      429,
      openaiBody(
        'You exceeded your current quota, please check your plan and billing details.',
        'insufficient_quota',
        'insufficient_quota',
      ),
    ],
    [
      'Anthropic',
      400,
      '{"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low to access the Anthropic API."}}',
    ],
    ['DeepSeek', 402, '{"error":{"message":"Insufficient Balance","type":"unknown_error"}}'],
    [
      'OpenAI, one request over the limit',
      429,
      openaiBody(
        'Request too large for gpt-4o on tokens per min (TPM): Limit 30000, Requested 40000.',
        'rate_limit_exceeded',
        'tokens',
      ),
    ],
  ])('does not try again what waiting cannot help: %s', (_, status, body) => {
    expect(toModelError({ ...caller, status, body })).toMatchObject({ kind: 'rate-limit', retryable: false })
  })

  it.each([
    [
      'OpenAI',
      400,
      openaiBody(
        'Invalid prompt: your prompt was flagged as potentially violating our usage policy.',
        'invalid_prompt',
      ),
    ],
    [
      'Azure',
      400,
      '{"error":{"message":"The response was filtered due to the prompt triggering Azure OpenAI\'s content management policy.","code":"content_filter","innererror":{"code":"ResponsibleAIPolicyViolation"}}}',
    ],
    [
      'OpenRouter',
      403,
      '{"error":{"code":403,"message":"Your chosen model requires moderation and your input was flagged","metadata":{"reasons":["violence"]}}}',
    ],
  ])('knows refused content: %s', (_, status, body) => {
    expect(toModelError({ ...caller, status, body })).toMatchObject({ kind: 'content', retryable: false })
  })

  it.each([
    [{ error: { type: 'server_error', message: 'boom' } }, 'overloaded'],
    [{ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }, 'overloaded'],
    [{ error: { type: 'rate_limit_error', message: 'slow down' } }, 'rate-limit'],
    [{ error: { code: 429, message: 'slow down' } }, 'rate-limit'],
    [{ error: { code: 'context_length_exceeded', message: 'no' } }, 'context-overflow'],
    [{ error: { type: 'invalid_request_error', message: 'no' } }, 'bad-request'],
    [{ error: { message: 'something' } }, 'overloaded'],
  ])('reads the error of a stream that began well: %j', (body, kind) => {
    expect(toModelError({ ...caller, body }).kind).toBe(kind)
  })

  it("keeps the vendor's words, the wait and the request id", () => {
    const headers = { 'retry-after': '3', 'request-id': 'req_1' }
    const error = toModelError({ ...caller, status: 529, headers, body: '{"error":{"message":"busy"}}' })
    expect(error.message).toBe('acme/m1: 529 overloaded: busy')
    expect(error).toMatchObject({ retryAfterMs: 3000, requestId: 'req_1' })
    expect('cause' in error).toBe(false)
  })

  it.each([
    ['<html><head></head><body><h1>Bad  Gateway</h1></body></html>', 'Bad Gateway'],
    ['plain words', 'plain words'],
    ['{"detail":"not found"}', 'not found'],
    ['{"detail":[{"loc":["body"],"msg":"field required"}]}', '[{"loc":["body"],"msg":"field required"}]'],
    ['[{"error":{"message":"in a list"}}]', 'in a list'],
    [
      '{"error":{"message":"Provider returned error","metadata":{"raw":"the true reason"}}}',
      'Provider returned error: the true reason',
    ],
    ['{"error":{"type":"api_error"}}', 'api_error'],
    ['', 'no message'],
    ['x'.repeat(10_000), `${'x'.repeat(484)}…`],
  ])('finds the message in %.60s', (body, message) => {
    expect(toModelError({ ...caller, status: 502, body }).message).toBe(`acme/m1: 502 overloaded: ${message}`)
  })

  it('makes failures of the connection network errors or timeouts', () => {
    const facts = { phase: 'headers', sent: true } as const
    const late = toModelError({
      ...caller,
      cause: new ConnectionError('late', { ...facts, code: 'timeout' }),
    })
    expect(late).toMatchObject({ kind: 'timeout', retryable: true, message: 'acme/m1: late' })
    const cause = new Error('ECONNRESET')
    expect(toModelError({ ...caller, cause })).toMatchObject({ kind: 'network', retryable: true, cause })
    expect(toModelError({ ...caller, cause: 'odd' }).message).toBe('acme/m1: odd')
  })

  it('goes by what the server says about asking again', () => {
    const retryable = (status: number, asked: string, body: unknown = ''): boolean =>
      toModelError({ ...caller, status, headers: { 'x-should-retry': asked }, body }).retryable
    expect([retryable(500, 'false'), retryable(429, 'false')]).toEqual([false, false])
    expect([retryable(409, 'true'), retryable(400, 'true')]).toEqual([true, true])
    expect(retryable(429, 'true', openaiBody('no', 'insufficient_quota'))).toBe(true)
    expect([retryable(500, 'maybe'), retryable(400, 'maybe')]).toEqual([true, false])
  })

  it('leaves a ModelError as it is', () => {
    const error = new ModelError('no', { ...caller, kind: 'auth' })
    expect(toModelError({ ...caller, cause: error })).toBe(error)
  })

  it('copes with any body', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 300, max: 599 }),
        fc.oneof(fc.string(), fc.json(), fc.anything()),
        (status, body) => {
          const error = toModelError({ ...caller, status, body })
          expect(error.message.length).toBeLessThan(600)
        },
      ),
    )
  })
})

describe('redactSecrets', () => {
  it.each([
    ['Incorrect API key provided: sk-proj-abc123DEF456.', 'Incorrect API key provided: [redacted].'],
    ['key sk-ant-api03-abcdef_ghijkl is wrong', 'key [redacted] is wrong'],
    ['Authorization: Bearer abc.def-ghi', 'Authorization: [redacted]'],
    ['bad gsk_abcdefghijklmnopqrst', 'bad [redacted]'],
    ['bad AIzaSyA1234567890abcdefghijk', 'bad [redacted]'],
  ])('takes keys out of %s', (message, safe) => {
    expect(redactSecrets(message)).toBe(safe)
  })

  it('takes out what it is given, and leaves words alone', () => {
    expect(redactSecrets('the pass hunter2hunter2 failed', ['hunter2hunter2', undefined])).toBe(
      'the pass [redacted] failed',
    )
    const plain = 'The risk-averse task-master skipped a hf path in pk format'
    expect(redactSecrets(plain)).toBe(plain)
  })

  it('never lets a key through, wherever the vendor puts it', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.stringMatching(/^[A-Za-z0-9]{20}$/),
        fc.string(),
        (before, secret, after) => {
          const body = { error: { message: `${before}${secret}${after}` } }
          expect(toModelError({ ...caller, status: 401, body, secrets: [secret] }).message).not.toContain(
            secret,
          )
        },
      ),
    )
  })
})

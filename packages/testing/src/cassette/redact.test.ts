import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toBytes, toChunks } from './http-exchange.ts'
import { createRedactor } from './redact.ts'

const keys = [
  'sk-ant-api03-abcdefghijklmnop',
  'sk-proj-0123456789abcdef',
  'AIzaSyA0123456789abcdefghijk',
  'ghp_0123456789abcdefghijABCD',
  'xoxb-0123456789-abcdef',
  'AKIAIOSFODNN7EXAMPLE',
  'Bearer abcdef.ghijkl',
  'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl',
]
const redactor = createRedactor({ env: {} })

describe('redaction', () => {
  it.each(keys)('knows %s', (key) => {
    expect(redactor.text(`before ${key} after`)).toBe('before [redacted] after')
  })

  it('goes by name in headers, addresses and data', () => {
    const secret = [
      'authorization',
      'x-api-key',
      'cookie',
      'set-cookie',
      'x-goog-api-key',
      'openai-organization',
    ]
    for (const name of secret) expect([name, redactor.header(name, 'hidden')]).toEqual([name, '[redacted]'])
    for (const name of ['content-type', 'x-ratelimit-remaining-tokens', 'x-request-id'])
      expect(redactor.header(name, 'shown')).toBe('shown')
    expect(redactor.path('/v1/models?key=hidden&page=2')).toBe('/v1/models?key=[redacted]&page=2')
    expect(redactor.path('/v1/models')).toBe('/v1/models')
    const data = {
      apiKey: 'hidden',
      list: [{ password: 'hidden', max_tokens: 5, key: 'shown', token: null }],
    }
    expect(redactor.value(data)).toEqual({
      apiKey: '[redacted]',
      list: [{ password: '[redacted]', max_tokens: 5, key: 'shown', token: null }],
    })
  })

  it('finds no secret in innocent text', () => {
    const text = 'A task-oriented risk-assessment: sk-short, the bearer of news, keyboard 1234567890.'
    expect(redactor.text(text)).toBe(text)
  })

  it('takes the secrets of the environment, but not short values', () => {
    const own = createRedactor({
      env: { DB_PASSWORD: 'correct horse', SHORT_KEY: 'abc', EDITOR: 'visual-studio' },
    })
    expect(own.text('correct horse, abc, visual-studio')).toBe('[redacted], abc, visual-studio')
  })

  it('knows them as they stand in JSON, in bytes too, and keeps the length', () => {
    const password = 'p"ass\\word-längste'
    const own = createRedactor({ env: { DB_PASSWORD: password } })
    const inAscii = String.raw`{"echo":"p\"ass\\word-l\u00e4ngste"}`
    for (const text of [password, JSON.stringify({ echo: password }), inAscii]) {
      expect(own.text(text)).not.toContain('ngste')
      const bytes = own.bytes(Buffer.from(text))
      expect(bytes.toString()).not.toContain('ngste')
      expect(bytes).toHaveLength(Buffer.byteLength(text))
    }
    const [key = ''] = keys
    const noText = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(key)])
    expect(
      own.bytes(noText).equals(Buffer.concat([noText.subarray(0, 2), Buffer.alloc(key.length, '*')])),
    ).toBe(true)
  })

  it('keeps the flags of a pattern', () => {
    const own = createRedactor({ env: {}, redact: [/customer-acme/i, /née/giu] })
    expect(own.text('Customer-ACME, NÉE')).toBe('[redacted], [redacted]')
    expect(own.bytes(Buffer.from('CUSTOMER-acme NÉE')).toString()).toBe('************* ****')
  })

  it('keeps every chunk as long as it was and leaks nothing, however a secret is split', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 40 })
    const cuts = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 6 })
    fc.assert(
      fc.property(text, text, cuts, fc.constantFrom(...keys), (before, after, sizes, key) => {
        const bytes = Buffer.from(`${before} ${key} ${after}`)
        const chunks: Buffer[] = []
        for (let start = 0; start < bytes.length;) {
          const length = sizes[chunks.length % sizes.length] ?? 1
          chunks.push(bytes.subarray(start, start + length))
          start += length
        }
        const safe = toChunks(chunks, redactor).map(toBytes)
        expect(safe.map(({ length }) => length)).toEqual(chunks.map(({ length }) => length))
        const shown = Buffer.concat(safe).toString()
        expect(shown).not.toContain(key)
        expect(shown).toContain('*'.repeat(key.length))
      }),
    )
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isAllowed } from './name-pattern.ts'
import { promptParts, toContent, toToolAnswer } from './to-content.ts'
import { untrustedSchema } from './untrusted-schema.ts'

const data = 'aGVsbG8='

describe('toContent', () => {
  it('maps every kind of block', () => {
    const { text, parts } = toContent({
      content: [
        { type: 'text', text: 'first' },
        { type: 'image', data, mimeType: 'image/png' },
        { type: 'audio', data, mimeType: 'audio/wav' },
        { type: 'resource', resource: { uri: 'file:///a.md', text: '# A' } },
        { type: 'resource', resource: { uri: 'file:///b.pdf', blob: data, mimeType: 'application/pdf' } },
        { type: 'resource', resource: { uri: 'file:///c', blob: data } },
        { type: 'resource_link', uri: 'file:///d', name: 'd', description: 'The letter d' },
      ],
    })
    expect(text.split('\n')).toEqual([
      'first',
      '[image: image/png]',
      '[file: audio/wav]',
      'file:///a.md:',
      '# A',
      '[file: application/pdf]',
      '[file: application/octet-stream]',
      '[resource file:///d: The letter d]',
    ])
    expect(parts).toEqual([
      { type: 'image', data, mediaType: 'image/png' },
      { type: 'file', data, mediaType: 'audio/wav' },
      { type: 'file', data, mediaType: 'application/pdf', name: 'file:///b.pdf' },
      { type: 'file', data, mediaType: 'application/octet-stream', name: 'file:///c' },
    ])
  })
  it('shows structured content once', () => {
    expect(toContent({ structuredContent: { n: 1 } }).text).toBe('{"n":1}')
    expect(
      toContent({ content: [{ type: 'text', text: '{ "n": 1 }' }], structuredContent: { n: 1 } }).text,
    ).toBe('{ "n": 1 }')
    expect(
      toContent({ content: [{ type: 'text', text: 'a list' }], structuredContent: { content: 'a list' } })
        .text,
    ).toBe('a list')
    expect(toContent({ content: [{ type: 'text', text: 'see' }], structuredContent: { n: 1 } }).text).toBe(
      'see\n{"n":1}',
    )
  })
  it('keeps to its limits, with a note', () => {
    const long = toContent({ content: [{ type: 'text', text: 'x'.repeat(50) }] }, { maxTextChars: 10 })
    expect(long.text).toBe('xxxxxxxxxx\n[cut: 50 characters in all, the first 10 are shown; ask for less]')
    const image = { type: 'image' as const, data: 'a'.repeat(20), mimeType: 'image/png' }
    const big = toContent({ content: [image, image] }, { maxDataChars: 30 })
    expect(big.parts).toHaveLength(1)
    expect(big.text).toBe('[image: image/png]\n[image: image/png] [left out: 20 characters of base64]')
  })
  it('becomes what a tool answers, and what a user says', () => {
    expect(toToolAnswer(toContent({ content: [{ type: 'text', text: 'x' }] }))).toBe('x')
    expect(toToolAnswer({ text: 'x', parts: [{ type: 'image', data }] })).toMatchObject({ output: 'x' })
    const content = { type: 'text' as const, text: 'Review this' }
    const image = { type: 'image' as const, data, mimeType: 'image/png' }
    expect(
      promptParts({
        messages: [
          { role: 'user', content },
          { role: 'user', content: image },
        ],
      }),
    ).toEqual([content, { type: 'image', data, mediaType: 'image/png' }])
  })
})

describe('untrustedSchema', () => {
  it('drops what may never end, and nothing else', () => {
    const schema = {
      type: 'object',
      properties: { pattern: { type: 'string', pattern: '(a+)+' }, $ref: { $ref: '#' } },
      required: ['pattern'],
      anyOf: [{ $ref: '#' }, { type: 'object' }],
    }
    expect(untrustedSchema(schema)).toEqual({
      type: 'object',
      properties: { pattern: { type: 'string' }, $ref: {} },
      required: ['pattern'],
      anyOf: [{}, { type: 'object' }],
    })
  })
  it('is finite for any depth', () => {
    const deep = Array.from({ length: 5_000 }).reduce<object>((inner) => ({ not: inner }), { type: 'string' })
    expect(JSON.stringify(untrustedSchema({ ...deep })).length).toBeLessThan(500)
  })
})

describe('isAllowed', () => {
  it('takes * for any characters, and deny before allow', () => {
    expect(isAllowed('read_file', { allow: ['read_*'] })).toBe(true)
    expect(isAllowed('read_file', { allow: ['*_file'], deny: ['re*d_*'] })).toBe(false)
    expect(isAllowed('read_file', { allow: [] })).toBe(false)
    expect(isAllowed('aba', { allow: ['ab*ba'] })).toBe(false)
  })
  it('agrees with a regular expression', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '*', '.') })
    fc.assert(
      fc.property(text, text, (name, pattern) => {
        const parts = pattern.split('*').map((part) => part.replaceAll('.', String.raw`\.`))
        expect(isAllowed(name, { allow: [pattern] })).toBe(new RegExp(`^${parts.join('.*')}$`).test(name))
      }),
    )
  })
})

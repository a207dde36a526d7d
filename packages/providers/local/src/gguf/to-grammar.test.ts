import { toValidator } from '@ashlar/core/schema'
import type { JsonSchema } from '@ashlar/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromGrammarValue, toGrammarSchema, writesNulls } from './to-grammar.ts'

const any = {
  oneOf: [
    { type: ['string', 'number', 'boolean', 'null'] },
    { type: 'array' },
    { type: 'object', additionalProperties: true },
  ],
}

describe('toGrammarSchema', () => {
  it.each<[string, JsonSchema, unknown]>([
    ['nothing', {}, any],
    ['a constant', { const: 1, description: 'one' }, { const: 1, description: 'one' }],
    ['an enum', { type: 'string', enum: ['a', null] }, { enum: ['a', null] }],
    [
      'a short text',
      { type: 'string', minLength: 1, maxLength: 9, pattern: 'x' },
      { type: 'string', minLength: 1, maxLength: 9 },
    ],
    ['a long text', { type: 'string', maxLength: 100_000 }, { type: 'string' }],
    ['a date', { type: 'string', format: 'date' }, { type: 'string', format: 'date' }],
    ['an address', { type: 'string', format: 'email' }, { type: 'string' }],
    ['a number', { type: 'integer', minimum: 3 }, { type: 'integer' }],
    ['several plain types', { type: ['string', 'null'] }, { type: ['string', 'null'] }],
    [
      'several types',
      { type: ['array', 'null'], items: { type: 'number' } },
      { oneOf: [{ type: 'array', items: { type: 'number' } }, { type: 'null' }] },
    ],
    [
      'alternatives',
      { anyOf: [{ type: 'null' }, { type: 'number' }] },
      { oneOf: [{ type: 'null' }, { type: 'number' }] },
    ],
    [
      'a list',
      { items: { type: 'number' }, minItems: 1, maxItems: 3 },
      { type: 'array', items: { type: 'number' }, minItems: 1, maxItems: 3 },
    ],
    [
      'a tuple',
      { type: 'array', prefixItems: [{ type: 'null' }] },
      { type: 'array', items: any, prefixItems: [{ type: 'null' }] },
    ],
    ['any object', { type: 'object' }, { type: 'object', properties: {}, additionalProperties: true }],
    [
      'a map',
      { type: 'object', additionalProperties: { type: 'number' } },
      { type: 'object', properties: {}, additionalProperties: { type: 'number' } },
    ],
    [
      'an object with something optional',
      { properties: { a: { type: 'string' }, b: { type: 'string' }, c: { type: 'null' } }, required: ['a'] },
      {
        type: 'object',
        properties: {
          a: { type: 'string' },
          b: { oneOf: [{ type: 'string' }, { type: 'null' }] },
          c: { type: 'null' },
        },
        additionalProperties: false,
      },
    ],
    [
      'parts together',
      {
        allOf: [
          { type: 'object', properties: { a: { type: 'null' } } },
          { properties: { b: { const: 1 } }, required: ['b'] },
        ],
      },
      { type: 'object', properties: { a: { type: 'null' }, b: { const: 1 } }, additionalProperties: false },
    ],
    [
      'a reference',
      { type: 'array', items: { $ref: '#/$defs/a~1b' }, $defs: { 'a/b': { type: 'number' } } },
      { type: 'array', items: { type: 'number' } },
    ],
    ['a reference to nothing', { $ref: 'https://example.org/x' }, any],
    ['an unknown type', { type: 'file' }, any],
  ])('takes %s', (_, schema, expected) => {
    expect(toGrammarSchema(schema)).toEqual(expected)
  })

  it('cuts a schema that refers to itself', () => {
    const tree = {
      type: 'object',
      properties: { next: { $ref: '#' }, all: { type: 'array', items: { $ref: '#' } } },
    }
    expect(JSON.stringify(toGrammarSchema(tree)).length).toBeLessThan(5_000)
  })
})

describe('fromGrammarValue', () => {
  const schema = {
    type: 'object',
    properties: {
      a: { type: 'string' },
      b: { type: 'string' },
      free: { type: ['string', 'null'] },
      list: { type: 'array', items: { type: 'object', properties: { c: { enum: ['x'] } } } },
      either: { anyOf: [{ type: 'null' }, { type: 'object', properties: { d: { const: 1 } } }] },
    },
    required: ['a'],
  }

  it('takes out the nulls that stand for nothing, and no others', () => {
    const written = { a: 'x', b: null, free: null, list: [{ c: null }, { c: 'x' }], either: { d: null } }
    const meant = { a: 'x', free: null, list: [{}, { c: 'x' }], either: {} }
    expect(fromGrammarValue(schema, written)).toEqual(meant)
    expect(fromGrammarValue(schema, { a: null, other: null })).toEqual({ a: null, other: null })
    expect(fromGrammarValue({}, null)).toBe(null)
    expect([
      writesNulls(schema),
      writesNulls({ ...schema, required: Object.keys(schema.properties) }),
    ]).toEqual([true, true])
    expect(writesNulls({ type: 'object', properties: { a: {} }, required: ['a'] })).toBe(false)
  })

  it('makes a value that fits out of one with nulls for what is left out', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({ a: fc.string(), b: fc.option(fc.string()), free: fc.option(fc.string()) }),
        async (value) => {
          const meant = fromGrammarValue(schema, value)
          expect(await toValidator(schema)(meant)).toEqual({ value: meant })
        },
      ),
    )
  })
})

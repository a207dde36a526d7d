import { describe, expect, it } from 'vitest'
import { toStrictSchema } from './strict-schema.ts'

const item = { type: 'object', properties: { b: { type: 'string' } }, required: ['b'] }

describe('toStrictSchema', () => {
  it('closes every object', () => {
    const schema = {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      properties: {
        list: { type: 'array', items: item },
        either: { anyOf: [item, { type: 'null' }] },
        type: { $ref: '#/$defs/own' },
      },
      required: ['list', 'either', 'type'],
      $defs: { own: item },
    }
    const closed = { ...item, additionalProperties: false }
    expect(toStrictSchema(schema)).toEqual({
      type: 'object',
      properties: {
        list: { type: 'array', items: closed },
        either: { anyOf: [closed, { type: 'null' }] },
        type: { $ref: '#/$defs/own' },
      },
      required: ['list', 'either', 'type'],
      additionalProperties: false,
      $defs: { own: closed },
    })
    expect(toStrictSchema({ type: 'object' })).toEqual({
      type: 'object',
      properties: {},
      required: [],
      additionalProperties: false,
    })
  })

  it.each([
    ['an optional property', { type: 'object', properties: { a: {} } }],
    [
      'one deep inside',
      { ...item, properties: { b: { type: 'array', items: { type: 'object', properties: { c: {} } } } } },
    ],
    ['an open object', { type: 'object', additionalProperties: true }],
    ['a dictionary', { type: 'object', additionalProperties: { type: 'string' } }],
    ['a keyword strict mode does not know', { ...item, properties: { b: { type: 'string', minLength: 1 } } }],
    ['alternatives of objects', { ...item, oneOf: [item] }],
    ['something else than an object', { type: 'array', items: item }],
    ['a schema that is none', { type: 'object', properties: { a: true }, required: ['a'] }],
    ['properties that are none', { type: 'object', properties: [] }],
  ])('does not bend %s', (_, schema) => {
    expect(toStrictSchema(schema)).toBeUndefined()
  })
})

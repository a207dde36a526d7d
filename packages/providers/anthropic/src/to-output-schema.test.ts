import { describe, expect, it } from 'vitest'
import { toOutputSchema } from './to-output-schema.ts'

describe('toOutputSchema', () => {
  it('closes objects and keeps what the API knows', () => {
    expect(
      toOutputSchema({
        $schema: 'https://json-schema.org/draft/2020-12/schema',
        type: 'object',
        title: 'Person',
        properties: {
          name: { type: 'string', description: 'Full name' },
          born: { type: 'string', format: 'date' },
          pets: { type: 'array', minItems: 1, items: { enum: ['cat', 'dog'], type: 'string' } },
          kind: { const: 'person', type: 'string' },
          boss: { anyOf: [{ $ref: '#/$defs/person' }, { type: 'null' }] },
        },
        required: ['name'],
        $defs: { person: { type: 'object', properties: { id: { type: 'integer' } }, required: ['id'] } },
      }),
    ).toEqual({
      type: 'object',
      title: 'Person',
      properties: {
        name: { type: 'string', description: 'Full name' },
        born: { type: 'string', format: 'date' },
        pets: { type: 'array', minItems: 1, items: { enum: ['cat', 'dog'] } },
        kind: { const: 'person' },
        boss: { anyOf: [{ $ref: '#/$defs/person' }, { type: 'null' }] },
      },
      required: ['name'],
      additionalProperties: false,
      $defs: {
        person: {
          type: 'object',
          properties: { id: { type: 'integer' } },
          required: ['id'],
          additionalProperties: false,
        },
      },
    })
  })

  it('says in words what the API cannot enforce', () => {
    expect(
      toOutputSchema({
        type: 'object',
        properties: {
          age: { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: 'Years' },
          tags: { type: 'array', items: { type: 'string', pattern: '^a' }, minItems: 2 },
          mail: { type: 'string', format: 'idn-email' },
          any: { oneOf: [{ type: 'string' }, { type: 'number' }], default: 1 },
          all: { allOf: [{ type: 'string', minLength: 2 }] },
        },
      }),
    ).toMatchObject({
      properties: {
        age: { type: 'integer', description: 'Years\n\n{minimum: 0}' },
        tags: {
          type: 'array',
          description: '{minItems: 2}',
          items: { type: 'string', description: '{pattern: "^a"}' },
        },
        mail: { type: 'string', description: '{format: "idn-email"}' },
        any: { anyOf: [{ type: 'string' }, { type: 'number' }] },
        all: { allOf: [{ type: 'string', description: '{minLength: 2}' }] },
      },
    })
  })

  it('splits a list of types', () => {
    expect(
      toOutputSchema({
        type: ['object', 'null'],
        title: 'T',
        properties: { a: { type: ['string', 'null'] } },
      }),
    ).toEqual({
      title: 'T',
      anyOf: [
        {
          type: 'object',
          properties: { a: { anyOf: [{ type: 'string' }, { type: 'null' }] } },
          additionalProperties: false,
        },
        { type: 'null' },
      ],
    })
  })

  it('drops what stands beside a reference', () => {
    expect(
      toOutputSchema({ $ref: '#/definitions/a', description: 'x', definitions: { a: { type: 'string' } } }),
    ).toEqual({
      $ref: '#/definitions/a',
      definitions: { a: { type: 'string' } },
    })
  })

  it.each([
    [
      { type: 'object', properties: { map: { type: 'object', additionalProperties: { type: 'string' } } } },
      'output.map: expected an object with fixed properties',
    ],
    [{ type: 'object' }, 'output: expected an object with fixed properties'],
    [
      { type: 'object', properties: { list: { type: 'array', items: {} } } },
      'output.list[]: expected a type',
    ],
    [{ anyOf: [{ type: 'string' }, true] }, 'output[1]: expected a schema object, received "true"'],
  ])('refuses what cannot be expressed, naming the place: %j', (schema, message) => {
    expect(() => toOutputSchema(schema)).toThrow(message)
  })
})

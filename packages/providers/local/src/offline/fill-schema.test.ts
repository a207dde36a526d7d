import type { JsonSchema } from '@ashlar/core'
import { toValidator } from '@ashlar/core/schema'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { analyseText } from './analyse-text.ts'
import { fillSchema } from './fill-schema.ts'

const text = '# Bees\n\nBees make 20 kg of honey. Bees live in hives. The quality is good.'
const facts = analyseText(text)
const files = [
  { path: 'a.md', text, facts },
  { path: 'b.md', text: '', facts: analyseText('') },
]
const material = { text, facts, files }

describe('fillSchema', () => {
  it('goes by the names and types of the properties', () => {
    const schema = {
      type: 'object',
      properties: {
        title: { type: 'string' },
        summary: { type: 'string' },
        keywords: { type: 'array', items: { type: 'string' }, maxItems: 2 },
        wordCount: { type: 'integer' },
        files: {
          type: 'array',
          items: { type: 'object', properties: { path: { type: 'string' }, lines: { type: 'number' } } },
        },
        quality: { enum: ['bad', 'good'] },
        weight: { type: 'number' },
        note: { anyOf: [{ type: 'null' }, { $ref: '#/$defs/note' }] },
        version: { const: 1 },
        done: { type: 'boolean' },
      },
      $defs: { note: { type: ['null', 'string'], maxLength: 4 } },
    }
    expect(fillSchema(schema, material)).toEqual({
      title: 'Bees',
      summary: facts.summary.join(' '),
      keywords: facts.keywords.slice(0, 2),
      wordCount: facts.words,
      files: [
        { path: 'a.md', lines: 3 },
        { path: 'b.md', lines: 0 },
      ],
      quality: 'good',
      weight: 20,
      note: 'Bees',
      version: 1,
      done: false,
    })
  })

  it('makes the paths of a list as long as they have to be', () => {
    const items = { type: 'string', minLength: 6 }
    const schema = { type: 'object', properties: { files: { type: 'array', items } } }
    expect(fillSchema(schema, material)).toEqual({ files: ['a.md..', 'b.md..'] })
  })

  it('does not follow a schema without end', () => {
    const schema = {
      $ref: '#/$defs/a',
      $defs: { a: { type: 'object', properties: { a: { $ref: '#/$defs/a' } } } },
    }
    expect(JSON.stringify(fillSchema(schema, material)).length).toBeLessThan(200)
  })

  const leaf = fc.oneof(
    fc.record({
      type: fc.constant('string'),
      minLength: fc.nat(5),
      maxLength: fc.integer({ min: 5, max: 30 }),
    }),
    fc.record({
      type: fc.constant('integer'),
      minimum: fc.integer({ min: -9, max: 9 }),
      maximum: fc.integer({ min: 9, max: 99 }),
    }),
    fc.record({ type: fc.constant('number'), exclusiveMinimum: fc.integer({ min: -9, max: 99 }) }),
    fc.record({ type: fc.constant('number'), exclusiveMaximum: fc.integer({ min: -9, max: 99 }) }),
    fc.record({ type: fc.constant('integer'), multipleOf: fc.integer({ min: 1, max: 9 }) }),
    fc.record({ type: fc.constantFrom('boolean', 'null', ['null', 'number']) }),
    fc.record({ enum: fc.array(fc.oneof(fc.string(), fc.integer(), fc.boolean()), { minLength: 1 }) }),
    fc.record({ const: fc.string() }),
  )
  const schemas: fc.Arbitrary<JsonSchema> = fc.letrec<{ schema: JsonSchema }>((tie) => ({
    schema: fc.oneof(
      { maxDepth: 3 },
      leaf,
      fc
        .dictionary(fc.constantFrom('title', 'words', 'files', 'keywords', 'x', 'points'), tie('schema'))
        .map((properties) => ({
          type: 'object',
          properties,
          required: Object.keys(properties),
          additionalProperties: false,
        })),
      fc.record({
        type: fc.constant('array'),
        items: tie('schema'),
        minItems: fc.nat(3),
        maxItems: fc.integer({ min: 3, max: 5 }),
      }),
      fc.array(tie('schema'), { minLength: 1, maxLength: 3 }).map((anyOf) => ({ anyOf })),
    ),
  })).schema

  it('fills every schema of these kinds so that it fits', async () => {
    await fc.assert(
      fc.asyncProperty(schemas, async (schema) => {
        const value = fillSchema(schema, material)
        expect(await toValidator(schema)(value)).toEqual({ value })
      }),
    )
  })
})

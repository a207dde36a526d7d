import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { describeIssues, type FromJsonSchema } from './schema-entry.ts'
import { validateJson } from './validate-json.ts'

const problems = (schema: object, value: unknown): string =>
  describeIssues(validateJson({ ...schema }, value))

describe('validateJson', () => {
  it.each([
    [{ type: 'string' }, 5, 'expected string, received number'],
    [{ type: ['string', 'null'] }, 5, 'expected string or null, received number'],
    [{ type: 'integer' }, 1.5, 'expected integer, received number'],
    [{ enum: ['a', 'b'] }, 'c', 'expected one of ["a","b"]'],
    [{ const: 1 }, 2, 'expected 1'],
    [{ minimum: 1, maximum: 2 }, 3, 'expected at most 2'],
    [{ minimum: 1 }, 0, 'expected at least 1'],
    [{ exclusiveMinimum: 1 }, 1, 'expected more than 1'],
    [{ exclusiveMaximum: 1 }, 1, 'expected less than 1'],
    [{ multipleOf: 0.1 }, 0.25, 'expected a multiple of 0.1'],
    [{ minLength: 2 }, 'a', 'expected at least 2 characters'],
    [{ maxItems: 1 }, [1, 2], 'expected at most 1 items'],
    [{ pattern: '^a' }, 'b', 'expected to match ^a'],
    [{ required: ['a'] }, {}, 'a: required'],
    [
      { properties: { a: { type: 'string' } }, additionalProperties: false },
      { a: 'x', b: 1 },
      'b: unknown property',
    ],
    [{ additionalProperties: { type: 'number' } }, { b: 'x' }, 'b: expected number, received string'],
    [
      { items: { properties: { a: { type: 'string' } } } },
      [{ a: 1 }],
      '0.a: expected string, received number',
    ],
    [{ anyOf: [{ type: 'string' }, { type: 'null' }] }, 1, 'matches none of the allowed shapes'],
    [{ oneOf: [{ type: 'number' }, { type: 'integer' }] }, 1, 'must match exactly one of the allowed shapes'],
    [{ allOf: [{ minimum: 1 }, { maximum: 0 }] }, 1, 'expected at most 0'],
    [{ not: { type: 'string' } }, 'a', 'matches a shape that is not allowed'],
    [
      { $defs: { n: { type: 'number' } }, items: { $ref: '#/$defs/n' } },
      ['a'],
      '0: expected number, received string',
    ],
  ])('%j refuses %j', (schema, value, message) => {
    expect(problems(schema, value)).toBe(message)
  })

  it.each([
    [{ type: 'number' }, 1],
    [{ multipleOf: 0.1 }, 0.3],
    [{ minLength: 1, maxLength: 1 }, '👪'],
    [{ properties: { a: { type: 'string' } } }, { a: undefined }],
    [{ $ref: '#/$defs/missing' }, 'anything'],
    [{ format: 'date' }, 'unknown keywords are ignored'],
  ])('%j accepts %j', (schema, value) => {
    expect(problems(schema, value)).toBe('')
  })

  it('agrees with zod on what fits', () => {
    const schema = z.object({
      name: z.string().min(2),
      age: z.number().int().min(0).optional(),
      tags: z.array(z.enum(['a', 'b'])).max(2),
      extra: z.union([z.string(), z.null()]),
    })
    const json = z.toJSONSchema(schema, { io: 'input' })
    const value = fc.record(
      {
        name: fc.oneof(fc.string(), fc.integer()),
        age: fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constant('x')),
        tags: fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 3 }),
        extra: fc.oneof(fc.string(), fc.constant(null), fc.boolean()),
      },
      { requiredKeys: ['tags'] },
    )
    fc.assert(
      fc.property(value, (candidate) => {
        expect(problems(json, candidate) === '').toBe(schema.safeParse(candidate).success)
      }),
    )
  })
})

describe('FromJsonSchema', () => {
  it('infers what a literal describes', () => {
    const schema = {
      type: 'object',
      properties: {
        id: { type: 'integer' },
        kind: { enum: ['a', 'b'] },
        tags: { type: 'array', items: { type: 'string' } },
        size: { anyOf: [{ type: 'number' }, { type: 'null' }] },
        more: { type: 'object', additionalProperties: { type: 'boolean' } },
      },
      required: ['id', 'kind'],
    } as const
    const value: FromJsonSchema<typeof schema> = {
      id: 1,
      kind: 'a',
      tags: ['x'],
      size: null,
      more: { y: true },
    }
    // @ts-expect-error kind is 'a' or 'b'
    const wrong: FromJsonSchema<typeof schema> = { id: 1, kind: 'c' }
    expect(validateJson(schema, value)).toEqual([])
    expect(validateJson(schema, wrong)).toHaveLength(1)
  })
})

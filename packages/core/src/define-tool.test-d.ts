import { toStandardJsonSchema } from '@valibot/to-json-schema'
import { type } from 'arktype'
import * as v from 'valibot'
import { expectTypeOf } from 'vitest'
import { z } from 'zod'
import { tool, type Tool, type ToolContext } from './index.ts'
import type { FromJsonSchema, InferSchema } from './schema-entry.ts'

interface Place {
  city: string
  days?: number | undefined
}

const description = 'the weather'
tool({
  description,
  input: z.object({ city: z.string(), days: z.number().optional() }),
  execute: (input, context) => {
    expectTypeOf(input).toEqualTypeOf<Place>()
    expectTypeOf(context).toEqualTypeOf<ToolContext>()
    // @ts-expect-error not in the schema
    void input.town
    // @ts-expect-error may be absent
    input.days.toFixed()
    // @ts-expect-error wrong on purpose: proves that what differs is refused
    expectTypeOf(input).toEqualTypeOf<{ city: number }>()
  },
}) satisfies Tool
tool({
  description,
  input: z.object({ at: z.string().transform((text) => new Date(text)) }),
  // What is checked is what comes out of the schema, not what goes in.
  execute: ({ at }) => expectTypeOf(at).toEqualTypeOf<Date>(),
})
tool({
  description,
  input: toStandardJsonSchema(v.object({ city: v.string(), days: v.optional(v.number()) })),
  execute: (input) => {
    expectTypeOf(input).toEqualTypeOf<Place>()
    // @ts-expect-error not in the schema
    void input.town
  },
})
tool({
  description,
  input: v.object({ city: v.string() }),
  jsonSchema: { type: 'object', properties: { city: { type: 'string' } } },
  execute: (input) => expectTypeOf(input).toEqualTypeOf<{ city: string }>(),
})
tool({
  description,
  input: type({ city: 'string', 'days?': 'number' }),
  execute: (input) => {
    expectTypeOf(input.city).toEqualTypeOf<string>()
    expectTypeOf(input.days).toEqualTypeOf<number | undefined>()
    // @ts-expect-error not in the schema
    void input.town
  },
})
tool({
  description,
  input: {
    type: 'object',
    properties: {
      city: { type: 'string' },
      unit: { enum: ['C', 'F'] },
      days: { type: 'integer' },
      tags: { type: 'array', items: { type: 'string' } },
      at: { anyOf: [{ type: 'string' }, { type: 'null' }] },
    },
    required: ['city', 'at'],
  },
  execute: (input) => {
    type Expected = { city: string; at: string | null; unit?: 'C' | 'F'; days?: number; tags?: string[] }
    expectTypeOf(input).toEqualTypeOf<Expected>()
    // @ts-expect-error not in the schema
    void input.town
    // @ts-expect-error one of two
    const unit: 'K' | undefined = input.unit
    void unit
  },
})
tool({ description, execute: async () => ({ any: 'thing' }) }) satisfies Tool
tool({ description }) satisfies Tool

// @ts-expect-error the model must know what the tool is for
tool({ execute: () => 1 })
// @ts-expect-error a number is no schema
tool({ description, input: 1 })
// @ts-expect-error a key of no tool
tool({ description, excute: () => 1 })
// @ts-expect-error a key of no annotations
tool({ description, annotations: { readonly: true } })

expectTypeOf<FromJsonSchema<{ readonly const: 'a' }>>().toEqualTypeOf<'a'>()
expectTypeOf<FromJsonSchema<{ readonly type: readonly ['string', 'null'] }>>().toEqualTypeOf<string | null>()
expectTypeOf<FromJsonSchema<{ readonly $ref: '#/x' }>>().toEqualTypeOf<unknown>()
expectTypeOf<InferSchema<typeof zNumber>>().toEqualTypeOf<number>()
// @ts-expect-error wrong on purpose
expectTypeOf<InferSchema<typeof zNumber>>().toEqualTypeOf<string>()
declare const zNumber: z.ZodNumber

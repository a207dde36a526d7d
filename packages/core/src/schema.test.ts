import { scriptedModel } from '@ashlar/testing'
import { toStandardJsonSchema } from '@valibot/to-json-schema'
import { type } from 'arktype'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createAgent, type Tool, tool } from './index.ts'

/** Runs the tool once; what the model reads as its result. */
const resultOf = async (weather: Tool, input: unknown): Promise<string | undefined> => {
  const model = scriptedModel([{ toolCalls: [{ name: 'weather', input }] }, 'ok'])
  const { messages } = await createAgent({ model, tools: { weather } }).run('?')
  return messages[2]?.role === 'tool' ? messages[2].content[0]?.output : undefined
}
const cases: Record<string, Tool> = {
  zod: tool({
    description: 'w',
    input: z.object({ city: z.string(), days: z.number().optional() }),
    execute: ({ city, days = 1 }) => `${city.toUpperCase()} ${days.toFixed(0)}`,
  }),
  arktype: tool({
    description: 'w',
    input: type({ city: 'string', 'days?': 'number' }),
    execute: ({ city, days = 1 }) => `${city.toUpperCase()} ${days.toFixed(0)}`,
  }),
  'valibot wrapped': tool({
    description: 'w',
    input: toStandardJsonSchema(v.object({ city: v.string(), days: v.optional(v.number()) })),
    execute: ({ city, days = 1 }) => `${city.toUpperCase()} ${days.toFixed(0)}`,
  }),
  'valibot with jsonSchema beside it': tool({
    description: 'w',
    input: v.object({ city: v.string(), days: v.optional(v.number()) }),
    jsonSchema: {
      type: 'object',
      properties: { city: { type: 'string' }, days: { type: 'number' } },
      required: ['city'],
    },
    execute: ({ city, days = 1 }) => `${city.toUpperCase()} ${days.toFixed(0)}`,
  }),
  'plain JSON Schema': tool({
    description: 'w',
    input: {
      type: 'object',
      properties: { city: { type: 'string' }, days: { type: 'number' } },
      required: ['city'],
    },
    execute: ({ city, days = 1 }) => `${city.toUpperCase()} ${days.toFixed(0)}`,
  }),
}

describe.each(Object.entries(cases))('a tool described with %s', (_, weather) => {
  it('shows the model its JSON Schema', () => {
    expect(weather.inputSchema).toMatchObject({
      type: 'object',
      properties: { city: { type: 'string' }, days: { type: 'number' } },
      required: ['city'],
    })
    expect(weather.inputSchema).not.toHaveProperty('$schema')
  })

  it('types and checks its arguments', async () => {
    expect(await resultOf(weather, { city: 'oslo' })).toBe('OSLO 1')
    expect(await resultOf(weather, { city: 5 })).toMatch(/^Invalid input for weather: .*city/)
  })
})

describe('tool()', () => {
  it('refuses a schema that cannot write its JSON Schema, saying what to do', () => {
    expect(() => tool({ description: 'w', input: v.object({ city: v.string() }) })).toThrow(
      /^input: expected a schema that can write its JSON Schema.*toStandardJsonSchema.*received "a valibot schema/,
    )
  })

  it('hands a transformed value to execute', async () => {
    const weather = tool({
      description: 'w',
      input: z.object({ on: z.string().transform((text) => text.length) }),
      execute: ({ on }) => on + 1,
    })
    expect(await resultOf(weather, { on: 'abc' })).toBe('4')
  })

  it('assumes the worst of a tool that says nothing', () => {
    expect(tool({ description: 'w' }).annotations).toEqual({
      readOnly: false,
      destructive: true,
      idempotent: false,
    })
    expect(tool({ description: 'w', annotations: { readOnly: true } }).annotations).toEqual({
      readOnly: true,
      destructive: false,
      idempotent: true,
    })
  })

  it('refuses a timeout that is none', () => {
    for (const timeoutMs of [0, -1, Number.NaN])
      expect(() => tool({ description: 'w', timeoutMs })).toThrow('timeoutMs: expected')
  })
})

import { setTimeout as sleep } from 'node:timers/promises'
import { tool, toolContent, type Tools } from '@ashlar/core'
import { pixel, silence } from './media.ts'

/** The suite's tools that any Ashlar tool can be: served by the same code as a user's. */
export const plainTools: Tools = {
  test_simple_text: tool({
    description: 'Answers with a text',
    execute: () => 'This is a simple text response for testing.',
  }),
  test_error_handling: tool({
    description: 'Always fails',
    execute: () => {
      throw new Error('This tool intentionally returns an error for testing')
    },
  }),
  test_tool_with_progress: tool({
    description: 'Reports progress three times',
    execute: async (_, { report }) => {
      for (const percent of [0, 50, 100]) {
        report(`${percent} % done`)
        await sleep(20)
      }
      return 'done'
    },
  }),
  test_image_content: tool({
    description: 'Answers with an image',
    execute: () => toolContent('', [{ type: 'image', data: pixel, mediaType: 'image/png' }]),
  }),
  test_audio_content: tool({
    description: 'Answers with a sound',
    execute: () => toolContent('', [{ type: 'file', data: silence, mediaType: 'audio/wav' }]),
  }),
  test_mirrored_header: tool({
    description: 'Its region stands in a header, too',
    input: {
      type: 'object',
      properties: { region: { type: 'string', 'x-mcp-header': 'Region' }, query: { type: 'string' } },
    },
    execute: (input) => `called with ${JSON.stringify(input)}`,
  }),
  json_schema_2020_12_tool: tool({
    description: 'Its schema uses keywords of JSON Schema 2020-12',
    input: {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      $defs: {
        address: {
          $anchor: 'addressDef',
          type: 'object',
          properties: { street: { type: 'string' }, city: { type: 'string' } },
        },
      },
      properties: {
        name: { type: 'string' },
        address: { $ref: '#/$defs/address' },
        contactMethod: { type: 'string', enum: ['phone', 'email'] },
        phone: { type: 'string' },
        email: { type: 'string' },
      },
      allOf: [{ anyOf: [{ required: ['phone'] }, { required: ['email'] }] }],
      if: { properties: { contactMethod: { const: 'phone' } }, required: ['contactMethod'] },
      // oxlint-disable-next-line unicorn/no-thenable
      then: { required: ['phone'] },
      else: { required: ['email'] },
      additionalProperties: false,
    },
    execute: (input) => `called with ${JSON.stringify(input)}`,
  }),
}

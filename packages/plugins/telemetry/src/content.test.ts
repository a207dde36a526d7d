import { createAgent, ModelError, tool, toolContent } from '@ashlar/core'
import { scriptedModel, type ScriptedTurn } from '@ashlar/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ContentOptions } from './content.ts'
import { createTracing, type Tracing } from './fixture-tracing.ts'
import { createSecretRedactor } from './redact-secrets.ts'
import { telemetry } from './telemetry.ts'

/** Secrets, and none of them real. */
const canaries = {
  openai: 'sk-proj-CANARYabcdefghijklmnop',
  anthropic: 'sk-ant-api03-CANARYabcdef',
  google: 'AIzaSyCANARY0123456789abcdefghi',
  github: 'ghp_CANARY0123456789abcdefghij',
  fine: 'github_pat_CANARY0123456789abcdef',
  slack: 'xoxb-0123456789-CANARY',
  aws: 'AKIACANARY0123456789',
  bearer: 'Bearer CANARY.abcdef~0123',
  jwt: 'eyJCANARYhbGciOiJI.eyJzdWIiOiIxIn0.c2lnbmF0dXJl',
  pem: '-----BEGIN RSA PRIVATE KEY-----\nMIICANARY\n-----END RSA PRIVATE KEY-----',
  address: 'postgres://user:CANARYpass@host/db',
  env: 'CANARY correct horse battery',
} as const
const said = Object.values(canaries).join(' and ')
const env = { DB_PASSWORD: canaries.env, EDITOR: 'visual-studio' }

const turns: readonly ScriptedTurn[] = [
  {
    reasoning: `I think ${said}`,
    text: `I say ${said}`,
    toolCalls: [
      {
        name: 'use',
        input: { query: said, api_key: 'CANARY by name', nested: [{ password: 'CANARY too' }] },
      },
    ],
  },
  {
    text: 'Hal',
    error: new ModelError(`wrong key ${said}`, { kind: 'auth', provider: 'p', modelId: 'm' }),
    errorAfter: 1,
  },
]

const runWith = async (content: boolean | ContentOptions): Promise<Tracing> => {
  const tracing = createTracing()
  const use = tool({
    description: 'Uses things.',
    input: { type: 'object', properties: {} },
    execute: async () => toolContent(`It printed ${said}`, [{ type: 'image', data: 'AAAA' }]),
  })
  const plugins = [telemetry({ tracer: tracing.tracer, meter: tracing.meter, content })]
  const agent = createAgent({
    model: scriptedModel(turns),
    instructions: `Keep ${said}`,
    tools: { use },
    plugins,
  })
  const input = {
    messages: [
      {
        role: 'user' as const,
        content: [
          { type: 'text' as const, text: `Hello ${said}` },
          { type: 'image' as const, url: 'https://example.org/a.png' },
          { type: 'file' as const, data: 'JVBERi0=', mediaType: 'application/pdf' },
        ],
      },
    ],
  }
  await agent.run(input).catch(() => {})
  return tracing
}

const everything = ({ spans }: Tracing): string =>
  JSON.stringify(
    spans().map(({ name, attributes, events, status, links }) => [name, attributes, events, status, links]),
  )

const json = (value: unknown): unknown => JSON.parse(String(value))

describe('content', () => {
  it('is not captured unless asked for, not even in errors', async () => {
    const text = everything(await runWith(false))
    expect(text).not.toMatch(/CANARY|Hello|I say|printed|Keep|wrong key/)
    expect(text).toContain('"error.type":"auth"')
  })

  it('is captured without secrets', async () => {
    const text = everything(await runWith({ env }))
    expect(text).not.toContain('CANARY')
    for (const word of ['Hello', 'I say', 'I think', 'printed', 'Keep', 'wrong key'])
      expect(text).toContain(word)
    expect(text).not.toContain('AAAA')
    expect(text).not.toContain('JVBERi0=')
  })

  it('has canaries that would be seen', async () => {
    // The control: what only the environment knows to be a secret is seen where it is not given.
    expect(everything(await runWith({ env: {} }))).toContain(canaries.env)
  })

  it('has the shapes of the conventions', async () => {
    const { span } = await runWith({ env })
    const { attributes } = span('chat scripted')
    expect(json(attributes['gen_ai.system_instructions'])).toMatchObject([{ type: 'text' }])
    expect(json(attributes['gen_ai.input.messages'])).toMatchObject([
      {
        role: 'user',
        parts: [
          { type: 'text', content: expect.stringContaining('Hello') },
          { type: 'uri', modality: 'image', mime_type: 'image/png', uri: 'https://example.org/a.png' },
          { type: 'omitted', modality: 'document', mime_type: 'application/pdf', base64_length: 8 },
        ],
      },
    ])
    expect(json(attributes['gen_ai.output.messages'])).toMatchObject([
      {
        role: 'assistant',
        finish_reason: 'tool_call',
        parts: [
          { type: 'reasoning' },
          { type: 'text' },
          {
            type: 'tool_call',
            id: 'call_1',
            name: 'use',
            arguments: { api_key: '[redacted]', nested: [{ password: '[redacted]' }] },
          },
        ],
      },
    ])
    expect(json(attributes['gen_ai.tool.definitions'])).toMatchObject([{ type: 'function', name: 'use' }])
    const called = span('execute_tool use').attributes
    expect(json(called['gen_ai.tool.call.arguments'])).toMatchObject({ api_key: '[redacted]' })
    expect(called['gen_ai.tool.call.result']).toContain('It printed')
  })

  it('is redacted by the user last, and cut', async () => {
    const redact = (text: string): string => text.replaceAll('Hello', 'H…')
    const tracing = await runWith({ env, redact, maxTextLength: 12 })
    expect(everything(tracing)).not.toContain('Hello')
    expect(String(tracing.span('chat scripted').attributes['gen_ai.input.messages'])).toMatch(/characters\)/)
  })
})

describe('the redactor', () => {
  it('finds no secret in innocent text', () => {
    const text =
      'A task-oriented risk-assessment: sk-short, the bearer of news, http://host:80/a@b, max_tokens 5.'
    expect(createSecretRedactor({}).text(text)).toBe(text)
    const data = { max_tokens: 5, tokens: 3, key: 'shown', token: null, tokenizer: 'x' }
    expect(createSecretRedactor({}).value(data)).toEqual(data)
  })

  it('finds every canary, whatever stands around it', () => {
    const redactor = createSecretRedactor(env)
    const around = fc.string({ unit: 'grapheme', maxLength: 30 })
    fc.assert(
      fc.property(around, around, fc.constantFrom(...Object.values(canaries)), (before, after, canary) => {
        expect(redactor.text(`${before} ${canary} ${after}`)).not.toContain('CANARY')
        expect(JSON.stringify(redactor.value([{ [before]: { deep: canary } }]))).not.toContain('CANARY')
        expect(JSON.stringify(redactor.value({ [canary]: 1 }))).not.toContain('CANARY')
      }),
    )
  })

  it('ends on cycles and long texts', () => {
    const cycle: Record<string, unknown> = { a: 1 }
    cycle['self'] = cycle
    const redactor = createSecretRedactor({})
    expect(JSON.stringify(redactor.value(cycle)).length).toBeLessThan(1000)
    expect(redactor.value([1n, undefined, true, () => 1])).toEqual([
      '1',
      undefined,
      true,
      expect.any(Function),
    ])
    const long = `${'a:'.repeat(50_000)}${'-----BEGIN PRIVATE KEY-----'.repeat(200)}${'://x'.repeat(20_000)}`
    expect(redactor.text(long).length).toBeLessThan(long.length)
  })
})

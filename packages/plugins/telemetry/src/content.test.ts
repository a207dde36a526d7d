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

describe('what tools give back', () => {
  /** Secrets that are known by their name, by where they stand, or by their shape alone. */
  const named: Readonly<Record<string, string>> = {
    json: '{"password":"CANARY01hunter","api_key":"CANARY02abcdef","n":12345678901234567890}',
    pretty: '{\n  "list": [{ "clientSecret": "CANARY03", "DBPassword": 4711 }]\n}',
    inner: JSON.stringify({ stdout: JSON.stringify({ token: 'CANARY04 with \\ and " in it' }) }),
    cut: '… and {"user":"a","access_token":"CANARY05","deep":{"pass',
    pair: '[{"name":"X-Api-Key","value":"CANARY06"},{"key":"DB_PASSWORD","value":"CANARY07"}]',
    file: 'DB_PASSWORD=CANARY08 more CANARY09\nAPI_KEY: CANARY10abc\nexport NPM_TOKEN="CANARY11 x"',
    yaml: 'db:\n  - password: CANARY12, CANARY13\n  - secret: CANARY14',
    address: 'https://api.example.com/v1?api_key=CANARY15abcdef&sig=CANARY16%3D&key=CANARY17',
    azure: 'DefaultEndpointsProtocol=https;AccountName=a;AccountKey=CANARY18abc+/==;EndpointSuffix=x',
    signed: 'https://b.blob.core.windows.net/c?sv=1&sig=CANARY19abcdef%3D and ?X-Amz-Signature=CANARY20',
    user: 'https://CANARY21abcdef@github.com/x.git and postgres://u:CANARY22@CANARY23@db/x',
    header: 'X-Api-Key: CANARY24abc\nCookie: session=CANARY25; other=CANARY26\nAuthorization: Key CANARY27',
    curl: `curl -H 'Cookie: a=CANARY28; b=CANARY29' -H "x-auth-token: CANARY30"`,
    sendgrid: 'SG.CANARY31abcdefghijkl.CANARY31mnopqrstuvwxyz0123456789',
    google: 'ya29.CANARY32abcdefghijklmnopqrst',
    digitalocean: 'dop_v1_CANARY33abcdef0123456789abcdef0123456789',
    shopify: 'shpat_CANARY34abcdef0123456789abcdef',
    slack: 'xapp-1-A0CANARY35-123-abc',
    stripe: 'sk_live_CANARY36abcdefghij',
    vault: 'hvs.CANARY37abcdefghijklmnop',
    notion: 'ntn_CANARY38abcdefghijklmnop',
    pypi: 'pypi-AgEIcHlwaS5vcmcCANARY39abcdef',
    github: 'github_pat_CANARY40abcdef0123456789',
    gitlab: 'glpat-CANARY41abcdef0123',
    npm: 'npm_CANARY42abcdef0123456789',
    telegram: '123456789:AACANARY43-abcdefghijklmnopqrstuv',
    code: 'const password = "CANARY44 \\" CANARY45"; login({ apiKey: `CANARY46` })',
    escaped: String.raw`{\"password\":\"CANARY47 x\",\"a\":1} and \nDB_PASSWORD=CANARY48\nX=1`,
  }

  it.each(Object.entries(named))('has no secret of %s', (_, text) => {
    const redactor = createSecretRedactor({})
    expect(text).toContain('CANARY')
    for (const shown of [text, `Result:\n${text}`, `> ${text}\n`, JSON.stringify({ stdout: text })])
      expect(redactor.text(shown)).not.toContain('CANARY')
    expect(JSON.stringify(redactor.value([{ response: text }]))).not.toContain('CANARY')
  })

  it('has no secret of an object, in any span', async () => {
    const tracing = createTracing()
    const look = tool({
      description: 'Looks.',
      input: { type: 'object', properties: {} },
      execute: async () => ({ password: 'CANARY1', nested: { apiKey: 'CANARY2', shown: 'a wall' } }),
    })
    const agent = createAgent({
      model: scriptedModel([{ toolCalls: [{ name: 'look', input: { password: 'CANARY3' } }] }, 'Done.']),
      tools: { look },
      plugins: [telemetry({ tracer: tracing.tracer, meter: tracing.meter, content: { env: {} } })],
    })
    await agent.run('Go on.')
    expect(json(tracing.span('execute_tool look').attributes['gen_ai.tool.call.result'])).toEqual({
      password: '[redacted]',
      nested: { apiKey: '[redacted]', shown: 'a wall' },
    })
    expect(everything(tracing)).not.toContain('CANARY')
    expect(everything(tracing)).toContain('a wall')
  })

  it('keeps the rest', () => {
    const redactor = createSecretRedactor({})
    const kept = [
      '{ "max_tokens": 4096,\n "usage": 12345678901234567890, "tokens": [1, 2] }',
      'tokens: 1532, cost: 0.0031, token count: 128000, token=17',
      'password: string, apiKey: process.env.OPENAI_API_KEY, and the secret of success',
      'export OPENAI_API_KEY=$KEY\nThe password is stored as a hash. ssh://git@github.com/org/repo',
      'CANARY',
    ]
    for (const text of kept) expect(redactor.text(text)).toBe(text)
    expect(redactor.text('a=1&token=abc&b=2')).toBe('a=1&token=[redacted]&b=2')
    expect(redactor.text('{"secret":"abc","b":[2]}')).toBe('{"secret":"[redacted]","b":[2]}')
  })

  it('has no secret of the environment, however it is written', () => {
    const secret = 'CANARY "quoted" & more'
    const redactor = createSecretRedactor({ SERVICE_TOKEN: secret })
    for (const form of [secret, JSON.stringify(secret), encodeURIComponent(secret)])
      expect(redactor.text(`It is ${form}.`)).not.toContain('CANARY')
    expect(redactor.text(`It is ${btoa(secret)}.`)).toMatch(/^It is \[redacted\]=*\.$/)
    expect(createSecretRedactor({}).text(`It is ${secret}.`)).toContain('CANARY')
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

import assert from 'node:assert/strict'
import { AshlarError, type JsonSchema, type LanguageModel, type ModelRequest, userText } from '@ashlar/core'
import type { WireServer } from '../wire/index.ts'
import { type Check, hello, read } from './bench.ts'
import { sentImages, sentInstructions, sentOutput, sentTools } from './sent.ts'

const citySchema: JsonSchema = {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
}

const lookUp = { name: 'look_up', description: 'Looks a city up.', inputSchema: citySchema }

/** The smallest PNG: one transparent pixel. */
const pixel =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=='

/** The body of a request, or `undefined` when the model refused it with an error before sending anything. */
const bodyFor = async (
  { server, model }: { server: WireServer; model: LanguageModel },
  request: ModelRequest,
): Promise<string | undefined> => {
  server.reset()
  server.enqueue('fine')
  try {
    await read(model.stream(request))
  } catch (error) {
    assert(AshlarError.isInstance(error), `a refusal is an AshlarError, not ${String(error)}`)
    assert.equal(server.requests.length, 0, 'what is refused is not sent')
    return undefined
  }
  return server.requests[0]?.rawBody ?? ''
}

const settings: readonly (readonly [name: string, request: Partial<ModelRequest>, sent: RegExp])[] = [
  ['maxOutputTokens', { maxOutputTokens: 3777 }, /3777/],
  ['temperature', { temperature: 0.375 }, /0\.375/],
  ['topP', { topP: 0.8125 }, /0\.8125/],
  ['stop', { stop: ['HALT_HERE'] }, /HALT_HERE/],
  ['seed', { seed: 424_242 }, /424242/],
]

const sent: Check[] = [
  [
    'sends instructions beside the messages',
    async ({ server, model, dialect }) => {
      server.enqueue('fine')
      await read(model.stream({ ...hello, instructions: 'Answer in verse.' }))
      const body = server.requests[0]?.body ?? {}
      assert.equal(sentInstructions(dialect, body), 'Answer in verse.')
      assert.match(JSON.stringify(body['messages'] ?? body['input']), /hello/)
    },
  ],
  [
    'sends tools with name, description and schema',
    async ({ server, model, dialect }) => {
      server.enqueue('fine')
      await read(model.stream({ ...hello, tools: [lookUp, { ...lookUp, name: 'other' }] }))
      const expected = { name: 'look_up', description: 'Looks a city up.', properties: ['city'] }
      assert.deepEqual(sentTools(dialect, server.requests[0]?.body ?? {}), [
        expected,
        { ...expected, name: 'other' },
      ])
    },
  ],
  [
    'sends images',
    async ({ server, model, dialect }) => {
      server.enqueue('a pixel')
      const image = { type: 'image', data: pixel, mediaType: 'image/png' } as const
      await read(
        model.stream({ messages: [{ role: 'user', content: [{ type: 'text', text: 'what?' }, image] }] }),
      )
      const url = dialect === 'ollama' ? pixel : `data:image/png;base64,${pixel}`
      assert.deepEqual(sentImages(dialect, server.requests[0]?.body ?? {}), [url])
    },
  ],
  [
    'sends the schema of a structured answer',
    async ({ server, model, dialect }) => {
      server.enqueue('{"city":"Zürich"}')
      const { parts } = await read(model.stream({ ...hello, output: citySchema }))
      const schema = JSON.stringify(sentOutput(dialect, server.requests[0]?.body ?? {}) ?? null)
      assert.match(schema, /"city"/)
      assert.deepEqual(parts, [{ type: 'text', text: '{"city":"Zürich"}' }])
    },
  ],
  [
    'passes the options of its own provider through to the body',
    async ({ server, model }) => {
      server.enqueue('fine')
      const providerOptions = { [model.provider]: { x_mine: 'yes' }, 'somebody-else': { x_theirs: 'no' } }
      await read(model.stream({ ...hello, providerOptions }))
      const body = server.requests[0]?.body ?? {}
      assert.deepEqual([body['x_mine'], body['x_theirs']], ['yes', undefined])
    },
  ],
  [
    'does not change the request it is given',
    async ({ server, model }) => {
      const request: ModelRequest = {
        messages: [userText('hello')],
        tools: [lookUp],
        output: citySchema,
        stop: ['x'],
      }
      const before = structuredClone(request)
      await bodyFor({ server, model }, request)
      assert.deepEqual(request, before)
    },
  ],
]

const honoured: Check[] = settings.map(([name, request, pattern]) => [
  `honours ${name} or refuses it, and never ignores it`,
  async (bench) => {
    const body = await bodyFor(bench, { ...hello, ...request })
    if (body !== undefined) assert.match(body, pattern)
  },
])

const choices: Check[] = [
  [
    'honours toolChoice or refuses it, and never ignores it',
    async (bench) => {
      const request = { ...hello, tools: [lookUp] }
      const auto = await bodyFor(bench, { ...request, toolChoice: 'auto' })
      for (const toolChoice of ['none', 'required', { tool: 'look_up' }] as const)
        assert.notEqual(await bodyFor(bench, { ...request, toolChoice }), auto, JSON.stringify(toolChoice))
    },
  ],
  [
    'honours reasoning or refuses it, and never ignores it',
    async (bench) => {
      const without = await bodyFor(bench, hello)
      for (const reasoning of ['low', 'high', { maxTokens: 2048 }] as const)
        assert.notEqual(await bodyFor(bench, { ...hello, reasoning }), without, JSON.stringify(reasoning))
    },
  ],
]

/** What a model makes of a request. */
export const requestChecks = (): Check[] => [...sent, ...honoured, ...choices]

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import {
  type Meter,
  type ModelEvent,
  type ModelRequest,
  type ToolSpec,
  type Usage,
  userText,
} from '@ashlar/core'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { gguf, type GgufModel, type GgufOptions } from './gguf.ts'
import type { GeneratedResponse, GenerateOptions, LlamaModule } from './llama-module.ts'

/** What the fake model says: chunks of text, or thoughts. */
type Chunk = string | { thought: string }
interface Script {
  chunks?: Chunk[]
  response?: Partial<GeneratedResponse>
  error?: Error
}

/** A node-llama-cpp that says what it is told to, a chunk a tick, and writes down how it was asked. */
const fakeLlama = (script: Script = {}) => {
  const seen = {
    loads: 0,
    disposed: 0,
    running: 0,
    most: 0,
    wrappers: [] as unknown[],
    started: [] as unknown[],
    asked: [] as { history: object[]; options: GenerateOptions; sequence: number }[],
    grammars: [] as object[],
  }
  const state = { ...script, failLoads: 0, bos: 1, prefix: [1] }
  const tokenize = (text: string): number[] => [
    ...state.prefix,
    ...[...text].map((char) => char.codePointAt(0) ?? 0),
  ]
  const render = ({ chatHistory }: { chatHistory: readonly object[] }) => ({
    contextText: { tokenize: () => tokenize(JSON.stringify(chatHistory)) },
  })
  class FakeSequence {
    readonly id: number
    tokens: number[] = []
    tokenMeter = { usedOutputTokens: 0 }
    constructor(id: number) {
      this.id = id
    }
    compareContextTokens(tokens: number[]): { firstDifferentIndex: number } {
      const index = this.tokens.findIndex((token, at) => token !== tokens[at])
      return { firstDifferentIndex: index < 0 ? this.tokens.length : index }
    }
  }
  class FakeChat {
    readonly sequence: FakeSequence
    readonly chatWrapper: { generateContextState: typeof render }
    constructor(options: {
      contextSequence: FakeSequence
      chatWrapper?: { generateContextState: typeof render }
    }) {
      this.sequence = options.contextSequence
      this.chatWrapper = options.chatWrapper ?? { generateContextState: render }
      seen.wrappers.push(options.chatWrapper)
    }
    async generateResponse(history: object[], options: GenerateOptions = {}): Promise<GeneratedResponse> {
      seen.asked.push({ history, options, sequence: this.sequence.id })
      seen.running += 1
      seen.most = Math.max(seen.most, seen.running)
      this.sequence.tokens = tokenize(JSON.stringify(history))
      let text = ''
      try {
        for (const chunk of state.chunks ?? ['Hello', ' there']) {
          await delay(1)
          options.signal?.throwIfAborted()
          this.sequence.tokenMeter.usedOutputTokens += 1
          if (typeof chunk === 'string') text += chunk
          options.onResponseChunk?.(
            typeof chunk === 'string' ? { text: chunk } : { type: 'segment', text: chunk.thought },
          )
        }
        if (state.error) throw state.error
      } finally {
        seen.running -= 1
      }
      return { response: text, metadata: { stopReason: 'eogToken' }, ...state.response }
    }
  }
  class FakeTemplate {
    generateContextState = render
    readonly template: string
    constructor(options: { template: string }) {
      this.template = options.template
      state.prefix = [1]
    }
  }
  const module: LlamaModule = {
    LlamaChat: FakeChat,
    JinjaTemplateChatWrapper: FakeTemplate,
    getLlama: async (options) => {
      seen.started.push(options)
      return {
        loadModel: async () => {
          seen.loads += 1
          await delay(5)
          if (state.failLoads-- > 0) throw new Error('not a GGUF file')
          return {
            tokenizer: 'tokenizer',
            tokens: { bos: state.bos },
            trainContextSize: 1000,
            fileInfo: { metadata: { tokenizer: { chat_template: '{{ messages }}' } } },
            createContext: async ({ contextSize }) => {
              let sequences = 0
              return { contextSize, getSequence: () => new FakeSequence(sequences++) }
            },
          }
        },
        createGrammarForJsonSchema: async (schema) => {
          seen.grammars.push(schema)
          return schema
        },
        dispose: async () => {
          seen.disposed += 1
        },
      }
    },
  }
  return { module, seen, state }
}

let folder: string
let file: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ashlar-gguf-'))
  file = join(folder, 'Tiny-1B.Q4.gguf')
  writeFileSync(file, 'GGUF')
})
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})
afterEach(() => {
  vi.unstubAllEnvs()
})

const open = (fake: ReturnType<typeof fakeLlama>, options: GgufOptions = {}): GgufModel =>
  gguf({ file, llama: fake.module, ...options })
const ask = async (
  model: GgufModel,
  request: Partial<ModelRequest> & { text?: string } = {},
): Promise<ModelEvent[]> => {
  const { text = 'Hi', ...rest } = request
  const events: ModelEvent[] = []
  for await (const event of model.stream({ messages: [userText(text)], ...rest })) events.push(event)
  return events
}
const partsOf = (events: readonly ModelEvent[]): unknown[] =>
  events.flatMap((event) => (event.type === 'part' ? [event.part] : []))
const add: ToolSpec = {
  name: 'add',
  description: 'Adds.',
  inputSchema: {
    type: 'object',
    properties: { a: { type: 'number' }, b: { type: 'number' } },
    required: ['a'],
  },
}
const now: ToolSpec = {
  name: 'now',
  description: 'The time.',
  inputSchema: { type: 'object', properties: {} },
}

describe('gguf: options', () => {
  it('takes its file from the environment, and its name from the file', () => {
    vi.stubEnv('ASHLAR_MODEL_FILE', file)
    expect(gguf()).toMatchObject({ provider: 'local', modelId: 'Tiny-1B.Q4' })
    expect(gguf({ modelId: 'tiny' }).modelId).toBe('tiny')
    vi.stubEnv('ASHLAR_MODEL_FILE', '')
    expect(() => gguf()).toThrow(/^file: expected the path of a GGUF file, here or in ASHLAR_MODEL_FILE/)
    expect(() => gguf({ file, concurrency: 0 })).toThrow(/^concurrency: expected a whole number above 0/)
    expect(() => gguf({ file, contextSize: 1.5 })).toThrow(/^contextSize/)
  })

  it('names the line that installs what is missing', async () => {
    const model = gguf({ file })
    await expect(ask(model)).rejects.toMatchObject({
      name: 'ModelError',
      kind: 'bad-request',
      retryable: false,
      message: expect.stringContaining('npm install node-llama-cpp'),
    })
  })

  it('says which file is missing, and how to get one', async () => {
    const model = gguf({ file: join(folder, 'nope.gguf'), llama: fakeLlama().module })
    await expect(model.load()).rejects.toThrow(/no model file at .*nope\.gguf.*ashlar models pull/)
    await expect(ask(model)).rejects.toMatchObject({ usage: { inputTokens: 0, outputTokens: 0 } })
  })
})

describe('gguf: loading', () => {
  it('does nothing until it is asked, and loads once however many ask', async () => {
    const fake = fakeLlama()
    const model = open(fake)
    model.stream({ messages: [userText('Hi')] })
    expect(fake.seen.loads).toBe(0)
    await Promise.all([model.load(), ask(model), ask(model), ask(model)])
    expect(fake.seen.loads).toBe(1)
    expect(fake.seen.started).toEqual([{ gpu: 'auto', build: 'never', logLevel: 'error' }])
  })

  it('tries again after a load that failed, and frees what it had begun', async () => {
    const fake = fakeLlama()
    fake.state.failLoads = 1
    const model = open(fake)
    await expect(model.load()).rejects.toThrow('local/Tiny-1B.Q4: not a GGUF file')
    expect(fake.seen.disposed).toBe(1)
    await expect(ask(model)).resolves.toHaveLength(4)
  })

  it('takes the template of the model where the usual wrapper doubles the first token', async () => {
    const plain = fakeLlama()
    await open(plain).load()
    expect(plain.seen.wrappers.at(-1)).not.toHaveProperty('template')
    const doubled = fakeLlama()
    doubled.state.prefix = [1, 1]
    await open(doubled).load()
    expect(doubled.seen.wrappers.at(-1)).toMatchObject({ template: '{{ messages }}' })
    const given = { generateContextState: () => ({ contextText: { tokenize: () => [1] } }) }
    const own = fakeLlama()
    await open(own, { chatWrapper: given }).load()
    expect(own.seen.wrappers).toEqual([given])
  })

  it('lets an aborted request go while the load goes on', async () => {
    const fake = fakeLlama()
    const model = open(fake)
    const controller = new AbortController()
    const reason = new Error('enough')
    const asking = ask(model, { signal: controller.signal })
    setImmediate(() => controller.abort(reason))
    await expect(asking).rejects.toBe(reason)
    await model.load()
    expect(fake.seen.loads).toBe(1)
  })
})

describe('gguf: answers', () => {
  it('streams text and thoughts, and ends with exact usage', async () => {
    const model = open(fakeLlama({ chunks: [{ thought: 'hm' }, 'Hello', ' there'] }))
    const events = await ask(model)
    expect(
      events.map((event) =>
        event.type === 'part' ? event.part : event.type === 'finish' ? event : [event.type, event.text],
      ),
    ).toEqual([
      ['reasoning-delta', 'hm'],
      { type: 'reasoning', text: 'hm' },
      ['text-delta', 'Hello'],
      ['text-delta', ' there'],
      { type: 'text', text: 'Hello there' },
      {
        type: 'finish',
        reason: 'stop',
        usage: { inputTokens: expect.any(Number), outputTokens: 3 },
        response: { provider: 'local', modelId: 'Tiny-1B.Q4' },
      },
    ])
    expect((await ask(model, { deltas: false })).map(({ type }) => type)).toEqual(['part', 'part', 'finish'])
  })

  it('counts the prompt as it was rendered, and what of it was in the cache', async () => {
    const model = open(fakeLlama())
    const history = [
      { type: 'user', text: 'Hi' },
      { type: 'model', response: [] },
    ]
    const inputTokens = JSON.stringify(history).length + 1
    expect((await ask(model)).at(-1)).toMatchObject({ usage: { inputTokens, outputTokens: 2 } })
    expect((await ask(model)).at(-1)).toMatchObject({
      usage: { inputTokens, outputTokens: 2, cachedInputTokens: inputTokens - 1 },
    })
  })

  it('hands on how tokens are to be drawn, the request before the options', async () => {
    const fake = fakeLlama()
    const model = open(fake, { sampling: { temperature: 0.5, topP: 0.9, topK: 40, repeatPenalty: 1.2 } })
    await ask(model, {
      temperature: 0.1,
      seed: 7,
      stop: ['END'],
      maxOutputTokens: 9,
      reasoning: 'low',
      providerOptions: { local: { minP: 0.05, repeatPenalty: 1 } },
    })
    expect(fake.seen.asked[0]?.options).toMatchObject({
      temperature: 0.1,
      topP: 0.9,
      topK: 40,
      minP: 0.05,
      seed: 7,
      repeatPenalty: false,
      customStopTriggers: ['END'],
      maxTokens: 9,
      budgets: { thoughtTokens: 512 },
    })
    await ask(model, { reasoning: { maxTokens: 33 } })
    expect(fake.seen.asked[1]?.options).toMatchObject({
      repeatPenalty: { penalty: 1.2 },
      budgets: { thoughtTokens: 33 },
    })
  })

  it('ends as length where the tokens ran out', async () => {
    const model = open(fakeLlama({ response: { metadata: { stopReason: 'maxTokens' } } }))
    expect((await ask(model)).at(-1)).toMatchObject({ reason: 'length' })
  })

  it('refuses a prompt that does not fit, and leaves the rest of the context to the answer', async () => {
    const fake = fakeLlama()
    const model = open(fake, { contextSize: 400 })
    await expect(ask(model, { text: 'x'.repeat(400) })).rejects.toMatchObject({
      kind: 'context-overflow',
      message: expect.stringMatching(/the prompt has \d+ tokens and the context 400/),
      usage: { inputTokens: 0, outputTokens: 0 },
    })
    const [finish] = (await ask(model)).slice(-1)
    const used = finish?.type === 'finish' ? finish.usage.inputTokens : 0
    expect(fake.seen.asked[0]?.options.maxTokens).toBe(400 - used - 2)
  })

  it('refuses images, and tools that are not there', async () => {
    const model = open(fakeLlama())
    const image: Partial<ModelRequest> = {
      messages: [{ role: 'user', content: [{ type: 'image', data: 'x' }] }],
    }
    await expect(ask(model, image)).rejects.toMatchObject({ kind: 'bad-request' })
    await expect(ask(model, { tools: [add], toolChoice: { tool: 'nope' } })).rejects.toThrow(/^toolChoice/)
  })

  it('gives the error of the engine with the parts that had come', async () => {
    const error = new Error('out of memory')
    await expect(ask(open(fakeLlama({ error })))).rejects.toMatchObject({
      message: 'local/Tiny-1B.Q4: out of memory',
      kind: 'bad-request',
      cause: error,
      partial: [{ type: 'text', text: 'Hello there' }],
      usage: { outputTokens: 3 },
    })
  })
})

describe('gguf: tools and JSON', () => {
  it('leaves the calling to the model, and the running to the caller', async () => {
    const functionCalls = [
      { functionName: 'add', params: { a: 1, b: null } },
      { functionName: 'now', params: undefined },
    ]
    const fake = fakeLlama({ chunks: ['Well.'], response: { functionCalls } })
    const events = await ask(open(fake), { tools: [add, now], instructions: 'Be brief.' })
    expect(partsOf(events)).toEqual([
      { type: 'text', text: 'Well.' },
      { type: 'tool-call', callId: 'local-1', name: 'add', input: { a: 1 } },
      { type: 'tool-call', callId: 'local-2', name: 'now', input: {} },
    ])
    expect(events.at(-1)).toMatchObject({ reason: 'tool-calls' })
    const [{ history, options } = { history: [], options: {} }] = fake.seen.asked
    expect(history[0]).toEqual({ type: 'system', text: 'Be brief.' })
    expect(options.functions).toMatchObject({
      add: { params: { type: 'object' } },
      now: { description: 'The time.' },
    })
    expect(options.functions).not.toHaveProperty('now.params')
  })

  it('numbers calls through the whole transcript', async () => {
    const fake = fakeLlama({ chunks: [], response: { functionCalls: [{ functionName: 'now', params: {} }] } })
    const messages: ModelRequest['messages'] = [
      userText('Hi'),
      { role: 'assistant', content: [{ type: 'tool-call', callId: 'local-1', name: 'now', input: {} }] },
      { role: 'tool', content: [{ type: 'tool-result', callId: 'local-1', name: 'now', output: 'noon' }] },
    ]
    expect(partsOf(await ask(open(fake), { messages, tools: [now] }))).toMatchObject([{ callId: 'local-2' }])
  })

  it.each(['required', { tool: 'add' }] as const)(
    'holds the answer to a call when one is wanted (%j)',
    async (toolChoice) => {
      const fake = fakeLlama({ chunks: ['{"tool":"add","input":{"a":2,"b":null}}'] })
      const events = await ask(open(fake), { tools: [add, now], toolChoice })
      expect(partsOf(events)).toEqual([
        { type: 'tool-call', callId: 'local-1', name: 'add', input: { a: 2 } },
      ])
      expect(events.map(({ type }) => type)).toEqual(['part', 'finish'])
      const names = toolChoice === 'required' ? ['add', 'now'] : ['add']
      expect(fake.seen.grammars).toMatchObject([
        { oneOf: names.map((name) => ({ properties: { tool: { const: name } } })) },
      ])
      expect(JSON.stringify(fake.seen.asked[0]?.history[0])).toContain('- add: Adds.')
    },
  )

  it('gives a call that was cut off as text', async () => {
    const fake = fakeLlama({ chunks: ['{"tool":"ad'], response: { metadata: { stopReason: 'maxTokens' } } })
    const events = await ask(open(fake), { tools: [add], toolChoice: 'required' })
    expect(partsOf(events)).toEqual([{ type: 'text', text: '{"tool":"ad' }])
    expect(events.at(-1)).toMatchObject({ reason: 'length' })
  })

  it('offers no tools when none are wanted', async () => {
    const fake = fakeLlama()
    await ask(open(fake), { tools: [add], toolChoice: 'none' })
    expect(fake.seen.asked[0]?.options).not.toHaveProperty('functions')
  })

  const output = (required: string[]) => ({
    type: 'object',
    properties: { a: { type: 'string' }, b: { type: 'string' } },
    required,
  })

  it('streams JSON held to a grammar as it comes', async () => {
    const fake = fakeLlama({ chunks: ['{"a":"x",', '"b":"y"}'] })
    const events = await ask(open(fake), { output: output(['a', 'b']) })
    expect(events.filter(({ type }) => type === 'text-delta').length).toBeGreaterThan(0)
    expect(partsOf(events)).toEqual([{ type: 'text', text: '{"a":"x","b":"y"}' }])
    expect(fake.seen.grammars).toHaveLength(1)
    expect(JSON.stringify(fake.seen.asked[0]?.history[0])).toContain('Answer with JSON')
  })

  it('takes what was left out from the JSON before it shows it', async () => {
    const fake = fakeLlama({ chunks: ['{"a":"x",', '"b":null}'] })
    expect(partsOf(await ask(open(fake), { output: output(['a']) }))).toEqual([
      { type: 'text', text: '{"a":"x"}' },
    ])
    const cut = fakeLlama({ chunks: ['{"a":"x'] })
    expect(partsOf(await ask(open(cut), { output: output(['a']) }))).toEqual([
      { type: 'text', text: '{"a":"x' },
    ])
  })

  it('lets the model choose between a call and the JSON answer', async () => {
    const answering = fakeLlama({ chunks: ['{"answer":{"a":"x","b":null}}'] })
    const request = { output: output(['a']), tools: [add] }
    expect(partsOf(await ask(open(answering), request))).toEqual([{ type: 'text', text: '{"a":"x"}' }])
    const calling = fakeLlama({ chunks: ['{"tool":"add","input":{"a":1,"b":2}}'] })
    expect(partsOf(await ask(open(calling), request))).toMatchObject([{ name: 'add', input: { a: 1, b: 2 } }])
    expect(calling.seen.grammars).toMatchObject([{ oneOf: { length: 2 } }])
  })
})

describe('gguf: many at once', () => {
  it.each([1, 2])('answers %d at the same time, the rest in their turn', async (concurrency) => {
    const fake = fakeLlama()
    const model = open(fake, { concurrency })
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, index) => ask(model, { text: `n${index}` })),
    )
    for (const events of answers)
      expect(events.at(-1)).toMatchObject({ type: 'finish', usage: { outputTokens: 2 } })
    expect(fake.seen.most).toBe(concurrency)
  })

  it('goes back to the sequence that knows the conversation', async () => {
    const fake = fakeLlama()
    const model = open(fake, { concurrency: 2 })
    await Promise.all([ask(model, { text: 'first' }), ask(model, { text: 'other' })])
    await ask(model, { text: 'other and more' })
    await ask(model, { text: 'first and more' })
    const [first, other, otherAgain, firstAgain] = fake.seen.asked.map(({ sequence }) => sequence)
    expect([otherAgain, firstAgain]).toEqual([other, first])
  })

  it('leaves the line when aborted, and frees the sequence of one aborted on the way', async () => {
    const fake = fakeLlama({ chunks: Array.from({ length: 50 }, () => 'x') })
    const model = open(fake)
    const [first, second] = [new AbortController(), new AbortController()]
    const running = ask(model, { signal: first.signal })
    await model.load()
    const waiting = ask(model, { signal: second.signal })
    await delay(10)
    second.abort('second')
    await expect(waiting).rejects.toBe('second')
    first.abort('first')
    await expect(running).rejects.toBe('first')
    fake.state.chunks = ['x']
    await expect(ask(model)).resolves.toHaveLength(3)
    expect(fake.seen.asked).toHaveLength(2)
  })

  it('stops generating when the reader leaves, and answers the next', async () => {
    const fake = fakeLlama({ chunks: Array.from({ length: 50 }, () => 'x') })
    const model = open(fake)
    for await (const _ of model.stream({ messages: [userText('Hi')] })) break
    fake.state.chunks = ['y']
    expect(partsOf(await ask(model))).toEqual([{ type: 'text', text: 'y' }])
    expect(fake.seen.running).toBe(0)
  })

  it('keeps to the deadline', async () => {
    const model = open(fakeLlama({ chunks: Array.from({ length: 500 }, () => 'x') }))
    await model.load()
    await expect(ask(model, { deadline: Date.now() + 40 })).rejects.toMatchObject({
      kind: 'timeout',
      provider: 'local',
    })
  })

  it('tells the meter once of every call', async () => {
    const settled: (Usage | undefined)[] = []
    const meter: Meter = { reserve: async () => (usage) => void settled.push(usage) }
    const model = open(fakeLlama())
    await ask(model, { meter })
    for await (const _ of model.stream({ messages: [userText('Hi')], meter })) break
    await expect(ask(model, { meter, text: 'x'.repeat(1000) })).rejects.toThrow()
    expect(settled).toMatchObject([
      { outputTokens: 2 },
      { estimated: 'output' },
      { inputTokens: 0, outputTokens: 0 },
    ])
  })
})

describe('gguf: the end', () => {
  it('frees its memory once, ends what is running, and answers no more', async () => {
    const fake = fakeLlama({ chunks: Array.from({ length: 500 }, () => 'x') })
    const model = open(fake)
    await model.load()
    const running = ask(model)
    await delay(5)
    await Promise.all([model.dispose(), model.dispose(), model[Symbol.asyncDispose]()])
    await expect(running).rejects.toThrow('local/Tiny-1B.Q4: the model was disposed of')
    await expect(ask(model)).rejects.toThrow('the model was disposed of')
    await expect(model.load()).rejects.toThrow('the model was disposed of')
    expect(fake.seen.disposed).toBe(1)
  })

  it('waits for a load that is under way', async () => {
    const fake = fakeLlama()
    const model = open(fake)
    const loading = model.load()
    await model.dispose()
    await loading.catch(() => {})
    expect(fake.seen).toMatchObject({ loads: 1, disposed: 1 })
  })
})

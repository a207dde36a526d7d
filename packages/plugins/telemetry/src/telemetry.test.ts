import { getEventListeners } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  type Agent,
  createAgent,
  InvalidArgument,
  type LanguageModel,
  type Message,
  ModelError,
  tool,
  userText,
} from '@ashlar/core'
import { scriptedModel, type ScriptedTurn } from '@ashlar/testing'
import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import * as conventions from '@opentelemetry/semantic-conventions/incubating'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { contextManager, createTracing } from './fixture-tracing.ts'
import { telemetry, type TelemetryOptions } from './telemetry.ts'

beforeAll(() => void context.setGlobalContextManager(contextManager()))
afterAll(() => context.disable())

const add = tool({
  description: 'Adds two numbers.',
  input: {
    type: 'object',
    properties: { a: { type: 'number' }, b: { type: 'number' } },
    required: ['a', 'b'],
  },
  execute: async ({ a, b }) => a + b,
})
const look = tool({ description: 'Looks around.', execute: async () => 'a wall' })

const twoTools: readonly ScriptedTurn[] = [
  {
    text: 'Both.',
    toolCalls: [
      { name: 'add', input: { a: 1, b: 2 } },
      { name: 'look', input: {} },
    ],
  },
  'Done.',
]

const observe = (
  turns: readonly ScriptedTurn[],
  options: TelemetryOptions & { tools?: Agent['tools']; model?: LanguageModel } = {},
) => {
  const { tools = { add, look }, model = scriptedModel(turns), ...rest } = options
  const tracing = createTracing()
  const plugin = telemetry({ tracer: tracing.tracer, meter: tracing.meter, ...rest })
  const agent = createAgent({ name: 'mason', description: 'Cuts stone.', model, tools, plugins: [plugin] })
  return { ...tracing, agent, plugin }
}

/** Everything the published conventions name, and the two metrics that came after them. */
const known = new Set<unknown>([
  ...Object.values(conventions),
  'gen_ai.invoke_agent.duration',
  'gen_ai.execute_tool.duration',
])

describe('a run with two tools', () => {
  it('is a tree of spans', async () => {
    const { agent, tree } = observe(twoTools)
    await agent.run('Go on.')
    expect(tree()).toBe(
      [
        'invoke_agent mason',
        '  step 1',
        '    chat scripted',
        '    execute_tool add',
        '    execute_tool look',
        '  step 2',
        '    chat scripted',
        '',
      ].join('\n'),
    )
  })

  it('uses the names of the conventions, and its own only where they have none', async () => {
    const { agent, spans, metricNames } = observe(twoTools, { costOf: () => 0.5, content: true })
    await agent.run('Go on.')
    const names = [...spans().flatMap(({ attributes }) => Object.keys(attributes)), ...(await metricNames())]
    expect(names.length).toBeGreaterThan(40)
    const unknown = names.filter((name) => !known.has(name))
    expect(unknown.filter((name) => !name.startsWith('ashlar.'))).toEqual([])
    expect([...new Set(unknown)].toSorted()).toEqual([
      'ashlar.client.operation.cost',
      'ashlar.cost.usd',
      'ashlar.run.end_reason',
      'ashlar.run.id',
      'ashlar.step',
    ])
    // The check itself can fail.
    expect(known.has('gen_ai.usage.tokens')).toBe(false)
  })

  it('says what each span is', async () => {
    const { agent, span } = observe(twoTools)
    const { runId } = await agent.run('Go on.')
    const run = span('invoke_agent mason')
    expect(run.kind).toBe(SpanKind.INTERNAL)
    expect(run.attributes).toEqual({
      'gen_ai.operation.name': conventions.GEN_AI_OPERATION_NAME_VALUE_INVOKE_AGENT,
      'gen_ai.provider.name': 'scripted',
      'gen_ai.agent.name': 'mason',
      'gen_ai.agent.description': 'Cuts stone.',
      'gen_ai.usage.input_tokens': 20,
      'gen_ai.usage.output_tokens': 10,
      'ashlar.run.id': runId,
      'ashlar.run.end_reason': 'done',
    })
    const chat = span('chat scripted')
    expect(chat.kind).toBe(SpanKind.CLIENT)
    expect(chat.attributes).toEqual({
      'gen_ai.operation.name': conventions.GEN_AI_OPERATION_NAME_VALUE_CHAT,
      'gen_ai.provider.name': 'scripted',
      'gen_ai.request.model': 'scripted',
      'gen_ai.response.model': 'scripted',
      'gen_ai.response.id': 'response_1',
      'gen_ai.response.finish_reasons': ['tool_call'],
      'gen_ai.usage.input_tokens': 10,
      'gen_ai.usage.output_tokens': 5,
    })
    const called = span('execute_tool add')
    expect(called.kind).toBe(SpanKind.INTERNAL)
    expect(called.attributes).toEqual({
      'gen_ai.operation.name': conventions.GEN_AI_OPERATION_NAME_VALUE_EXECUTE_TOOL,
      'gen_ai.tool.name': 'add',
      'gen_ai.tool.call.id': 'call_1',
      'gen_ai.tool.type': 'function',
      'gen_ai.tool.description': 'Adds two numbers.',
    })
    expect(span('step 1').attributes).toEqual({ 'ashlar.step': 1 })
    for (const each of [run, chat, called]) expect(each.status.code).toBe(SpanStatusCode.UNSET)
  })

  it('is measured', async () => {
    const costOf = () => 2_000_000_000n
    const { agent, points, span } = observe(twoTools, { costOf })
    for await (const _ of agent.run('Go on.'));
    const chat = {
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'scripted',
      'gen_ai.request.model': 'scripted',
    }
    const tokens = await points(conventions.METRIC_GEN_AI_CLIENT_TOKEN_USAGE)
    expect(tokens).toMatchObject([
      { attributes: { ...chat, 'gen_ai.token.type': 'input' }, count: 2, sum: 20 },
      { attributes: { ...chat, 'gen_ai.token.type': 'output' }, count: 2, sum: 10 },
    ])
    expect(tokens[0]?.buckets).toEqual([
      1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864,
    ])
    const answered = { ...chat, 'gen_ai.response.model': 'scripted' }
    const durations = await points(conventions.METRIC_GEN_AI_CLIENT_OPERATION_DURATION)
    expect(durations).toMatchObject([{ attributes: answered, count: 2 }])
    expect(durations[0]?.buckets).toEqual([
      0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92,
    ])
    expect(await points(conventions.METRIC_GEN_AI_CLIENT_OPERATION_TIME_TO_FIRST_CHUNK)).toMatchObject([
      { attributes: answered, count: 2 },
    ])
    expect(span('chat scripted').attributes).toMatchObject({
      'gen_ai.request.stream': true,
      'ashlar.cost.usd': 0.002,
    })
    expect(span('chat scripted').attributes).toHaveProperty([
      conventions.ATTR_GEN_AI_RESPONSE_TIME_TO_FIRST_CHUNK,
    ])
    expect(await points('ashlar.client.operation.cost')).toEqual([{ attributes: chat, count: 1, sum: 0.004 }])
    expect(span('invoke_agent mason').attributes['ashlar.cost.usd']).toBe(0.004)
    const agents = await points('gen_ai.invoke_agent.duration')
    expect(agents).toMatchObject([{ attributes: { 'gen_ai.agent.name': 'mason' }, count: 1 }])
    expect(await points('gen_ai.execute_tool.duration')).toMatchObject([
      {
        attributes: {
          'gen_ai.tool.name': 'add',
          'gen_ai.tool.type': 'function',
          'gen_ai.agent.name': 'mason',
        },
        count: 1,
      },
      { attributes: { 'gen_ai.tool.name': 'look' }, count: 1 },
    ])
  })

  it('never makes an id of a run or call a label', async () => {
    const { agent, points, metricNames } = observe(twoTools)
    const { runId } = await agent.run('Go on.')
    for (const name of await metricNames()) {
      const text = JSON.stringify(await points(name))
      expect(text).not.toContain(runId)
      expect(text).not.toContain('call_1')
    }
  })
})

describe('the context', () => {
  const inner = (tracer: ReturnType<typeof createTracing>['tracer'], name: string) => {
    tracer.startActiveSpan(name, (span) => span.end())
  }

  it('makes spans inside tools and models children of theirs, with tools side by side', async () => {
    const { tracer, tree, meter } = createTracing()
    const slow = tool({
      description: 'Takes its time.',
      input: { type: 'object', properties: { ms: { type: 'number' } }, required: ['ms'] },
      execute: async ({ ms }) => {
        await sleep(ms)
        await tracer.startActiveSpan(`worked ${ms}`, async (span) => {
          await sleep(ms)
          inner(tracer, `inside ${ms}`)
          span.end()
        })
        return 'done'
      },
    })
    const scripted = scriptedModel([
      {
        text: 'Two at once.',
        toolCalls: [
          { name: 'slow', input: { ms: 20 } },
          { name: 'slow', input: { ms: 5 } },
        ],
      },
      'Done.',
    ])
    const model: LanguageModel = {
      ...scripted,
      async *stream(request) {
        inner(tracer, 'http before')
        for await (const event of scripted.stream(request)) {
          await sleep(1)
          if (event.type === 'finish') inner(tracer, 'http after')
          yield event
        }
      },
    }
    const agent = createAgent({
      name: 'mason',
      model,
      tools: { slow },
      plugins: [telemetry({ tracer, meter })],
    })
    await tracer.startActiveSpan('request', async (span) => {
      for await (const event of agent.run('Go on.')) if (event.type === 'step-end') inner(tracer, 'reader')
      span.end()
    })
    expect(tree()).toBe(
      [
        'request',
        '  invoke_agent mason',
        '    step 1',
        '      chat scripted',
        '        http before',
        '        http after',
        '      execute_tool slow',
        '        worked 20',
        '          inside 20',
        '      execute_tool slow',
        '        worked 5',
        '          inside 5',
        '    step 2',
        '      chat scripted',
        '        http before',
        '        http after',
        '  reader',
        '  reader',
        '',
      ].join('\n'),
    )
  })

  it('leaves nothing behind', async () => {
    const { agent } = observe(twoTools)
    for await (const _ of agent.run('Go on.')) expect(trace.getActiveSpan()).toBeUndefined()
    expect(trace.getActiveSpan()).toBeUndefined()
  })
})

describe('sub-agents', () => {
  const family = (ask: (sub: Agent) => ReturnType<typeof tool>) => {
    const tracing = createTracing()
    const plugins = [telemetry({ tracer: tracing.tracer, meter: tracing.meter })]
    const child = createAgent({ name: 'child', model: scriptedModel(() => 'Yes.'), plugins })
    const turns = [
      {
        toolCalls: [
          { name: 'ask', input: {} },
          { name: 'ask', input: {} },
        ],
      },
      'Done.',
    ]
    const parent = createAgent({
      name: 'parent',
      model: scriptedModel(turns),
      tools: { ask: ask(child) },
      plugins,
    })
    return { ...tracing, parent }
  }
  const below = [
    '    execute_tool ask',
    '      invoke_agent child',
    '        step 1',
    '          chat scripted',
  ]
  const wanted = [
    'invoke_agent parent',
    '  step 1',
    '    chat scripted',
    ...below,
    ...below,
    '  step 2',
    '    chat scripted',
    '',
  ].join('\n')

  it('are children of the call that runs them', async () => {
    const { parent, tree, points } = family((child) =>
      tool({
        description: 'Asks.',
        execute: async (_, { run }) => (await child.run('Well?', { parent: run })).text,
      }),
    )
    await parent.run('Go on.')
    expect(tree()).toBe(wanted)
    const tokens = await points('gen_ai.client.token.usage')
    expect(tokens.map(({ count, sum }) => [count, sum])).toEqual([
      [4, 40],
      [4, 20],
    ])
  })

  it('are found by their run path where the context got lost', async () => {
    const { parent, tree } = family((child) =>
      tool({
        description: 'Asks.',
        execute: (_, { run }) =>
          context.with(
            trace.deleteSpan(context.active()),
            async () => (await child.run('Well?', { parent: run })).text,
          ),
      }),
    )
    await parent.run('Go on.')
    expect(tree()).toBe(wanted)
  })

  it('are not, without their parent: the check can fail', async () => {
    const { parent, tree } = family((child) =>
      tool({
        description: 'Asks.',
        execute: () =>
          context.with(trace.deleteSpan(context.active()), async () => (await child.run('Well?')).text),
      }),
    )
    await parent.run('Go on.')
    expect(tree()).not.toBe(wanted)
    expect(tree()).toMatch(/^invoke_agent child$/m)
  })

  it('are children of a span that a tool made around them', async () => {
    const tracing = createTracing()
    const plugins = [telemetry({ tracer: tracing.tracer, meter: tracing.meter })]
    const child = createAgent({ name: 'child', model: scriptedModel(() => 'Yes.'), plugins })
    const ask = tool({
      description: 'Asks.',
      execute: (_, { run }) =>
        tracing.tracer.startActiveSpan('prepared', async (span) => {
          const { text } = await child.run('Well?', { parent: run })
          span.end()
          return text
        }),
    })
    const turns = [{ toolCalls: [{ name: 'ask', input: {} }] }, 'Done.']
    await createAgent({ name: 'parent', model: scriptedModel(turns), tools: { ask }, plugins }).run('Go on.')
    expect(tracing.tree()).toContain('    execute_tool ask\n      prepared\n        invoke_agent child\n')
  })
})

describe('failures', () => {
  it('of a model end with a status and a type, on all that they end', async () => {
    const error = new ModelError('quoted prompt', {
      kind: 'rate-limit',
      provider: 'p',
      modelId: 'm',
      status: 429,
      requestId: 'req_1',
    })
    const { agent, span, points } = observe([{ text: 'Hal', error, errorAfter: 1 }])
    expect(await agent.run('Go on.').catch((thrown: unknown) => thrown)).toBe(error)
    for (const name of ['chat scripted', 'step 1', 'invoke_agent mason']) {
      expect([name, span(name).status.code]).toEqual([name, SpanStatusCode.ERROR])
      expect(span(name).attributes['error.type']).toBe('rate-limit')
      expect(JSON.stringify(span(name).status)).not.toContain('quoted')
    }
    expect(span('chat scripted').status.message).toBe('HTTP 429')
    expect(span('chat scripted').attributes).toMatchObject({
      'ashlar.response.request_id': 'req_1',
      'gen_ai.response.finish_reasons': ['error'],
      // What had arrived before is billed.
      'gen_ai.usage.input_tokens': 10,
      'ashlar.usage.estimated': true,
    })
    expect(await points('gen_ai.client.operation.duration')).toMatchObject([
      { attributes: { 'error.type': 'rate-limit' }, count: 1 },
    ])
    expect(await points('gen_ai.invoke_agent.duration')).toMatchObject([
      { attributes: { 'error.type': 'rate-limit' } },
    ])
    expect(await points('gen_ai.client.token.usage')).toMatchObject([{ sum: 10 }, { sum: 5 }])
  })

  it('of a tool are the tool’s alone', async () => {
    const look = tool({
      description: 'Fails.',
      execute: async () => {
        throw new TypeError('a secret reason')
      },
    })
    const { agent, span, spans, points } = observe([{ toolCalls: [{ name: 'look', input: {} }] }, 'Oh.'], {
      tools: { look },
    })
    await agent.run('Go on.')
    expect(span('execute_tool look').status).toEqual({ code: SpanStatusCode.ERROR })
    expect(span('execute_tool look').attributes['error.type']).toBe('tool-error')
    expect(span('invoke_agent mason').status.code).toBe(SpanStatusCode.UNSET)
    expect(
      JSON.stringify(spans().map(({ attributes, events, status }) => [attributes, events, status])),
    ).not.toContain('secret')
    expect(await points('gen_ai.execute_tool.duration')).toMatchObject([
      { attributes: { 'error.type': 'tool-error' } },
    ])
  })

  it('of costOf fail nothing, and cost nothing', async () => {
    const costOf = (): number => {
      throw new Error('no price')
    }
    const { agent, points, span } = observe(['Done.'], { costOf })
    await agent.run('Go on.')
    expect(await points('ashlar.client.operation.cost')).toEqual([])
    expect(span('chat scripted').attributes).not.toHaveProperty(['ashlar.cost.usd'])
  })

  it('in an agent without a model’s finish have a name', async () => {
    const model: LanguageModel = { provider: 'odd', modelId: 'odd', async *stream() {} }
    const { agent, span } = observe([], { model })
    await expect(agent.run('Go on.')).rejects.toThrow('finish')
    expect(span('chat odd').attributes['error.type']).toBe('no-finish')
    expect(span('invoke_agent mason').attributes['error.type']).toBe('no-finish')
  })
})

describe('aborts', () => {
  it('by a signal end every span, with what was used', async () => {
    const controller = new AbortController()
    const { agent, spans, points } = observe([{ text: 'A long answer', deltaSize: 2, deltaDelayMs: 5 }])
    const run = agent.run('Go on.', { signal: controller.signal })
    const reading = async () => {
      for await (const event of run) if (event.type === 'text-delta') controller.abort(new Error('enough'))
    }
    await expect(reading()).rejects.toThrow('enough')
    await run.catch(() => {})
    expect(spans().map((span) => [span.name, span.attributes['error.type']])).toEqual([
      ['chat scripted', 'aborted'],
      ['step 1', 'aborted'],
      ['invoke_agent mason', 'aborted'],
    ])
    expect(await points('gen_ai.client.token.usage')).toMatchObject([{ sum: 10 }, { sum: 5 }])
  })

  it('by leaving do the same', async () => {
    const { agent, spans } = observe([{ text: 'A long answer', deltaSize: 2 }])
    for await (const event of agent.run('Go on.')) if (event.type === 'text-delta') break
    expect(spans().map((span) => [span.name, span.attributes['error.type']])).toEqual([
      ['chat scripted', 'aborted'],
      ['step 1', 'aborted'],
      ['invoke_agent mason', 'aborted'],
    ])
  })

  it('of a model that ignores them end every span all the same', async () => {
    const controller = new AbortController()
    const model: LanguageModel = {
      provider: 'deaf',
      modelId: 'deaf',
      async *stream() {
        yield { type: 'text-delta', text: 'Hm' }
        await new Promise(() => undefined)
      },
    }
    const { agent, spans } = observe([], { model })
    const run = agent.run('Go on.', { signal: controller.signal })
    setTimeout(() => controller.abort(), 10)
    await expect(run).rejects.toThrow('aborted')
    for (let waited = 0; spans().length < 3 && waited < 5000; waited += 50) await sleep(50)
    expect(spans().map((span) => [span.name, span.attributes['error.type']])).toEqual([
      ['chat deaf', 'aborted'],
      ['step 1', 'aborted'],
      ['invoke_agent mason', 'aborted'],
    ])
    expect(getEventListeners(controller.signal, 'abort')).toEqual([])
  })

  it('by a time limit are timeouts, in a tool as well', async () => {
    const look = tool({
      description: 'Sleeps.',
      execute: async (_, { signal }) => sleep(60_000, '', { signal }),
    })
    const { agent, span } = observe([{ toolCalls: [{ name: 'look', input: {} }] }], { tools: { look } })
    await agent.run('Go on.', { signal: AbortSignal.timeout(20) }).catch(() => {})
    expect(span('execute_tool look').attributes['error.type']).toBe('timeout')
    expect(span('invoke_agent mason').attributes['error.type']).toBe('timeout')
  })
})

describe('a resumed run', () => {
  it('counts what it used itself, and shows the calls that it ran first', async () => {
    const asked = tool({ description: 'Asks the person.' })
    const { agent, spans, tree } = observe([{ toolCalls: [{ name: 'asked', input: {} }] }, 'Done.'], {
      tools: { asked },
    })
    const paused = await agent.run('Go on.')
    expect(paused.reason).toBe('paused')
    expect(spans().find(({ name }) => name === 'execute_tool asked')?.attributes['ashlar.tool.pending']).toBe(
      true,
    )
    const callId = paused.pending[0]?.callId ?? ''
    const answer = { type: 'tool-result', callId, name: 'asked', output: 'yes' } as const
    const messages: Message[] = [...paused.messages, { role: 'tool', content: [answer] }]
    await agent.run({ ...paused, messages })
    const second = spans().at(-1)
    expect(second?.attributes).toMatchObject({
      'gen_ai.usage.input_tokens': 10,
      'ashlar.run.end_reason': 'done',
    })
    expect(tree()).toMatch(/invoke_agent mason\n {2}step 2\n {4}chat scripted\n$/)
  })
})

describe('options', () => {
  it('add attributes to the span of a run, and to no metric', async () => {
    const { agent, span, points } = observe(['Done.'], {
      attributes: ({ runId }) => ({ 'gen_ai.conversation.id': `c-${runId}` }),
    })
    const { runId } = await agent.run('Go on.')
    expect(span('invoke_agent mason').attributes['gen_ai.conversation.id']).toBe(`c-${runId}`)
    expect(JSON.stringify(await points('gen_ai.invoke_agent.duration'))).not.toContain('conversation')
  })

  it.each([
    [{ tracer: 1 }, /tracer/],
    [{ meter: {} }, /meter/],
    [{ costOf: 3 }, /costOf/],
    [{ content: 'yes' }, /content/],
    [{ content: { redact: 1 } }, /content.redact/],
    [{ content: { maxTextLength: -1 } }, /maxTextLength/],
    [{ content: { other: 1 } }, /other/],
    [{ trace: true }, /trace/],
  ])('refuses %j', (options, message) => {
    const make = (): unknown => Reflect.apply(telemetry, undefined, [options])
    expect(make).toThrow(InvalidArgument)
    expect(make).toThrow(message)
  })

  it('take the global providers, which do nothing until there are some', async () => {
    const agent = createAgent({ model: scriptedModel(['Done.']), plugins: [telemetry()] })
    expect((await agent.run({ messages: [userText('Go on.')] })).text).toBe('Done.')
  })
})

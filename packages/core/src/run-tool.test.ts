import { scriptedModel } from '@ashlar/testing'
import { describe, expect, it } from 'vitest'
import { type AgentEvent, createAgent, type Message, tool, toolContent, type ToolContext } from './index.ts'

const turn = (name: string, input: unknown = {}) => ({ toolCalls: [{ name, input, callId: 'c1' }] })
const resultOf = (messages: readonly Message[]) =>
  messages.flatMap((message) => (message.role === 'tool' ? message.content : []))[0]

describe('a tool call', () => {
  it('times out by its own limit, aborts its signal, and tells the model', async () => {
    let aborted = false
    const slow = tool({
      description: 'never answers',
      timeoutMs: 20,
      execute: (_, { signal }) =>
        new Promise(() => signal.addEventListener('abort', () => (aborted = true), { once: true })),
    })
    const result = await createAgent({ model: scriptedModel([turn('slow'), 'ok']), tools: { slow } }).run('?')
    expect(resultOf(result.messages)).toMatchObject({ output: 'Timed out after 20 ms', isError: true })
    expect(aborted).toBe(true)
  })

  it('times out by the limit of the agent', async () => {
    const slow = tool({ description: 'never answers', execute: () => new Promise(() => {}) })
    const agent = createAgent({
      model: scriptedModel([turn('slow'), 'ok']),
      tools: { slow },
      limits: { toolTimeoutMs: 15 },
    })
    expect(resultOf((await agent.run('?')).messages)?.output).toBe('Timed out after 15 ms')
  })

  it('gives text, JSON, nothing and media to the model', async () => {
    const give = async (value: unknown) => {
      const t = tool({ description: 'gives', execute: () => value })
      const result = await createAgent({ model: scriptedModel([turn('t'), 'ok']), tools: { t } }).run('?')
      return resultOf(result.messages)
    }
    expect(await give('plain')).toMatchObject({ output: 'plain' })
    expect(await give({ a: [1] })).toMatchObject({ output: '{"a":[1]}' })
    expect(await give(undefined)).toMatchObject({ output: 'null' })
    const image = { type: 'image' as const, data: 'aGk=', mediaType: 'image/png' }
    expect(await give(toolContent('a chart', [image]))).toMatchObject({ output: 'a chart', content: [image] })
    const circular: Record<string, unknown> = {}
    circular['self'] = circular
    expect(await give(circular)).toMatchObject({ isError: true, output: expect.stringContaining('circular') })
  })

  it('checks what it returns against its output schema', async () => {
    const lies = tool({ description: 'lies', output: { type: 'number' }, execute: () => 'one' })
    const result = await createAgent({ model: scriptedModel([turn('lies'), 'ok']), tools: { lies } }).run('?')
    expect(resultOf(result.messages)).toMatchObject({
      isError: true,
      output: expect.stringContaining('expected number'),
    })
  })

  it('tells the model of whatever it throws', async () => {
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    const odd = { __proto__: null }
    for (const thrown of [
      odd,
      proxy,
      Object.assign(Object.create(null), { message: 'bare' }),
      null,
      Symbol('s'),
    ]) {
      const fail = (): never => {
        throw thrown
      }
      for (const execute of [fail, async () => fail()]) {
        const t = tool({ description: 'throws', execute })
        const result = await createAgent({ model: scriptedModel([turn('t'), 'ok']), tools: { t } }).run('?')
        expect(resultOf(result.messages)).toMatchObject({ isError: true, output: expect.stringMatching(/./) })
      }
    }
    const named = tool({ description: 'throws', execute: () => Promise.reject({ message: 'no disk' }) })
    const agent = createAgent({ model: scriptedModel([turn('named'), 'ok']), tools: { named } })
    expect(resultOf((await agent.run('?')).messages)?.output).toBe('no disk')
  })

  it('survives a schema that throws', async () => {
    const odd = tool({
      description: 'odd',
      input: {
        '~standard': {
          version: 1,
          vendor: 'odd',
          validate: () => {
            throw new Error('schema broke')
          },
        },
      },
      jsonSchema: { type: 'object' },
      execute: () => 'unreached',
    })
    const result = await createAgent({ model: scriptedModel([turn('odd'), 'ok']), tools: { odd } }).run('?')
    expect(resultOf(result.messages)).toMatchObject({
      isError: true,
      output: expect.stringContaining('schema broke'),
    })
  })

  it('survives a schema that never answers, within the time of the tool', async () => {
    const hanging = tool({
      description: 'hangs',
      input: { '~standard': { version: 1, vendor: 'odd', validate: () => new Promise(() => {}) } },
      jsonSchema: { type: 'object' },
      timeoutMs: 10,
      execute: () => 'unreached',
    })
    const agent = createAgent({ model: scriptedModel([turn('hanging'), 'ok']), tools: { hanging } })
    expect(resultOf((await agent.run('?')).messages)).toMatchObject({
      isError: true,
      output: expect.stringContaining('Timed out after 10 ms'),
    })
  })

  it('is given its ids, reports progress, and starts children on a path of its own', async () => {
    let seen: ToolContext | undefined
    const ids: string[] = []
    const sub = createAgent({ name: 'sub', model: scriptedModel(() => 'from below') })
    const ask = tool({
      description: 'asks',
      execute: async (_, context) => {
        seen = context
        context.report({ at: 1 })
        // Never used, so it is nobody's.
        sub.run('?', { parent: context.run })
        ids.push((await sub.run('?', { parent: context.run })).runId)
        ids.push((await sub.run('?', { parent: context.run })).runId)
        const known = sub.run('?', { parent: context.run })
        ids.push(known.runId, (await known).runId)
        return 'done'
      },
    })
    const agent = createAgent({ model: scriptedModel([turn('ask'), 'ok']), tools: { ask } })
    const events: AgentEvent[] = []
    for await (const event of agent.run('?', { runId: 'root' })) events.push(event)
    expect(seen).toMatchObject({ callId: 'c1', idempotencyKey: 'root/1/c1' })
    expect(seen?.run.state.steps).toBe(2)
    expect(seen?.run).toMatchObject({ runId: 'root', agent: { name: 'agent' } })
    expect(ids).toEqual(['root/c1', 'root/c1:2', 'root/c1:3', 'root/c1:3'])
    expect(events).toContainEqual({ type: 'tool-progress', callId: 'c1', update: { at: 1 } })
  })

  it('stops a child when the parent is aborted', async () => {
    const controller = new AbortController()
    let below: unknown
    const sub = createAgent({ model: scriptedModel([{ text: 'late', delayMs: 10_000 }]) })
    const ask = tool({
      description: 'asks',
      execute: async (_, { run }) => {
        setTimeout(() => controller.abort(new Error('enough')), 5)
        return sub.run('?', { parent: run }).catch((error: unknown) => (below = error))
      },
    })
    const agent = createAgent({ model: scriptedModel([turn('ask'), 'ok']), tools: { ask } })
    await expect(agent.run('?', { signal: controller.signal })).rejects.toMatchObject({ code: 'run-aborted' })
    await new Promise((resolve) => setTimeout(resolve, 10))
    expect(below).toMatchObject({ code: 'run-aborted' })
  })
})

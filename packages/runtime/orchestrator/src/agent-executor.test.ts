import { approval, InvalidArgument, ModelError, tool, userText } from '@ashlar/core'
import { fakeClock, scriptedModel } from '@ashlar/testing'
import { describe, expect, it } from 'vitest'
import { createAgentExecutor } from './agent-executor.ts'
import { agentWork } from './agent-work.ts'
import { defineGraph } from './define-graph.ts'
import { ExecutionFailed } from './execution-failed.ts'
import type { AgentExecutorConfig } from './executor-config.ts'
import { runGraph } from './run-graph.ts'

const add = tool({
  description: 'Adds',
  input: { type: 'object', properties: { a: { type: 'number' } }, required: ['a'] } as const,
  execute: ({ a }: { a: number }) => a + 1,
})
const secret = tool({ description: 'Not for all', input: { type: 'object' }, execute: () => 'secret' })

const call = (name: string, input: unknown, callId = 'c1') => ({ toolCalls: [{ callId, name, input }] })

type Turns = Parameters<typeof scriptedModel>[0]

const executorOf = (turns: Turns, config: Partial<AgentExecutorConfig> = {}) => {
  const model = scriptedModel(turns)
  const asked: string[] = []
  const executor = createAgentExecutor({
    models: (name) => {
      asked.push(name)
      return model
    },
    defaultProvider: 'acme',
    defaultModel: 'small',
    agents: { adder: { tools: ['add'], instructions: 'Add.' }, idle: {} },
    tools: { add, secret },
    ...config,
  })
  return { executor, model, asked }
}

const task = { id: 't1', input: 'What is 1 + 1?' }

describe('createAgentExecutor', () => {
  it('runs a task to its result, with exactly the fields there are', async () => {
    const { executor, asked } = executorOf([call('add', { a: 1 }), 'It is 2.'])
    const result = await executor.execute({ agentId: 'adder', task })
    expect(Object.keys(result)).toEqual([
      'taskId',
      'agentId',
      'success',
      'output',
      'messages',
      'toolCalls',
      'usage',
      'durationMs',
    ])
    expect(result).toMatchObject({
      taskId: 't1',
      agentId: 'adder',
      success: true,
      output: 'It is 2.',
      toolCalls: [{ callId: 'c1', name: 'add', input: { a: 1 }, result: { output: '2' } }],
    })
    expect(result.messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool', 'assistant'])
    expect(result.usage.inputTokens).toBeGreaterThan(0)
    expect(JSON.parse(JSON.stringify(result))).toEqual(result)
    expect(asked).toEqual(['acme/small'])
  })

  it('takes the model of the task, of the agent, or the default', async () => {
    const { executor, asked } = executorOf(() => 'ok', { agents: { own: { model: 'big' }, other: {} } })
    await executor.execute({ agentId: 'own', task: { ...task, model: 'else/huge' } })
    await executor.execute({ agentId: 'own', task })
    await executor.execute({ agentId: 'other', task })
    expect(asked).toEqual(['else/huge', 'acme/big', 'acme/small'])
  })

  it('gives an agent only the tools that it is allowed', async () => {
    const { executor, model } = executorOf(() => 'ok')
    await executor.execute({ agentId: 'adder', task })
    await executor.execute({ agentId: 'adder', task, tools: [] })
    expect(model.requests.map(({ tools = [] }) => tools.map(({ name }) => name))).toEqual([['add'], []])
    const refused = await executor.execute({ agentId: 'adder', task, tools: ['add', 'secret'] })
    expect(refused).toMatchObject({ success: false, error: { code: 'forbidden-tool' } })
    expect(refused.error?.message).toBe('Agent "adder" is not allowed secret')
    expect(model.requests).toHaveLength(2)
  })

  it('a tool that is not offered is refused even when the model calls it', async () => {
    const { executor } = executorOf([call('secret', {}), 'I could not.'])
    const { toolCalls } = await executor.execute({ agentId: 'adder', task })
    expect(toolCalls[0]?.result?.isError).toBe(true)
  })

  it('knows its agents', async () => {
    const { executor } = executorOf([])
    const { error } = await executor.execute({ agentId: 'nobody', task })
    expect(error).toMatchObject({ code: 'unknown-agent', retryable: false })
  })

  it('stops after as many model calls as the task, or the configuration, allows', async () => {
    let n = 0
    const again = () => call('add', { a: n }, `c${n++}`)
    const { executor } = executorOf(again, { maxIterations: 3 })
    const three = await executor.execute({ agentId: 'adder', task })
    expect(three.error).toMatchObject({
      code: 'iterations',
      message: 'Task "t1" was not done after 3 model calls',
    })
    expect(three.toolCalls.length).toBeGreaterThan(0)
    const one = await executor.execute({ agentId: 'adder', task: { ...task, maxIterations: 1 } })
    expect(one.error?.message).toContain('after 1 model calls')
  })

  it('sees that an agent goes in circles', async () => {
    let n = 0
    const { executor } = executorOf(() => call('add', { a: 1 }, `c${n++}`))
    expect((await executor.execute({ agentId: 'adder', task })).error?.code).toBe('doom-loop')
  })

  it('stops at its timeout, and keeps the transcript', async () => {
    const clock = fakeClock(Date.now())
    const { executor } = executorOf([call('add', { a: 1 }), { text: 'late', delayMs: 60_000 }], {
      clock,
      executionTimeoutMs: 1_000,
    })
    const running = executor.execute({ agentId: 'adder', task })
    await clock.advance(100)
    await new Promise((resolve) => setTimeout(resolve, 20))
    await clock.advance(1_000)
    const result = await running
    expect(result.error).toMatchObject({ code: 'timeout', retryable: true })
    expect(result.messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool'])
    expect(result.durationMs).toBe(1_000)
  })

  it('keeps the transcript when the model fails, and says what it said', async () => {
    const failure = new ModelError('Too many', {
      kind: 'rate-limit',
      provider: 'acme',
      modelId: 'm',
      retryAfterMs: 70,
    })
    const { executor } = executorOf([call('add', { a: 1 }), { error: failure }])
    const result = await executor.execute({ agentId: 'adder', task })
    expect(result.error).toEqual({
      code: 'rate-limit',
      name: 'ModelError',
      message: 'Too many',
      retryable: true,
      retryAfterMs: 70,
    })
    expect(result.messages).toHaveLength(3)
    expect(result.usage.inputTokens).toBeGreaterThan(0)
  })

  it('ends when it is cancelled', async () => {
    const controller = new AbortController()
    const { executor } = executorOf(() => ({ text: 'late', delayMs: 60_000 }))
    const running = executor.execute({ agentId: 'idle', task }, { signal: controller.signal })
    setTimeout(() => controller.abort(new Error('enough')), 10)
    expect((await running).error).toMatchObject({ code: 'cancelled', retryable: false })
    const before = await executor.execute({ agentId: 'idle', task }, { signal: AbortSignal.abort() })
    expect(before.error?.code).toBe('cancelled')
  })

  it('waits for an approval, and goes on from there', async () => {
    const { executor } = executorOf([call('add', { a: 1 }), '2'], {
      plugins: () => [approval({ when: () => true })],
    })
    const paused = await executor.execute({ agentId: 'adder', task })
    expect(paused.error).toMatchObject({ code: 'paused', message: 'Task "t1" waits for an approval of add' })
    const { messages } = paused
    const done = await executor.execute({ agentId: 'adder', task, messages }, { approvals: { c1: true } })
    expect(done).toMatchObject({ success: true, output: '2' })
  })

  it('goes on from messages', async () => {
    const { executor, model } = executorOf(() => 'ok')
    const said = { role: 'assistant', content: [{ type: 'text', text: 'hello' }] } as const
    await executor.execute({
      agentId: 'idle',
      task,
      messages: [userText('hi'), { ...said, content: [...said.content] }],
    })
    expect(model.requests[0]?.messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'user'])
  })

  it.each([
    [{ defaultModel: '' }, 'defaultModel'],
    [{ agents: {} }, 'agents'],
    [{ agents: { a: { tools: ['nothing'] } } }, 'agents.a.tools'],
    [{ maxIterations: 0 }, 'maxIterations'],
    [{ executionTimeoutMs: -1 }, 'executionTimeoutMs'],
  ])('refuses %j', (config, name) => {
    expect(() => executorOf([], config)).toThrow(InvalidArgument)
    expect(() => executorOf([], config)).toThrow(name)
  })

  it('refuses a wrong context', async () => {
    const { executor } = executorOf([])
    await expect(executor.execute({ agentId: 'adder', task: { id: '', input: '' } })).rejects.toThrow(
      'context.task.id',
    )
  })
})

describe('agentWork', () => {
  const graph = defineGraph([
    { id: 'find', agentId: 'idle', input: 'Find it', retry: { attempts: 2, baseMs: 0 } },
    { id: 'tell', agentId: 'idle', input: 'Tell it', dependsOn: ['find'] },
  ])
  it('gives what was found to what comes after', async () => {
    const { executor, model } = executorOf(['gold', 'told'])
    const { state, outcomes } = await runGraph(graph, agentWork(executor)).result
    expect(state).toBe('success')
    expect(outcomes.get('tell')?.output?.output).toBe('told')
    const [, second] = model.requests
    expect(JSON.stringify(second?.messages)).toContain('<result task=\\"find\\">\\ngold\\n</result>')
  })
  it('a result without success fails the task, with the whole result', async () => {
    const bad = () => ({
      error: new ModelError('Broken', { kind: 'overloaded', provider: 'p', modelId: 'm' }),
    })
    const { executor, model } = executorOf(bad)
    const { state, outcomes } = await runGraph(graph, agentWork(executor)).result
    expect([state, model.requests.length]).toEqual(['failed', 2])
    const { error } = outcomes.get('find') ?? {}
    expect(ExecutionFailed.isInstance(error) && error.result.messages).toHaveLength(1)
    expect(outcomes.get('tell')?.state).toBe('upstream_failed')
  })
})

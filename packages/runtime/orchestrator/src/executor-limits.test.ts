import { setTimeout as sleep } from 'node:timers/promises'
import { InvalidArgument, type LanguageModel, ModelError, type ModelRequest, tool } from '@ashlar/core'
import { budget, memoryLedger } from '@ashlar/cost'
import { fakeClock, scriptedModel } from '@ashlar/testing'
import { describe, expect, it } from 'vitest'
import { createAgentExecutor } from './agent-executor.ts'
import { type AgentGraphTask, agentWork } from './agent-work.ts'
import { defineGraph } from './define-graph.ts'
import { ExecutionFailed } from './execution-failed.ts'
import type { AgentTask } from './execution.ts'
import type { AgentExecutorConfig } from './executor-config.ts'
import type { GraphResult } from './graph-run.ts'
import { graphOf } from './plan.ts'
import { runGraph } from './run-graph.ts'

/** A deadline is a time of day, and models look at that. */
const start = Date.now() + 3_600_000
const task = { id: 't', input: 'Go' }
const call = (name: string, callId: string) => ({ callId, name, input: {} })

const executorOf = (model: LanguageModel, config: Partial<AgentExecutorConfig> = {}) =>
  createAgentExecutor({
    models: () => model,
    defaultModel: 'm',
    agents: { agent: { tools: Object.keys(config.tools ?? {}) } },
    ...config,
  })

const never = (): Promise<never> => new Promise(() => {})
/** A model that hears of nothing. */
const deaf = (onAsked = (): void => {}): LanguageModel => ({
  provider: 'p',
  modelId: 'deaf',
  stream: () => ({ [Symbol.asyncIterator]: () => ({ next: () => (onAsked(), never()) }) }),
})
const deafModel = deaf()

/** Lets time pass, of the clock and of the machine. */
const pass = async (clock: ReturnType<typeof fakeClock>, milliseconds: number): Promise<void> => {
  await sleep(50)
  await clock.advance(milliseconds)
}

describe('the time of an execution', () => {
  it('includes the search for its model', async () => {
    const clock = fakeClock(start)
    const running = executorOf(deafModel, {
      models: never,
      clock,
      executionTimeoutMs: 1_000,
    }).execute({ agentId: 'agent', task })
    await pass(clock, 1_000)
    await clock.advance(100)
    expect(await running).toMatchObject({ success: false, durationMs: 1_100, error: { code: 'timeout' } })
  })

  it('ends a little after the limit though the model does not listen', async () => {
    const clock = fakeClock(start)
    const settings = { clock, executionTimeoutMs: 1_000, graceMs: 20 }
    const asked = Promise.withResolvers<void>()
    const running = executorOf(deaf(asked.resolve), settings).execute({ agentId: 'agent', task })
    await asked.promise
    await pass(clock, 1_000)
    await clock.advance(20)
    expect(await running).toMatchObject({ durationMs: 1_020, error: { code: 'timeout' } })
    expect(clock.pending).toBe(0)
  })

  it('ends likewise when it is cancelled', async () => {
    const clock = fakeClock(start)
    const controller = new AbortController()
    const { signal } = controller
    const running = executorOf(deafModel, { clock }).execute({ agentId: 'agent', task }, { signal })
    await sleep(50)
    controller.abort(new Error('enough'))
    await pass(clock, 100)
    const { error } = await running
    expect(error).toMatchObject({ code: 'cancelled', message: 'The run was aborted: enough' })
  })

  it('over in a tool, leaves no call open: what was under way is told', async () => {
    const clock = fakeClock(start)
    const tools = {
      quick: tool({ description: 'Quick', input: { type: 'object' }, execute: () => 'quick result' }),
      slow: tool({ description: 'Slow', input: { type: 'object' }, execute: never }),
    }
    const model = scriptedModel([{ toolCalls: [call('quick', 'q'), call('slow', 's')] }])
    const running = executorOf(model, { tools, clock, executionTimeoutMs: 1_000 }).execute({
      agentId: 'agent',
      task,
    })
    await expect.poll(() => model.requests.length).toBe(1)
    await pass(clock, 1_000)
    await pass(clock, 100)
    const { messages, toolCalls, error } = await running
    expect(error?.code).toBe('timeout')
    expect(toolCalls).toMatchObject([
      { callId: 'q', result: { output: 'quick result' } },
      { callId: 's', result: { isError: true } },
    ])
    expect(messages.at(-1)).toMatchObject({
      role: 'tool',
      content: [
        { callId: 'q', output: 'quick result' },
        { callId: 's', isError: true },
      ],
    })
    expect(toolCalls[1]?.result?.output).toBe(
      'Not finished: Task "t" took longer than 1000 ms. Its effect may or may not have happened.',
    )
  })

  it('is the deadline of its model calls', async () => {
    const clock = fakeClock(start)
    const model = scriptedModel(['ok', 'ok'])
    const executor = executorOf(model, { clock, executionTimeoutMs: 60_000 })
    await executor.execute({ agentId: 'agent', task })
    await executor.execute({ agentId: 'agent', task: { ...task, timeoutMs: 5_000 } })
    expect(model.requests.map(({ deadline }: ModelRequest) => deadline)).toEqual([
      start + 60_000,
      start + 5_000,
    ])
  })
})

const picoPerToken = 1_000_000n

/** A millionth of a dollar a token; a call may take 20 of them. */
const pricing: Parameters<typeof budget>[0]['pricing'] = () => ({
  most: 20n * picoPerToken,
  costOf: ({ inputTokens, outputTokens }) => ({
    pico: BigInt(inputTokens + outputTokens) * picoPerToken,
    priceSource: 'test',
    priceVersion: '1',
  }),
})

describe('the budget of a task', () => {
  const again = () => {
    let n = 0
    const tools = {
      look: tool({ description: 'Looks', input: { type: 'object' }, execute: () => `seen ${n}` }),
    }
    const model = scriptedModel(() => ({ toolCalls: [call('look', `c${n++}`)] }))
    return { model, tools }
  }

  it('is in tokens, with an error of its own', async () => {
    const { model, tools } = again()
    const executor = executorOf(model, { tools, maxTokens: 100 })
    const { error, usage } = await executor.execute({ agentId: 'agent', task: { ...task, maxTokens: 60 } })
    expect(error).toMatchObject({
      code: 'tokens',
      message: 'Task "t" used all of the 60 tokens that it may',
      retryable: false,
    })
    expect(usage.inputTokens + usage.outputTokens).toBeLessThan(100)
    const more = await executor.execute({ agentId: 'agent', task })
    expect(more.error?.message).toContain('100 tokens')
  })

  it('is in money, by a budget of @ashlar/cost', async () => {
    const { model, tools } = again()
    const executor = executorOf(model, { tools, budget: (usd) => budget({ usd, pricing }) })
    const tasks = defineGraph([{ id: 'a', agentId: 'agent', input: 'Go', maxUsd: 0.000_01 }])
    const { outcomes } = await runGraph(tasks, agentWork(executor)).result
    const { error } = outcomes.get('a') ?? {}
    expect(ExecutionFailed.isInstance(error) && error.result.error).toMatchObject({
      code: 'budget-exceeded',
      name: 'BudgetExceeded',
    })
    expect(model.requests).toHaveLength(0)
  })

  describe('in money', () => {
    const overloaded = new ModelError('busy', { kind: 'overloaded', provider: 'p', modelId: 'm' })
    /** Each try spends 15 millionths of a dollar, and then fails. */
    const failing = () => {
      const tools = { look: tool({ description: 'Looks', input: { type: 'object' }, execute: () => 'seen' }) }
      const model = scriptedModel(({ messages: { length } }) =>
        length === 1 ? { toolCalls: [call('look', 'c')] } : { error: overloaded },
      )
      return { model, tools }
    }
    const graph = defineGraph([
      { id: 'a', agentId: 'agent', input: 'Go', maxUsd: 0.000_05, retry: { attempts: 5, baseMs: 0 } },
    ])
    const codeOf = ({ outcomes }: GraphResult): string | undefined => {
      const { error } = outcomes.get('a') ?? {}
      return ExecutionFailed.isInstance(error) ? error.result.error?.code : undefined
    }

    it('is one for all tries of a task, and for each run another', async () => {
      const { model, tools } = failing()
      const executor = executorOf(model, { tools, budget: (usd) => budget({ usd, pricing }) })
      expect(codeOf(await runGraph(graph, agentWork(executor)).result)).toBe('budget-exceeded')
      // Two tries with two calls each; the third is refused its second.
      expect(model.requests).toHaveLength(5)
      await runGraph(graph, agentWork(executor)).result
      expect(model.requests).toHaveLength(10)
    })

    it('holds for a run that is begun again, in another process by a ledger that both have', async () => {
      const { model, tools } = failing()
      const runId = 'r'
      const one = executorOf(model, { tools, budget: (usd) => budget({ usd, pricing }) })
      for (const calls of [5, 5]) {
        expect(codeOf(await runGraph(graph, agentWork(one), { runId }).result)).toBe('budget-exceeded')
        expect(model.requests).toHaveLength(calls)
      }
      const ledger = memoryLedger()
      for (const calls of [10, 10]) {
        const process = executorOf(model, {
          tools,
          budget: (usd) => budget({ usd, pricing, per: 'run', ledger }),
        })
        expect(codeOf(await runGraph(graph, agentWork(process), { runId }).result)).toBe('budget-exceeded')
        expect(model.requests).toHaveLength(calls)
      }
    })

    it('control: tries of which nobody knows that they are of one task have one each', async () => {
      const { model, tools } = failing()
      const executor = executorOf(model, { tools, budget: (usd) => budget({ usd, pricing }) })
      for (let tries = 0; tries < 5; tries++)
        await executor.execute({ agentId: 'agent', task: { ...task, maxUsd: 0.000_05 } })
      expect(model.requests).toHaveLength(10)
    })
  })

  it('in money, and nobody to hold it, is refused', async () => {
    const { model, tools } = again()
    const result = await executorOf(model, { tools }).execute({
      agentId: 'agent',
      task: { ...task, maxUsd: 1 },
    })
    expect(result).toMatchObject({ success: false, error: { code: 'no-budget', retryable: false } })
    expect(model.requests).toHaveLength(0)
  })
})

describe('fields that there are not', () => {
  const misspelt: AgentTask & { maxItertions: number } = { ...task, maxItertions: 3 }

  it.each<[string, AgentTask]>([
    ['maxItertions', misspelt],
    ['maxTokens', { ...task, maxTokens: 0 }],
    ['maxIterations', { ...task, maxIterations: Number.NaN }],
    ['timeoutMs', { ...task, timeoutMs: -1 }],
    ['maxUsd', { ...task, maxUsd: 0 }],
  ])('an executor refuses %s', async (name, wrong) => {
    const executor = executorOf(scriptedModel([]))
    const executing = executor.execute({ agentId: 'agent', task: wrong })
    await expect(executing).rejects.toSatisfy(InvalidArgument.isInstance)
    await expect(executing).rejects.toThrow(name)
  })

  it('so do a plan and the work of a graph', async () => {
    const wrong: AgentGraphTask = { ...misspelt, agentId: 'agent' }
    expect(() => graphOf({ goal: 'g', tasks: [wrong] }, { agent: {} })).toThrow('"maxItertions"')
    const work = agentWork(executorOf(scriptedModel(['never asked'])))
    const { outcomes } = await runGraph(defineGraph([wrong]), work).result
    expect(outcomes.get('t')).toMatchObject({ state: 'failed', error: { code: 'invalid-argument' } })
  })

  it('control: every field there is, is one', () => {
    const full: AgentGraphTask = {
      ...task,
      agentId: 'agent',
      dependsOn: [],
      trigger: 'all_done',
      priority: 1,
      key: 'k',
      retry: { attempts: 2 },
      timeoutMs: 5,
      expectedMs: 2,
      model: 'm',
      maxIterations: 2,
      maxTokens: 10,
      maxUsd: 1,
      version: '2',
    }
    expect(graphOf({ goal: 'g', tasks: [full] }, { agent: {} }).tasks).toHaveLength(1)
  })
})

describe('the name of a model', () => {
  const askedFor = async (config: Partial<AgentExecutorConfig>, model?: string): Promise<string> => {
    let asked = ''
    const executor = executorOf(scriptedModel(['ok']), {
      models: (name) => {
        asked = name
        return scriptedModel(['ok'])
      },
      ...config,
    })
    await executor.execute({ agentId: 'agent', task: { ...task, ...(model !== undefined && { model }) } })
    return asked
  }
  const router = { defaultProvider: 'openrouter', providers: ['openrouter', 'openai'] }

  it.each([
    ['meta-llama/llama-3-8b', 'openrouter/meta-llama/llama-3-8b'],
    ['openai/gpt', 'openai/gpt'],
    ['openrouter/meta-llama/llama-3-8b', 'openrouter/meta-llama/llama-3-8b'],
    ['small', 'openrouter/small'],
  ])('%s is %s where the providers are known', async (name, full) => {
    expect(await askedFor({ ...router, defaultModel: name })).toBe(full)
    expect(await askedFor(router, name)).toBe(full)
  })

  it('control: where they are not, a slash parts provider and model', async () => {
    expect(await askedFor({ defaultProvider: 'openrouter' }, 'meta-llama/llama-3-8b')).toBe(
      'meta-llama/llama-3-8b',
    )
  })
})

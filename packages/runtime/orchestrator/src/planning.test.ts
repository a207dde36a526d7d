import { InvalidArgument, ModelError, type Plugin } from '@ashlar/core'
import { scriptedModel } from '@ashlar/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createAgentExecutor } from './agent-executor.ts'
import type { AgentGraphTask } from './agent-work.ts'
import { modelPlanner } from './model-planner.ts'
import { describePlan, graphOf, PlanError, type Planner, type PlanOptions } from './plan.ts'
import { rulePlanner } from './rule-planner.ts'
import { runPlan } from './run-plan.ts'

const agents = {
  researcher: { description: 'Finds facts in documents', capabilities: ['search', 'read'] },
  critic: { description: 'Checks claims for errors' },
  writer: { description: 'Writes the final report' },
}

const find: AgentGraphTask = { id: 'find', agentId: 'researcher', input: 'Find facts', dependsOn: [] }
const write: AgentGraphTask = { id: 'write', agentId: 'writer', input: 'Write it', dependsOn: ['find'] }
const asText = (...tasks: AgentGraphTask[]): string => JSON.stringify({ tasks })

describe('modelPlanner', () => {
  it('tells the model of the agents, and gives a checked plan', async () => {
    const model = scriptedModel([asText(find, write)])
    expect(await modelPlanner({ model, agents }).plan('A report')).toEqual({
      goal: 'A report',
      tasks: [find, write],
    })
    expect(model.requests[0]?.instructions).toContain(
      '- researcher; Finds facts in documents; can: search, read',
    )
  })

  it('gives a plan that does not work back, with what is wrong', async () => {
    const circle = asText({ ...find, dependsOn: ['write'] }, write)
    const missing = asText({ ...write, dependsOn: ['nothing'] })
    const model = scriptedModel([circle, missing, asText(find)])
    expect((await modelPlanner({ model, agents }).plan('A report')).tasks).toEqual([find])
    expect(JSON.stringify(model.requests[1]?.messages.at(-1))).toContain('a cycle: find → write → find')
    expect(JSON.stringify(model.requests[2]?.messages.at(-1))).toContain('which is not there')
    const stubborn = modelPlanner({ model: scriptedModel(() => circle), agents, repairs: 1 })
    await expect(stubborn.plan('A report')).rejects.toSatisfy(PlanError.isInstance)
  })

  it('keeps what succeeded, whatever the model says', async () => {
    const again: AgentGraphTask = { id: 'again', agentId: 'critic', input: 'Check', dependsOn: ['find'] }
    const model = scriptedModel([asText({ ...find, input: 'Changed' }, again)])
    const outcomes = [
      { id: 'find', state: 'success', note: 'gold' },
      { id: 'write', state: 'failed', note: 'out of ink' },
    ]
    const tried = { plan: { goal: 'g', tasks: [find, write] }, outcomes }
    expect((await modelPlanner({ model, agents }).plan('g', { tried })).tasks).toEqual([find, again])
    expect(JSON.stringify(model.requests[0]?.messages)).toContain('write: failed – out of ink')
  })

  it('plans by an agent with the plugins given', async () => {
    const asked: string[] = []
    const poor: Plugin = {
      name: 'poor',
      setup: ({ agent }) => ({
        aroundModel: (call, next) => {
          if (asked.push(agent.name) === 2) throw new Error('all spent')
          return next(call)
        },
      }),
    }
    const model = scriptedModel(['no plan', asText(find)])
    await expect(modelPlanner({ model, agents, plugins: [poor] }).plan('g')).rejects.toThrow('all spent')
    expect(asked).toEqual(['planner', 'planner'])
    expect(model.requests).toHaveLength(1)
  })

  it.each([[{ agents: {} }], [{ repairs: -1 }], [{ maxTasks: 0 }]])('refuses %j', (options) => {
    expect(() => modelPlanner({ model: scriptedModel([]), agents, ...options })).toThrow(InvalidArgument)
  })
})

describe('rulePlanner', () => {
  const planner = rulePlanner({ agents, synthesiser: 'writer' })
  const shape = async (goal: string): Promise<string[]> =>
    (await planner.plan(goal)).tasks.map(
      ({ id, agentId, dependsOn = [] }) => `${id} ${agentId} ${dependsOn.join()}`,
    )

  it('makes a chain of what is in order', async () => {
    const chain = ['step-1 researcher ', 'step-2 critic step-1', 'answer writer step-2']
    expect(await shape('1. search the documents\n2. check all claims')).toEqual(chain)
    const { tasks } = await rulePlanner({ agents }).plan(
      'Read A; then write B; and then check C, then end; send D',
    )
    expect(tasks.map(({ input }) => input)).toEqual(['Read A', 'write B', 'check C', 'end', 'send D'])
    expect(await shape('search the documents, then check all claims')).toEqual(chain)
  })
  it('does at once what is a list', async () => {
    expect(await shape('Look into:\n- search for tea\n- errors in claims')).toEqual([
      'step-1 researcher ',
      'step-2 critic ',
      'answer writer step-1,step-2',
    ])
  })
  it('makes a plan that works of any goal, the same every time', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ minLength: 1, unit: fc.constantFrom('a', ' ', '\n', '- ', '1. ', ';', ' then ') }),
        async (goal) => {
          if (goal.replaceAll(/[\s;]/g, '') === '') return
          const plan = await planner.plan(goal)
          expect(graphOf(plan, agents).tasks.length).toBeGreaterThan(0)
          expect(await planner.plan(goal)).toEqual(plan)
        },
      ),
    )
  })
  it('gives what failed to the next agent that fits, and keeps the rest', async () => {
    const plan = await planner.plan('search the documents, then check all claims')
    const outcomes = [
      { id: 'step-1', state: 'success' },
      { id: 'step-2', state: 'failed' },
      { id: 'answer', state: 'upstream_failed' },
    ]
    const again = await planner.plan(plan.goal, { tried: { plan, outcomes } })
    expect(again.tasks.map(({ agentId }) => agentId)).toEqual(['researcher', 'researcher', 'writer'])
    expect(again.tasks[0]).toEqual(plan.tasks[0])
    const alone = rulePlanner({ agents: { critic: {} } })
    const only = await alone.plan('check all claims')
    const tried = { plan: only, outcomes: [{ id: 'step-1', state: 'failed' }] }
    expect(await alone.plan(only.goal, { tried })).toEqual(only)
  })
  it('refuses a synthesiser that is no agent', () => {
    expect(() => rulePlanner({ agents, synthesiser: 'nobody' })).toThrow(InvalidArgument)
    expect(() => rulePlanner({ agents: {} })).toThrow(InvalidArgument)
  })
  it('knows the end of an aborted plan', async () => {
    await expect(planner.plan('x', { signal: AbortSignal.abort() })).rejects.toThrow('abort')
  })
})

describe('a plan', () => {
  it('is shown as what runs when', () => {
    expect(describePlan({ goal: 'A report', tasks: [find, { ...find, id: 'more' }, write] })).toBe(
      [
        'Goal: A report',
        '1. 2 tasks at once',
        '   find – researcher: Find facts',
        '   more – researcher: Find facts',
        '2. one task',
        '   write – writer: Write it (after find)',
        'Longest chain: find → write',
      ].join('\n'),
    )
  })
  it('says all that is wrong with it', () => {
    const tasks = [{ ...find, agentId: 'nobody', dependsOn: ['gone'] }]
    expect(() => graphOf({ goal: 'g', tasks }, agents)).toThrow(
      /"find" is for "nobody".*"gone", which is not there/,
    )
    expect(() => graphOf({ goal: 'g', tasks: [] }, agents)).toThrow('it has no task')
  })
})

describe('runPlan', () => {
  const broken = new ModelError('broken', { kind: 'bad-request', provider: 'p', modelId: 'm' })
  const executorOf = (answer: (asked: string) => string | { error: Error }) => {
    const asked: string[] = []
    const model = scriptedModel(({ messages }) => {
      const text = JSON.stringify(messages)
      asked.push(text)
      return answer(text)
    })
    return { asked, executor: createAgentExecutor({ models: () => model, defaultModel: 'm', agents }) }
  }

  it('plans again when a task failed, and does nothing twice', async () => {
    const { asked, executor } = executorOf((text) => (text.includes('Write it') ? { error: broken } : 'fine'))
    const check: AgentGraphTask = { id: 'check', agentId: 'critic', input: 'Check it', dependsOn: ['find'] }
    const planner = modelPlanner({ model: scriptedModel([asText(find, check)]), agents })
    const shown: number[] = []
    const result = await runPlan({ goal: 'g', tasks: [find, write] }, executor, {
      planner,
      approve: ({ tasks }) => shown.push(tasks.length) > 0,
    })
    expect([result.state, result.plans, shown]).toEqual(['success', 2, [2, 2]])
    expect([...result.outcomes.keys()]).toEqual(['find', 'check'])
    expect(
      asked.filter(
        (text) => text.includes('Find facts') && !text.includes('Check it') && !text.includes('Write it'),
      ),
    ).toHaveLength(1)
  })
  const planOf = (...tasks: AgentGraphTask[]) => ({ goal: 'g', tasks })
  const planners = (...plans: AgentGraphTask[][]) => {
    const tried: (PlanOptions['tried'] | undefined)[] = []
    const plan: Planner['plan'] = async (goal, options) => {
      tried.push(options?.tried)
      const tasks = plans.shift()
      if (!tasks) throw new PlanError(['nothing left'])
      return { goal, tasks }
    }
    return { tried, planner: { plan } }
  }
  const failing = (text: string) => (text.includes('Write it') ? { error: broken } : 'fine')

  it('gives another task under the id of one that failed an id of its own', async () => {
    const { executor } = executorOf(failing)
    const other: AgentGraphTask = { ...write, agentId: 'critic', input: 'Note it' }
    const last: AgentGraphTask = { id: 'last', agentId: 'critic', input: 'Read', dependsOn: ['write'] }
    const { planner, tried } = planners([find, other, last])
    const result = await runPlan(planOf(find, write, last), executor, { planner })
    expect(result.state).toBe('success')
    expect(result.plan.tasks.map(({ id, dependsOn }) => [id, dependsOn])).toEqual([
      ['find', []],
      ['write-2', ['find']],
      ['last', ['write-2']],
    ])
    expect(tried[0]?.outcomes.map(({ id, state }) => `${id} ${state}`).toSorted()).toEqual([
      'find success',
      'last upstream_failed',
      'write failed',
    ])
  })
  it('plans again as often as it may, and not the same', async () => {
    const another = (id: string): AgentGraphTask => ({ ...write, id })
    const thrice = planners([find, another('b')], [find, another('c')], [find, another('d')])
    const { executor } = executorOf(failing)
    const result = await runPlan(planOf(find, write), executor, { planner: thrice.planner, replans: 2 })
    expect([result.state, result.plans, thrice.tried.length]).toEqual(['failed', 3, 2])
    const same = planners([find, { ...write }])
    expect((await runPlan(planOf(find, write), executor, { planner: same.planner, replans: 5 })).plans).toBe(
      1,
    )
    const stuck = await runPlan(planOf(find, write), executor, { planner: planners().planner })
    expect([stuck.state, stuck.plans, stuck.outcomes.get('find')?.state]).toEqual(['failed', 1, 'success'])
    expect(stuck.planError).toMatchObject({ code: 'plan-error', problems: ['nothing left'] })
    for (const options of [{ replans: -1 }, { replans: 0.5 }])
      await expect(
        runPlan(planOf(find, write), executor, { planner: same.planner, ...options }),
      ).rejects.toSatisfy(InvalidArgument.isInstance)
  })
  it('is cancelled while it is planned again', async () => {
    const { executor } = executorOf(failing)
    const controller = new AbortController()
    const planner: Planner = {
      plan: async (_, { signal } = {}) => {
        controller.abort(new Error('enough'))
        signal?.throwIfAborted()
        return planOf()
      },
    }
    const result = await runPlan(planOf(find, write), executor, { planner, signal: controller.signal })
    expect([result.state, result.outcomes.get('find')?.state]).toEqual(['cancelled', 'success'])
  })
  it('lets a failure stand when it may not plan again', async () => {
    const { executor } = executorOf(() => ({ error: broken }))
    const result = await runPlan({ goal: 'g', tasks: [find, write] }, executor)
    expect([result.state, result.plans, result.approved]).toEqual(['failed', 1, true])
  })
  it('runs nothing that is not approved', async () => {
    const { asked, executor } = executorOf(() => 'fine')
    const result = await runPlan({ goal: 'g', tasks: [find] }, executor, { approve: () => false })
    expect([result.state, result.approved, asked]).toEqual(['cancelled', false, []])
  })
})

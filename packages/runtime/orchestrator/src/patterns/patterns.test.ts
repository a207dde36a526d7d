import {
  type Agent,
  approval,
  createAgent,
  InvalidArgument,
  ModelError,
  type Plugin,
  RunAborted,
  tool,
} from '@ashlar/core'
import { scriptedModel, type ScriptedTurn, type TurnFunction } from '@ashlar/testing'
import { describe, expect, it } from 'vitest'
import { concat, majorityVote } from '../aggregators.ts'
import { asTool } from './as-tool.ts'
import { debate } from './debate.ts'
import { mapReduce } from './map-reduce.ts'
import { PatternFailed } from './pattern-run.ts'
import { pipeline } from './pipeline.ts'
import { supervisor } from './supervisor.ts'

const agentOf = (
  name: string,
  turns: readonly ScriptedTurn[] | TurnFunction,
  plugins: readonly Plugin[] = [],
): Agent => createAgent({ name, model: scriptedModel(turns), plugins })

/** The text of what was asked last. */
const lastText: (request: Parameters<TurnFunction>[0]) => string = ({ messages }) => {
  const part = messages.at(-1)?.content.at(-1)
  return part?.type === 'text' ? part.text : ''
}

const failing = (name = 'failing'): Agent =>
  agentOf(name, () => {
    throw new ModelError('no such thing', { kind: 'bad-request', provider: 'scripted', modelId: 'x' })
  })

/** An agent that is busy until its run is aborted, and counts how many are. */
const hanging = () => {
  const runs = { running: 0, begun: 0, ids: new Set<string>() }
  const watch: Plugin = {
    name: 'watch',
    setup: ({ signal, runId }) => ({
      aroundModel: async function* (call, next) {
        runs.running += 1
        runs.begun += 1
        runs.ids.add(runId)
        try {
          await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
          yield* next(call)
        } finally {
          runs.running -= 1
        }
      },
    }),
  }
  return { runs, agent: agentOf('hanging', () => 'never', [watch]) }
}

const failureOf = async (work: Promise<unknown>): Promise<PatternFailed> => {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!PatternFailed.isInstance(error)) throw new Error('expected a PatternFailed', { cause: error })
  return error
}

const until = async (fits: () => boolean): Promise<void> => {
  while (!fits()) await new Promise((resolve) => setImmediate(resolve))
}

describe('pipeline', () => {
  it('gives each the answer of the one before, in one tree with one sum', async () => {
    const ids: string[] = []
    const spy: Plugin = { name: 'spy', setup: ({ runId }) => (ids.push(runId), {}) }
    const echo = (name: string): Agent => agentOf(name, (request) => `${name}(${lastText(request)})`, [spy])
    const { value, turns, usage } = await pipeline([echo('a'), echo('b'), echo('c')], 'x', { runId: 'p' })
    expect(value).toBe('c(b(a(x)))')
    expect(ids).toEqual(['p/stage-1', 'p/stage-2', 'p/stage-3'])
    expect(turns.map(({ agent, state, runId }) => [agent, state, runId])).toEqual([
      ['a', 'done', 'p/stage-1'],
      ['b', 'done', 'p/stage-2'],
      ['c', 'done', 'p/stage-3'],
    ])
    expect(usage).toEqual({ inputTokens: 30, outputTokens: 15 })
  })
  it('ends at the first that fails, and keeps what it cost', async () => {
    const last = agentOf('last', [])
    const error = await failureOf(pipeline([agentOf('a', ['one']), failing(), last], 'x'))
    expect(error.message).toBe('Stage 2, failing, failed: no such thing')
    expect(error.turns.map(({ state }) => state)).toEqual(['done', 'failed'])
    expect(error.usage).toEqual({ inputTokens: 10, outputTokens: 5 })
  })
  it('takes an end without an answer for a failure', async () => {
    const repeated = tool({ description: 'Does nothing', execute: () => 'again' })
    const looping = createAgent({
      name: 'looping',
      model: scriptedModel(() => ({ toolCalls: [{ name: 'repeated' }] })),
      tools: { repeated },
    })
    const error = await failureOf(pipeline([looping], 'x'))
    expect(error.turns[0]).toMatchObject({
      error: { code: 'doom-loop' },
      usage: { inputTokens: 30, outputTokens: 15 },
    })
  })
  it('is aborted from outside, and leaves nothing running', async () => {
    const { agent, runs } = hanging()
    const controller = new AbortController()
    const never = agentOf('never', [])
    const running = failureOf(pipeline([agent, never], 'x', { signal: controller.signal }))
    await until(() => runs.running === 1)
    controller.abort(new Error('enough'))
    const error = await running
    expect([error.message, error.cause, runs.running]).toEqual([
      'The pattern was aborted: enough',
      controller.signal.reason,
      0,
    ])
    await expect(pipeline([never], 'x', { signal: controller.signal })).rejects.toThrow('aborted')
  })
  it('tells of all that the agents do', async () => {
    const told: string[] = []
    await pipeline([agentOf('a', ['one'])], 'x', {
      runId: 'p',
      onEvent: ({ type }, { runId, agent }) => void told.push(`${runId} ${agent} ${type}`),
    })
    expect(told[0]).toBe('p/stage-1 a run-start')
    expect(told).toContain('p/stage-1 a text-delta')
    await expect(pipeline([], 'x')).rejects.toThrow(InvalidArgument)
  })
})

describe('mapReduce', () => {
  it('asks about so many at once, and reduces in the order of the items', async () => {
    let running = 0
    let most = 0
    const mapper = agentOf('mapper', async (request) => {
      most = Math.max(most, ++running)
      await new Promise((resolve) => setImmediate(resolve))
      running -= 1
      return lastText(request).toUpperCase()
    })
    const { value, partial, usage, items } = await mapReduce(
      ['a', 'b', 'c', 'd', 'e'],
      { map: mapper, reduce: concat('') },
      { concurrency: 2 },
    )
    expect([value, partial, most, items.length]).toEqual(['ABCDE', false, 2, 5])
    expect(usage).toEqual({ inputTokens: 50, outputTokens: 25 })
  })
  it('says what is missing', async () => {
    const mapper = agentOf('mapper', (request) => {
      if (lastText(request) === '{"n":2}') throw new Error('not two')
      return lastText(request)
    })
    const work = { map: mapper, reduce: concat(' ') }
    const items = [{ n: 1 }, { n: 2 }, { n: 3 }]
    const result = await mapReduce(items, work)
    expect(result).toMatchObject({
      value: '{"n":1} {"n":3}',
      from: ['0', '2'],
      missing: [{ id: '1', state: 'failed' }],
      partial: true,
    })
    expect(result.items[1]).toMatchObject({ state: 'failed', error: { message: 'not two' } })
    const error = await failureOf(mapReduce(items, work, { requireAll: true }))
    expect(error.message).toMatch(/^There is nothing to reduce to: No value from 1 \(failed\)/)
    expect(error.turns).toHaveLength(3)
  })
  it('is aborted in the middle: what runs is ended, what waits does not begin', async () => {
    const { agent, runs } = hanging()
    const controller = new AbortController()
    const running = failureOf(
      mapReduce(
        ['a', 'b', 'c', 'd'],
        { map: agent, reduce: concat() },
        { concurrency: 2, signal: controller.signal },
      ),
    )
    await until(() => runs.running === 2)
    controller.abort()
    const { turns } = await running
    expect([runs.running, runs.begun, turns.length]).toEqual([0, 2, 2])
    expect(turns.every(({ error }) => error?.code === 'run-aborted')).toBe(true)
  })
  it.each([
    [[], {}],
    [['a'], { concurrency: 0 }],
  ])('refuses %j with %j', async (items, options) => {
    const work = { map: agentOf('m', []), reduce: concat() }
    await expect(mapReduce(items, work, options)).rejects.toThrow(InvalidArgument)
  })
})

describe('debate', () => {
  /** Changes its mind once it has read what `than` others say. */
  const debater = (own: string): Agent =>
    agentOf(own, (request) => ((lastText(request).match(/red/g)?.length ?? 0) > 1 ? 'red' : own))
  it('lets agents read each other, and votes', async () => {
    const agents = [debater('red'), debater('red'), debater('blue')]
    const { value, rounds, usage } = await debate({ agents, decide: majorityVote<string>() }, 'Which?', {
      runId: 'd',
    })
    expect(value).toMatchObject({ value: 'red', share: 1 })
    expect(rounds.map((turns) => turns.map(({ text }) => text))).toEqual([
      ['red', 'red', 'blue'],
      ['red', 'red', 'red'],
    ])
    expect(rounds[1]?.[2]?.runId).toBe('d/round-2-agent-3')
    expect(usage.inputTokens).toBe(60)
  })
  it('is judged by an agent that reads the last answers', async () => {
    const judge = agentOf('judge', (request) => `I read: ${lastText(request)}`)
    const agents = [agentOf('a', ['yes']), agentOf('b', ['no'])]
    const { value, turns } = await debate({ agents, decide: judge }, 'Is it?', { rounds: 1 })
    expect(value).toContain('<answer from="agent 1">\nyes\n</answer>\n<answer from="agent 2">\nno\n</answer>')
    expect(turns.at(-1)?.agent).toBe('judge')
  })
  it('goes on without one that fails, and asks it again', async () => {
    const b = agentOf('b', (_, call) => {
      if (call === 1) throw new Error('busy')
      return 'yes'
    })
    const agents = [agentOf('a', () => 'yes'), b, failing()]
    const { value, missing, rounds } = await debate({ agents, decide: majorityVote<string>() }, '?')
    expect(value.votes).toMatchObject([{ value: 'yes', by: ['0', '1'] }])
    expect(missing).toEqual(['2'])
    expect(rounds[0]?.map(({ state }) => state)).toEqual(['done', 'failed', 'failed'])
  })
  it('fails where nobody answers, and where there is no decision', async () => {
    const nobody = await failureOf(debate({ agents: [failing(), failing()], decide: majorityVote() }, '?'))
    expect(nobody.message).toBe('Nobody answered in round 1: no such thing')
    const agents = [agentOf('a', () => 'yes'), agentOf('b', () => 'no')]
    const split = await failureOf(debate({ agents, decide: majorityVote() }, '?'))
    expect(split.message).toMatch(/^There is no decision: No value has enough votes/)
    expect(split.usage.inputTokens).toBe(40)
    const unjudged = await failureOf(debate({ agents, decide: failing() }, '?'))
    expect(unjudged.message).toBe('There is no decision: no such thing')
  })
  it('is aborted in the middle and leaves nobody speaking', async () => {
    const { agent, runs } = hanging()
    const controller = new AbortController()
    const running = failureOf(
      debate({ agents: [agent, agent, agent], decide: majorityVote() }, '?', { signal: controller.signal }),
    )
    await until(() => runs.running === 3)
    controller.abort()
    await running
    expect([runs.running, runs.begun]).toEqual([0, 3])
    await expect(debate({ agents: [agent], decide: agent }, '?')).rejects.toThrow(InvalidArgument)
  })
})

describe('supervisor', () => {
  const say = (next: string, text: string): string => JSON.stringify({ next, text })
  it('gives tasks to workers until it is done', async () => {
    const router = agentOf('router', [
      say('finder', 'find tea'),
      say('writer', 'write it'),
      say('done', 'Tea is hot.'),
    ])
    const workers = { finder: agentOf('finder', ['70 °C']), writer: agentOf('writer', ['hot']) }
    const { value, reason, assignments, turns, usage } = await supervisor({ router, workers }, 'Tea?', {
      runId: 's',
    })
    expect([value, reason]).toEqual(['Tea is hot.', 'done'])
    expect(assignments).toEqual([
      { worker: 'finder', task: 'find tea', state: 'done', result: '70 °C' },
      { worker: 'writer', task: 'write it', state: 'done', result: 'hot' },
    ])
    expect(turns.map(({ runId }) => runId)).toEqual([
      's/router-1',
      's/worker-1',
      's/router-2',
      's/worker-2',
      's/router-3',
    ])
    expect(usage).toEqual({ inputTokens: 50, outputTokens: 25 })
  })
  it('tells the router of a worker that failed', async () => {
    const model = scriptedModel([say('finder', 'find'), say('done', 'nothing')])
    const router = createAgent({ model })
    const { assignments } = await supervisor({ router, workers: { finder: failing() } }, 'Tea?')
    expect(assignments).toMatchObject([{ state: 'failed', result: 'no such thing' }])
    expect(JSON.stringify(model.requests[1]?.messages.at(-1))).toContain('finder failed: no such thing')
  })
  it('is bounded: in rounds, and when it goes round in circles', async () => {
    let task = 0
    const busy = agentOf('router', () => say('w', `task ${++task}`))
    const worker = (): Agent => agentOf('w', () => 'found')
    const bounded = await supervisor({ router: busy, workers: { w: worker() } }, '?', { rounds: 4 })
    expect([bounded.reason, bounded.value, bounded.assignments.length]).toEqual(['rounds', 'found', 4])
    const stuck = agentOf('router', () => say('w', 'again'))
    const circle = await supervisor({ router: stuck, workers: { w: worker() } }, '?')
    expect([circle.reason, circle.assignments.length]).toEqual(['doom-loop', 3])
  })
  it('fails with a router that does not decide', async () => {
    const error = await failureOf(
      supervisor({ router: agentOf('r', () => say('nobody', 'x')), workers: { w: failing() } }, '?'),
    )
    expect(error.message).toMatch(/^The router failed: /)
    expect(error.usage.inputTokens).toBe(30)
  })
  it('is aborted with the worker', async () => {
    const { agent, runs } = hanging()
    const controller = new AbortController()
    const router = agentOf('r', [say('w', 'x')])
    const running = failureOf(
      supervisor({ router, workers: { w: agent } }, '?', { signal: controller.signal }),
    )
    await until(() => runs.running === 1)
    controller.abort()
    expect((await running).turns.map(({ state }) => state)).toEqual(['done', 'failed'])
    expect(runs.running).toBe(0)
  })
  it.each([[{}], [{ done: failing() }]])('refuses workers %#', async (workers) => {
    await expect(supervisor({ router: failing(), workers }, '?')).rejects.toThrow(InvalidArgument)
  })
})

describe('asTool', () => {
  const calling = (name: string, task = 'find tea') => ({ toolCalls: [{ name, input: { task } }] })
  it('runs an agent inside the run of another', async () => {
    const ids: string[] = []
    const spy: Plugin = { name: 'spy', setup: ({ runId }) => (ids.push(runId), {}) }
    const finder = agentOf('finder', (request) => `found: ${lastText(request)}`, [spy])
    const used: number[] = []
    const boss = createAgent({
      model: scriptedModel([calling('find'), 'Thanks.']),
      tools: { find: asTool(finder, { onResult: ({ usage }) => used.push(usage.inputTokens) }) },
    })
    const progress: unknown[] = []
    const run = boss.run('go', { runId: 'boss' })
    for await (const event of run) if (event.type === 'tool-progress') progress.push(event.update)
    const { messages } = await run
    expect(JSON.stringify(messages)).toContain('found: find tea')
    expect([ids, used]).toEqual([['boss/call_1'], [10]])
    expect(progress).toContainEqual({
      agent: 'finder',
      runId: 'boss/call_1',
      event: 'run-end',
      usage: { inputTokens: 10, outputTokens: 5 },
    })
  })
  it('is as dangerous as the tools of the agent', () => {
    const read = tool({ description: 'Reads', annotations: { readOnly: true }, execute: () => '' })
    const write = tool({ description: 'Writes', annotations: { idempotent: true }, execute: () => '' })
    const of = (tools: Agent['tools']) => asTool(createAgent({ model: scriptedModel([]), tools })).annotations
    expect(of({})).toEqual({ readOnly: true, destructive: false, idempotent: true })
    expect(of({ read })).toEqual({ readOnly: true, destructive: false, idempotent: true })
    expect(of({ read, write })).toEqual({ readOnly: false, destructive: true, idempotent: true })
  })
  it('shows the model a failure, and a pause', async () => {
    const write = tool({ description: 'Writes', execute: () => '' })
    const paused = createAgent({
      model: scriptedModel([{ text: 'May I?', toolCalls: [{ name: 'write' }] }]),
      tools: { write },
      plugins: [approval()],
    })
    const boss = createAgent({
      model: scriptedModel([
        { toolCalls: [...calling('bad').toolCalls, ...calling('wait').toolCalls] },
        'Pity.',
      ]),
      tools: { bad: asTool(failing()), wait: asTool(paused) },
    })
    const { messages, text } = await boss.run('go')
    const results = messages.flatMap((message) => (message.role === 'tool' ? message.content : []))
    expect(text).toBe('Pity.')
    expect(results.map(({ output, isError }) => [output, isError])).toEqual([
      ['no such thing', true],
      ['The agent ended as "paused" without an answer. It said so far: May I?', true],
    ])
  })
  it('ends with the run that called it', async () => {
    const { agent, runs } = hanging()
    const controller = new AbortController()
    const boss = createAgent({ model: scriptedModel([calling('wait')]), tools: { wait: asTool(agent) } })
    const running = boss.run('go', { signal: controller.signal }).catch((error: unknown) => error)
    await until(() => runs.running === 1)
    controller.abort()
    expect(RunAborted.isInstance(await running)).toBe(true)
    await until(() => runs.running === 0)
  })
  it('carries a whole pattern in the tree of a run', async () => {
    const map = agentOf('mapper', (request) => lastText(request))
    const all = tool({
      description: 'Asks about all',
      execute: async (_, { run: parent }) =>
        (await mapReduce(['a', 'b'], { map, reduce: concat('+') }, { parent })).turns.map(
          ({ runId }) => runId,
        ),
    })
    const boss = createAgent({
      model: scriptedModel([{ toolCalls: [{ name: 'all' }] }, 'ok']),
      tools: { all },
    })
    const { messages } = await boss.run('go', { runId: 'boss' })
    expect(JSON.stringify(messages)).toContain('boss/call_1/item-0')
  })
})

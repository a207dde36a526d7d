import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { captureIo } from '@ashlar/command/testing'
import { createAgent, isObject, type LanguageModel, type ModelEvent, tool } from '@ashlar/core'
import { fakeClock, scriptedModel } from '@ashlar/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createAgentExecutor } from '../agent-executor.ts'
import { agentWork } from '../agent-work.ts'
import { runsCommand } from '../cli.ts'
import { screenOf } from '../commands/watch-screen.ts'
import { defineGraph } from '../define-graph.ts'
import { durableRuns } from '../durable/durable-runs.ts'
import type { Journal } from '../durable/journal.ts'
import { sqliteJournal } from '../durable/sqlite-journal.ts'
import { runsPage } from '../page/runs-page.ts'
import { asTool } from '../patterns/index.ts'
import { readRun } from './follow-run.ts'
import type { NodeState, RunNode, RunView } from './run-node.ts'
import { signs } from './signs.ts'

let folder = ''
let journal: Journal
/** The same records, as another process has them. */
let elsewhere: Journal
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ashlar-live-'))
  journal = await sqliteJournal(join(folder, 'runs.db'))
  elsewhere = await sqliteJournal(join(folder, 'runs.db'))
})
afterEach(async () => {
  await journal.close()
  await elsewhere.close()
  await rm(folder, { recursive: true })
})

/** Writes as it is told to, in deltas where they are wanted; ends when it is told to. */
const toldModel = () => {
  const waiting: ((text: string | undefined) => void)[] = []
  const asked: (boolean | undefined)[] = []
  const base = scriptedModel(() => 'never')
  async function* stream({ deltas }: { deltas?: boolean }): AsyncGenerator<ModelEvent> {
    asked.push(deltas)
    let text = ''
    for (;;) {
      const more = await new Promise<string | undefined>((resolve) => waiting.push(resolve))
      if (more === undefined) break
      text += more
      if (deltas !== false) yield { type: 'text-delta', text: more }
    }
    yield { type: 'part', part: { type: 'text', text } }
    const usage = { inputTokens: 1, outputTokens: 1 }
    yield { type: 'finish', reason: 'stop', usage, response: { provider: 'p', modelId: 'm' } }
  }
  const model: LanguageModel = { ...base, stream }
  const tell = async (text: string | undefined, index = 0) => {
    while (!waiting[index]) await new Promise((resolve) => setTimeout(resolve, 1))
    const [resolve] = waiting.splice(index, 1)
    resolve?.(text)
    await new Promise((done) => setTimeout(done, 5))
  }
  return { model, asked, tell }
}

const writingIn = async (runId: string) => (await readRun(elsewhere, runId))?.writing

const pass = (clock: ReturnType<typeof fakeClock>) => clock.advance(250)

/** The journal has a thread of its own, which is waited for. */
const seen = (runId: string) => expect.poll(() => writingIn(runId), { timeout: 10_000, interval: 2 })

const graphRun = async ({ deltas }: { deltas: boolean }) => {
  const clock = fakeClock(Date.now())
  const { model, asked, tell } = toldModel()
  const runs = durableRuns(journal, { deltas, clock, leaseMs: 600_000 })
  const executor = createAgentExecutor({
    models: () => model,
    defaultModel: 'm',
    agents: { writer: {} },
    plugins: () => [runs.plugin],
  })
  const tasks = ['a', 'b'].map((id) => ({ id, agentId: 'writer', input: `Write ${id}` }))
  const going = await runs.runGraph(defineGraph(tasks), agentWork(executor), { runId: 'g' })
  return { clock, tell, asked, going }
}

describe('what is being written', () => {
  it('is seen by another process while tasks run, and gone once it is an answer', async () => {
    const { clock, tell, going, asked } = await graphRun({ deltas: true })
    await tell('It is two ')
    await pass(clock)
    await seen('g').toEqual({ a: 'It is two ' })
    await tell('Tea is green ', 0)
    await tell('and one ', 0)
    await pass(clock)
    await seen('g').toEqual({ a: 'It is two and one ', b: 'Tea is green ' })
    await tell(undefined, 0)
    // At once: the answer is a step, though what is shown is older.
    await seen('g').toSatisfy((left) => isObject(left) && Object.keys(left).length === 1)
    await tell(undefined, 0)
    const { outcomes } = await going.result
    expect(outcomes.get('a')?.output?.output).toBe('It is two and one ')
    expect(asked).toEqual([true, true])
    expect(await writingIn('g')).toEqual({})
    expect(await elsewhere.live('g')).toEqual({})
  })

  it('is asked of a model only where somebody wants it', async () => {
    const { clock, tell, going, asked } = await graphRun({ deltas: false })
    await tell('It is two ')
    await pass(clock)
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(await writingIn('g')).toEqual({})
    await tell(undefined)
    await tell(undefined)
    await going.result
    expect(asked).toEqual([false, false])
  })

  it('gives no deltas to a caller who wants none', async () => {
    const { model, tell } = toldModel()
    const seen: string[] = []
    const runs = durableRuns(journal, { deltas: true })
    const agent = createAgent({
      model,
      plugins: [
        {
          name: 'ear',
          setup: () => ({
            aroundModel: async function* (call, next) {
              for await (const event of next(call)) {
                seen.push(event.type)
                yield event
              }
            },
          }),
        },
        runs.plugin,
      ],
    })
    const result = agent.run('go', { runId: 'r' })
    const text = Promise.resolve(result).then(({ text: all }) => all)
    await tell('one ')
    await tell(undefined)
    expect(await text).toBe('one ')
    expect(seen).toEqual(['part', 'finish'])
  })

  it('is part of the step of an agent, and of the call whose sub-agent writes', async () => {
    const clock = fakeClock(Date.now())
    const { model, tell } = toldModel()
    const runs = durableRuns(journal, { deltas: true, clock, leaseMs: 600_000 })
    const helper = createAgent({ name: 'helper', model, plugins: [runs.plugin] })
    const calls = { toolCalls: [{ callId: 'c', name: 'help', input: { task: 'x' } }] }
    const scripted = scriptedModel([calls, 'never'])
    let turn = 0
    const agent = createAgent({
      model: { ...scripted, stream: (request) => (turn++ === 0 ? scripted : model).stream(request) },
      tools: { help: asTool(helper, { description: 'Helps' }) },
      plugins: [runs.plugin],
    })
    const running = Promise.resolve(agent.run('go', { runId: 'r' }))
    await tell('helping out ')
    await pass(clock)
    await seen('r').toEqual({ 'tool/1/c': 'helping out ' })
    await tell(undefined)
    await tell('the end ')
    await pass(clock)
    await seen('r').toEqual({ 'model/2': 'the end ' })
    const view = await readRun(elsewhere, 'r')
    expect(view?.nodes.at(-1)).toMatchObject({ id: 'model/2', state: 'running', level: 2 })
    await tell(undefined)
    await running
    expect((await readRun(elsewhere, 'r'))?.nodes.at(-1)).toMatchObject({ id: 'model/2', state: 'done' })
  })

  it('is not shown of a process that is gone', async () => {
    const held = await journal.claim({
      runId: 'r',
      name: 'a',
      version: '1',
      input: { tasks: [{ id: 't' }] },
      leaseMs: 10_000,
    })
    await held.show({ 'r/t:model/1': 'the last words sk-ant-api03-abcdefghijk12345' })
    const now = (clock: number) => readRun(elsewhere, 'r', { clock: fakeClock(clock) })
    expect((await now(Date.now()))?.writing).toEqual({ t: 'the last words [redacted]' })
    const gone = await now(Date.now() + 60_000)
    expect([gone?.state, gone?.writing]).toEqual(['interrupted', {}])
  })
})

const nodeOf = (id: string, more: Partial<RunNode> = {}): RunNode => ({
  id,
  kind: 'task',
  level: 0,
  dependsOn: [],
  state: 'running',
  attempts: 1,
  tokens: 0,
  unknown: 0,
  ...more,
})
const viewOf = (nodes: readonly RunNode[], writing: RunView['writing']): RunView => ({
  runId: 'r',
  name: 'plan',
  state: 'running',
  version: '1',
  createdAt: 0,
  nodes,
  writing,
  usage: { inputTokens: 0, outputTokens: 0 },
  modelCalls: 0,
  unknown: 0,
  pending: [],
})
const drawn = (view: RunView, columns: number, rows: number) =>
  screenOf(view, { columns, rows, colours: false }, { now: 0 })

describe('the screen', () => {
  const text = 'The first line is this.\nThe second line is a good deal longer than the first.'
  it('has the last lines of what is written under its node', () => {
    const nodes = [nodeOf('a', { lastText: 'before' }), nodeOf('b', { state: 'done', output: 'given' })]
    expect(drawn(viewOf(nodes, { a: text }), 40, 24)).toEqual([
      'plan · running · 0.0 s · 0 tok',
      'r · 1 running, 1 done',
      ' 1 ▶ a',
      '     │ The first line is this.',
      '     │ The second line is a good deal',
      '     │ longer than the first.',
      '   ✓ b · given',
    ])
    expect(drawn(viewOf(nodes, {}), 40, 24)[2]).toBe(' 1 ▶ a · before')
  })
  it('counts nodes in every state, and has first what waits for whoever looks', () => {
    // A run is aborted, queued, or is being cancelled; none of its nodes is.
    const states = Object.keys(signs).filter(
      (state): state is NodeState => !['aborted', 'queued', 'cancelling'].includes(state),
    )
    const nodes = states.map((state) => nodeOf(state, { state }))
    const [, head = ''] = drawn(viewOf(nodes, {}), 400, 40)
    for (const state of states) expect(head).toContain(`1 ${state.replace('_', ' ')}`)
    expect(drawn(viewOf(nodes, {}), 80, 6).join('\n')).toContain('‖ paused')
  })
  it('has it beside the node where there is no room, and never more lines than fit', () => {
    const nodes = Array.from({ length: 30 }, (_, i) =>
      nodeOf(`t${i}`, { state: i < 10 ? 'done' : i < 18 ? 'running' : 'pending', level: i }),
    )
    const writing = Object.fromEntries(nodes.slice(10, 18).map(({ id }) => [id, text]))
    const lines = drawn(viewOf(nodes, writing), 40, 24)
    expect(lines.filter((line) => line.includes('than the first.'))).toHaveLength(8)
    for (let rows = 5; rows < 60; rows++) {
      const all = drawn(viewOf(nodes, writing), 40, rows)
      expect(all.length).toBeLessThan(rows)
      for (const line of all) expect(line.length).toBeLessThan(40)
    }
  })
})

describe('ashlar runs watch, and the page', () => {
  it('show what another process writes', async () => {
    const { model, tell } = toldModel()
    const runs = durableRuns(journal, { deltas: true })
    const running = Promise.resolve(
      createAgent({
        model,
        tools: { none: tool({ description: 'x', input: { type: 'object' }, execute: () => '' }) },
        plugins: [runs.plugin],
      }).run('go', { runId: 'r' }),
    )
    await tell('Once upon a time ')
    const env = { ASHLAR_JOURNAL: join(folder, 'runs.db'), NO_COLOR: '1' }
    const io = captureIo({ cwd: folder, isTTY: true, columns: 60, env })
    const watched = runsCommand.run(['watch', 'r'], io)
    const page = runsPage(elsewhere, { intervalMs: 10 })
    const { body } = await page(new Request('http://host/api/runs/r/events'))
    const events: string[] = []
    const reading = (async () => {
      for await (const chunk of body ?? []) events.push(Buffer.from(chunk).toString())
    })()
    while (!io.out().includes('│ Once upon a time')) await new Promise((resolve) => setTimeout(resolve, 10))
    await tell('there was a cup ')
    while (!io.out().includes('there was a cup')) await new Promise((resolve) => setTimeout(resolve, 10))
    await tell(undefined)
    await running
    expect(await watched).toBe(0)
    await reading
    expect(stripVTControlCharacters(io.out()).trimEnd().split('\n').at(-1)).toBe(
      '> Once upon a time there was a cup',
    )
    const data = events.map((event): unknown => JSON.parse(/^data: (.*)$/m.exec(event)?.[1] ?? ''))
    // What goes on being written comes without the graph around it.
    const alone = events.findIndex((event) => event.startsWith('event: writing\n'))
    expect(data[alone]).toEqual({ 'model/1': 'Once upon a time there was a cup ' })
    expect(data.find((one) => isObject(one) && one['state'] === 'running')).toHaveProperty('writing')
  }, 30_000)
})

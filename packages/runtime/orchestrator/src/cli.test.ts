import { stripVTControlCharacters } from 'node:util'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { captureIo, type CaptureIoOptions } from '@ashlar/command/testing'
import { approval, createAgent, type LanguageModel, type Plugin, tool } from '@ashlar/core'
import { scriptedModel } from '@ashlar/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { planCommand, runsCommand } from './cli.ts'
import { defineGraph } from './define-graph.ts'
import { durableRuns } from './durable/durable-runs.ts'
import { sqliteJournal } from './durable/sqlite-journal.ts'

let cwd = ''
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'ashlar-runs-'))
})
afterEach(() => rm(cwd, { recursive: true }))

const send = tool({ description: 'Sends', input: { type: 'object' }, execute: () => 'sent' })
const book = { toolCalls: [{ callId: 'c 1', name: 'send', input: { to: 'Ann' } }] }

interface Parts {
  readonly model: LanguageModel
  readonly plugins: readonly Plugin[]
}
const asking = ({ model, plugins }: Parts) =>
  createAgent({
    name: 'asking',
    model,
    tools: { send },
    plugins: [approval(), ...plugins],
  })
const plain = ({ model, plugins }: Parts) => createAgent({ name: 'plain', model, plugins })

interface Given extends CaptureIoOptions {
  readonly model?: LanguageModel
  readonly agent?: (parts: Parts) => ReturnType<typeof plain>
}

const run = async (
  words: readonly string[],
  { model = scriptedModel([]), agent = plain, ...more }: Given = {},
) => {
  const io = captureIo({
    cwd,
    chooseModel: async () => ({ model, reason: 'a test' }),
    loadAgent: async (_, { model: wanted, plugins = [] } = {}) =>
      agent({ model: typeof wanted === 'object' ? wanted : model, plugins }),
    ...more,
  })
  const [first = '', ...rest] = words
  const command = first === 'plan' ? planCommand : runsCommand
  const code = await command.run(first === 'plan' ? rest : words, io)
  return { code, out: io.out(), err: io.err() }
}

const started = (id: string, model = scriptedModel(['It is 2.'])) =>
  run(['start', 'a.ts', 'What is 1 + 1?', '--id', id], { model })

describe('ashlar runs', () => {
  it('needs a journal that is there, for all but start', async () => {
    for (const words of [
      ['list'],
      ['show', 'r'],
      ['cancel', 'r'],
      ['watch'],
      ['replay', 'r', 'a.ts'],
      ['prune', '--older-than', '1d'],
    ]) {
      const { code, err } = await run(words)
      expect({ words, code }).toEqual({ words, code: 2 })
      expect(err).toContain('.ashlar/runs.db')
    }
    expect(await readdir(cwd)).toEqual([])
  })

  it('starts a run, streams the answer, says its id, and finds it again', async () => {
    const { code, out, err } = await started('sum')
    expect({ code, out, err }).toEqual({ code: 0, out: 'It is 2.\n', err: 'Run sum\n' })
    expect((await run(['list'])).out).toMatch(/^RUN +NAME +STATE[^\n]+\nsum +plain +done/)
    expect(
      JSON.parse((await run(['list', '--json', '--state', 'done', '--name', 'plain', '--limit', '1'])).out),
    ).toMatchObject({ runId: 'sum', unknown: 0 })
    expect((await run(['list', '--state', 'failed'])).out).toBe('')
    const shown = await run(['show', 'sum'])
    expect(shown.out).toContain('✓  model/1')
    expect(shown.out).toContain('It is 2.')
    expect(shown.out).toMatch(/^code +(?:sha256-\w+|1)$/m)
    expect((await run(['show', 'nobody'])).err).toContain('as sum')
    expect((await started('sum')).err).toContain('ashlar runs resume')
  })

  it('takes the journal of the option before that of the environment', async () => {
    await run(['start', 'a.ts', 'hi', '--id', 'x', '--journal', 'a.db'], {
      model: scriptedModel(['a']),
      env: { ASHLAR_JOURNAL: 'b.db' },
    })
    await run(['start', 'a.ts', 'hi', '--id', 'y'], {
      model: scriptedModel(['a']),
      env: { ASHLAR_JOURNAL: 'b.db' },
    })
    expect((await readdir(cwd)).filter((name) => name.endsWith('.db')).toSorted()).toEqual(['a.db', 'b.db'])
    expect((await run(['show', 'x'], { env: { ASHLAR_JOURNAL: 'b.db' } })).code).toBe(2)
  })

  it('refuses an agent that would not be recorded, before it does anything', async () => {
    const model = scriptedModel(['never'])
    const { code, err } = await run(['start', 'a.ts', 'hi'], {
      model,
      agent: (parts) => createAgent({ model: parts.model }),
    })
    expect(code).toBe(2)
    expect(err).toContain('({ model, plugins })')
    expect(model.requests).toEqual([])
  })

  it('lists what a paused run waits for, with the command that approves it', async () => {
    const model = scriptedModel([book, 'Sent it.'])
    const paused = await run(['start', 'a.ts', 'send', '--id', 'p'], { model, agent: asking })
    expect(paused.code).toBe(3)
    expect(paused.err).toContain("Approve: ashlar runs resume p a.ts --approve 'c 1'\n")
    const asked = await run(['resume', 'p', 'a.ts'], { model, agent: asking })
    expect(asked.code).toBe(3)
    expect(asked.err).toContain('c 1 send {"to":"Ann"}')
    expect(
      (await run(['resume', 'p', 'a.ts', '--approve', 'other'], { model, agent: asking })).err,
    ).toContain('c 1')
    expect(
      (await run(['resume', 'p', 'a.ts', '--approve', 'c 1', '--deny', 'c 1=no'], { agent: asking })).code,
    ).toBe(2)
    const done = await run(['resume', 'p', 'a.ts', '--approve', 'c 1'], { model, agent: asking })
    expect({ code: done.code, out: done.out }).toEqual({ code: 0, out: 'Sent it.\n' })
    expect((await run(['resume', 'p', 'a.ts'])).out).toBe('Sent it.\n')
  })

  it('tells the model why a call was denied', async () => {
    const model = scriptedModel([book, 'Then not.'])
    await run(['start', 'a.ts', 'send', '--id', 'p'], { model, agent: asking })
    const { code } = await run(['resume', 'p', 'a.ts', '--deny', 'c 1=too late'], { model, agent: asking })
    expect(code).toBe(0)
    expect(JSON.stringify(model.requests.at(-1)?.messages)).toContain('too late')
  })

  it('leaves a run resumable at Ctrl-C, and says how', async () => {
    const controller = new AbortController()
    const slow = tool({
      description: 'Slow',
      input: { type: 'object' },
      annotations: { idempotent: true },
      execute: (_, { signal }) => {
        controller.abort(new Error('Ctrl-C'))
        signal.throwIfAborted()
        return 'done'
      },
    })
    const model = scriptedModel(({ messages: { length } }) =>
      length === 1 ? { toolCalls: [{ callId: 'c', name: 'slow', input: {} }] } : 'ready',
    )
    const agent = (parts: Parts) => createAgent({ ...parts, tools: { slow } })
    const left = await run(['start', 'a.ts', 'go', '--id', 'r'], { model, agent, signal: controller.signal })
    expect(left.code).toBe(130)
    expect(left.err).toContain('Go on: ashlar runs resume r a.ts\n')
    const again = createAgent
    const done = await run(['resume', 'r', 'a.ts'], {
      model,
      agent: (parts) =>
        again({
          ...parts,
          tools: {
            slow: tool({
              description: 'Slow',
              input: { type: 'object' },
              annotations: { idempotent: true },
              execute: () => 'done',
            }),
          },
        }),
    })
    expect({ code: done.code, out: done.out }).toEqual({ code: 0, out: 'ready\n' })
  })

  it('replays a run from its records, and says where it differs', async () => {
    await started('r')
    const model = scriptedModel([])
    expect(await run(['replay', 'r', 'a.ts'], { model })).toEqual({
      code: 0,
      out: 'The same: every step and the result\n',
      err: '',
    })
    expect(model.requests).toEqual([])
    const other: Plugin = {
      name: 'other',
      setup: () => ({
        aroundModel: (call, next) =>
          next({
            ...call,
            request: { ...call.request, messages: [...call.request.messages, ...call.request.messages] },
          }),
      }),
    }
    const changed = await run(['replay', 'r', 'a.ts'], {
      agent: (parts) => createAgent({ ...parts, plugins: [other, ...parts.plugins] }),
    })
    expect(changed.code).toBe(1)
    expect(changed.err).toContain('Step r:model/1 is asked something else')
  })

  it('says where the result of a replay differs, and with which model', async () => {
    await started('r')
    const journal = await sqliteJournal(join(cwd, '.ashlar/runs.db'))
    const { result } = (await journal.run('r')) ?? {}
    const held = await journal.claim({ runId: 'r', name: 'plain', version: '1', input: null, leaseMs: 1_000 })
    await held.end(
      'done',
      JSON.parse(JSON.stringify(result).replace('"text":"It is 2."', '"text":"It is 3."')),
    )
    await journal.close()
    const replayed = await run(['replay', 'r', 'a.ts'])
    expect(replayed.code).toBe(1)
    expect(replayed.out).toMatch(/^Different: the result, in\n  \S*text\n$/)
    expect((await run(['replay', 'r', 'a.ts', '--model', 'other/model'])).err).toContain(
      'asked something else',
    )
    expect((await run(['replay', 'r', 'a.ts', '--model', 'model'])).code).toBe(2)
  })

  it('serves its page until Ctrl-C', async () => {
    await started('r')
    const controller = new AbortController()
    const io = captureIo({ cwd, signal: controller.signal })
    const serving = runsCommand.run(['page', '--port', '0'], io)
    while (!io.err().includes('http')) await new Promise((resolve) => setTimeout(resolve, 10))
    const [url = ''] = /http:\S+/.exec(io.err()) ?? []
    expect(await (await fetch(`${url}api/runs`)).json()).toMatchObject([{ runId: 'r', state: 'done' }])
    controller.abort()
    expect(await serving).toBe(0)
    expect((await run(['page', '--port', 'x'])).code).toBe(2)
  })

  it('masks secrets and takes control characters out', async () => {
    await started('s', scriptedModel(['The key is sk-ant-api03-abcdefghijk1234567890 \u001B[31mred']))
    for (const words of [
      ['show', 's'],
      ['show', 's', '--json'],
    ]) {
      const { out } = await run(words)
      expect(out).toContain('[redacted]')
      expect(out).not.toContain('abcdefghijk1234567890')
      expect(out).not.toMatch(/\p{Cc}(?<!\n)|\\u001b/u)
    }
  })

  it('says that a run was cancelled from elsewhere, and how to go on with it', async () => {
    const model: LanguageModel = {
      ...scriptedModel(['never']),
      stream: async function* ({ signal }) {
        yield await new Promise<never>((_resolve, reject) =>
          signal?.addEventListener('abort', () => reject(signal.reason)),
        )
      },
    }
    const going = run(['start', 'a.ts', 'go', '--id', 'r'], { model })
    await expect.poll(async () => (await run(['list'])).out).toMatch(/^r +plain +running/m)
    expect(await run(['cancel', 'r'])).toEqual({ code: 0, out: 'Cancelled r\n', err: '' })
    const { code, err } = await going
    expect(code).toBe(1)
    expect(err).toContain('Cancelled from elsewhere; what it did is kept. Go on: ashlar runs resume r a.ts\n')
  })

  it('cancels what is not done, and prunes what is', async () => {
    await run(['start', 'a.ts', 'send', '--id', 'p'], { model: scriptedModel([book]), agent: asking })
    await started('d')
    expect(await run(['cancel', 'p'])).toMatchObject({ code: 0, out: 'Cancelled p\n' })
    expect(await run(['cancel', 'd'])).toMatchObject({ code: 1, err: 'Nothing to cancel: d is done\n' })
    expect((await run(['prune'])).code).toBe(2)
    expect((await run(['prune', '--older-than', 'soon'])).code).toBe(2)
    expect((await run(['prune', '--older-than', '1d'])).out).toBe('Forgot 0 runs\n')
    await new Promise((resolve) => setTimeout(resolve, 5))
    expect((await run(['prune', '--older-than', '0s'])).out).toBe('Forgot 1 run\n')
    expect((await run(['prune', '--older-than', '0s', '--state', 'aborted'])).out).toBe('Forgot 1 run\n')
  })
})

const agentsFile = `export const agents = { reader: { description: 'Reads documents' }, writer: { description: 'Writes' } }
export const synthesiser = 'writer'
`
const offline = (model: LanguageModel): LanguageModel => ({ ...model, provider: 'local', modelId: 'offline' })

describe('ashlar plan', () => {
  const goal = 'Two things:\n- read the documents of May\n- read those of June'
  beforeEach(() => writeFile(join(cwd, 'agents.mjs'), agentsFile))

  it('shows a plan made by rules, without running it', async () => {
    const { code, out } = await run(['plan', goal, '--agents', 'agents.mjs'], {
      model: offline(scriptedModel([])),
    })
    expect(code).toBe(0)
    expect(out).toContain('step-1 – reader: read the documents of May')
    expect(await readdir(cwd)).toEqual(['agents.mjs'])
  })

  it('has a plan made by a model where there is one', async () => {
    const tasks = [{ id: 'find', agentId: 'reader', input: 'Find it', dependsOn: [] }]
    const model = scriptedModel([JSON.stringify({ tasks })])
    const { out } = await run(['plan', goal, '--agents', 'agents.mjs', '--json'], { model })
    expect(JSON.parse(out)).toEqual({ goal, tasks })
  })

  it('runs it when told yes: progress beside, the answer of the last task', async () => {
    const model = offline(
      scriptedModel(({ messages }) => (JSON.stringify(messages).includes('before') ? 'All read.' : 'Read.')),
    )
    const { code, out, err } = await run(['plan', goal, '--agents', 'agents.mjs', '--yes'], { model })
    expect({ code, out }).toEqual({ code: 0, out: 'All read.\n' })
    expect(err).toMatch(/▶ step-1 \(reader\)[^]*✓ step-2[^]*✓ answer/)
    const [{ runId } = { runId: '' }] = [JSON.parse((await run(['list', '--json'])).out)]
    const again = await run(['plan', '--resume', runId, '--agents', 'agents.mjs', '--yes'], {
      model: offline(scriptedModel([])),
    })
    expect({ code: again.code, out: again.out }).toEqual({ code: 0, out: 'All read.\n' })
  })

  it('asks first, and does nothing when told no', async () => {
    const asked = await run(['plan', goal, '--agents', 'agents.mjs', '--run'], {
      model: offline(scriptedModel([])),
      isTTY: true,
      stdin: 'n\n',
    })
    expect(asked.code).toBe(0)
    expect(asked.err).toContain('Run it? [y/N]')
    expect(await readdir(cwd)).toEqual(['agents.mjs'])
    const unasked = await run(['plan', goal, '--agents', 'agents.mjs', '--run'], {
      model: offline(scriptedModel([])),
    })
    expect(unasked.code).toBe(2)
  })

  it('says what is missing of a plan that failed, and how to go on', async () => {
    const model = offline(
      scriptedModel(({ messages }) => {
        if (JSON.stringify(messages).includes('June')) throw new Error('no June')
        return 'Read.'
      }),
    )
    const { code, err } = await run(['plan', goal, '--agents', 'agents.mjs', '--yes'], { model })
    expect(code).toBe(1)
    expect(err).toMatch(
      /✗ step-2, failed[^]*Partial: nothing from answer \(upstream_failed\)[^]*Go on: ashlar plan --resume/,
    )
  })

  const threeAgents = agentsFile.replace('writer:', "other: { description: 'Reads' }, writer:")
  /** One that cannot read June as the reader; it hears who is asked by their instructions. */
  const juneModel = (asked: string[]) =>
    scriptedModel(({ messages, instructions = '' }) => {
      const [who = ''] = instructions.split(' ')
      const text = JSON.stringify(messages[0])
      asked.push(`${who} ${['before', 'May', 'June'].find((word) => text.includes(word))}`)
      if (who === 'reader' && text.includes('June') && !text.includes('before')) throw new Error('no June')
      return 'Read.'
    })
  const instructed = threeAgents.replaceAll(
    /(\w+): \{ description/g,
    "$1: { instructions: '$1 works', description",
  )

  it('plans again when a task fails, shows it, and does nothing twice', async () => {
    await writeFile(join(cwd, 'agents.mjs'), instructed)
    const asked: string[] = []
    const words = ['plan', goal, '--agents', 'agents.mjs', '--yes', '--json']
    const { code, out, err } = await run(words, { model: offline(juneModel(asked)) })
    expect(code).toBe(0)
    expect(asked.toSorted()).toEqual(['other June', 'reader June', 'reader May', 'writer before'])
    expect(err).toMatch(/✗ step-2, failed: .*no June[^]*Planned again\n[^]*step-2-2 – other[^]*✓ step-2-2/)
    const { runId } = JSON.parse(out)
    const shown = (await run(['show', runId])).out
    expect(shown).toMatch(/✗ +step-2 +reader +failed[^]*✓ +step-2-2 +other +done[^]*✓ +answer +writer +done/)
  })

  it('asks before another plan runs, and leaves the failure when told no', async () => {
    await writeFile(join(cwd, 'agents.mjs'), instructed)
    const asked: string[] = []
    const words = ['plan', goal, '--agents', 'agents.mjs', '--run']
    const how = { model: offline(juneModel(asked)), isTTY: true, stdin: ['y\n', 'n\n'] }
    const { code, err } = await run(words, how)
    expect(code).toBe(1)
    expect(err.split('Run it? [y/N]')).toHaveLength(3)
    expect(asked.toSorted()).toEqual(['reader June', 'reader May'])
  })

  it('goes on with the plan that took over, for the same goal', async () => {
    await writeFile(join(cwd, 'agents.mjs'), instructed)
    const asked: string[] = []
    const failing = scriptedModel(({ messages, instructions = '' }) => {
      asked.push(instructions)
      if (JSON.stringify(messages[0]).includes('June')) throw new Error('no June')
      return 'Read.'
    })
    const words = ['--agents', 'agents.mjs', '--yes']
    const left = await run(['plan', goal, ...words], { model: offline(failing) })
    expect(left.code).toBe(1)
    const [, runId = ''] = /plan --resume (\S+)/.exec(left.err) ?? []
    asked.length = 0
    const again = await run(['plan', '--resume', runId, ...words], { model: offline(juneModel(asked)) })
    expect(again.code).toBe(0)
    expect(again.err).toContain('Goal: Two things:')
    expect(again.err).toContain('✓ step-1, done before')
    expect(asked).toEqual(['other June', 'writer before'])
  })

  it('says why there is no other plan', async () => {
    let turn = 0
    const plan = { tasks: [{ id: 'find', agentId: 'reader', input: 'Find it', dependsOn: [] }] }
    const model = scriptedModel(() => {
      turn += 1
      if (turn === 1) return JSON.stringify(plan)
      throw new Error(turn === 2 ? 'nothing found' : 'the planner is out')
    })
    const { code, err } = await run(['plan', goal, '--agents', 'agents.mjs', '--yes'], { model })
    expect(code).toBe(1)
    expect(err).toMatch(
      /✗ find, failed: .*nothing found\nThere is no other plan: the planner is out\n[^]*Partial: nothing from find/,
    )
  })

  it('leaves a plan resumable at Ctrl-C: what succeeded is not done again', async () => {
    const controller = new AbortController()
    const asked: string[] = []
    const modelThat = (stop: boolean) =>
      offline(
        scriptedModel(({ messages }) => {
          const text = JSON.stringify(messages[0])
          asked.push(['then', 'May', 'June'].find((word) => text.includes(word)) ?? '?')
          if (stop && asked.length === 2) controller.abort(new Error('Ctrl-C'))
          return 'Read.'
        }),
      )
    const words = ['plan', 'first read May, then read June', '--agents', 'agents.mjs', '--yes']
    const left = await run(words, { model: modelThat(true), signal: controller.signal })
    expect(left.code).toBe(130)
    const [, runId = ''] =
      /Go on: ashlar plan --resume (\S+) --agents agents\.mjs --yes\n/.exec(left.err) ?? []
    const again = await run(['plan', '--resume', runId, '--agents', 'agents.mjs', '--yes'], {
      model: modelThat(false),
    })
    expect(again.code).toBe(0)
    expect(again.err).toContain('✓ step-1, done before')
    expect(asked).toEqual(['May', 'June', 'June', 'then'])
  })

  it('refuses a file without agents', async () => {
    await writeFile(join(cwd, 'none.mjs'), 'export const agents = {}')
    await mkdir(join(cwd, 'x'))
    for (const file of ['none.mjs', 'x', 'missing.mjs'])
      expect((await run(['plan', goal, '--agents', file])).code).toBe(2)
    expect((await run(['plan', goal])).code).toBe(2)
    expect((await run(['plan', '--agents', 'agents.mjs'])).code).toBe(2)
  })
})

describe('ashlar runs watch', () => {
  const record = async (fail: boolean) => {
    await mkdir(join(cwd, '.ashlar'))
    const journal = await sqliteJournal(join(cwd, '.ashlar/runs.db'))
    const graph = defineGraph([{ id: 'a' }, { id: 'b', dependsOn: ['a'] }])
    const run = await durableRuns(journal).runGraph(
      graph,
      ({ id }) => {
        if (fail && id === 'a') throw new Error('broken')
        return `${id} done`
      },
      { runId: 'g' },
    )
    await run.result
    await journal.close()
  }

  it('prints lines in a pipe, and ends with the run', async () => {
    await record(false)
    const { code, out } = await run(['watch'])
    expect(code).toBe(0)
    expect(out).toMatch(/^✓ a done · a done\n✓ b done · b done\ngraph · done/)
  })

  it('follows what another process does, and is left alone by Ctrl-C', async () => {
    await mkdir(join(cwd, '.ashlar'))
    const journal = await sqliteJournal(join(cwd, '.ashlar/runs.db'))
    const held = Promise.withResolvers<string>()
    const graph = defineGraph([{ id: 'a' }, { id: 'b', dependsOn: ['a'] }])
    const going = await durableRuns(journal).runGraph(graph, ({ id }) => (id === 'b' ? held.promise : id), {
      runId: 'g',
    })
    const controller = new AbortController()
    const left = run(['watch'], { signal: controller.signal })
    const io = captureIo({ cwd })
    const watched = runsCommand.run(['watch', 'g'], io)
    while (!io.out().includes('b running')) await new Promise((resolve) => setTimeout(resolve, 10))
    controller.abort(new Error('Ctrl-C'))
    expect((await left).code).toBe(130)
    held.resolve('at last')
    expect((await going.result).state).toBe('success')
    expect(await watched).toBe(0)
    await journal.close()
    expect(io.out()).toMatch(/▶ b running\n✓ b done · at last\ngraph · done/)
  })

  it('draws in place on a terminal, within its width', async () => {
    await record(true)
    const { code, out } = await run(['watch', 'g'], { isTTY: true, columns: 40, env: { NO_COLOR: '1' } })
    expect(code).toBe(1)
    expect(out).toContain('✗ a · broken')
    expect(out).toContain('⊘ b')
    for (const line of stripVTControlCharacters(out).split('\n')) expect(line.length).toBeLessThan(40)
  })
})

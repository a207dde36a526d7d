import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createWireServer, type WireAnswer, type WireRecord } from '@ashlar/testing/wire'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'research-team-'))
})
afterEach(() => rm(folder, { recursive: true }))

interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly out: string
  readonly err: string
}

interface StartOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly onOutput?: (text: string, child: ChildProcess) => void
}

const start = (words: readonly string[], { env = {}, onOutput }: StartOptions = {}) => {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts'), ...words], {
    cwd: folder,
    // Node 22 warns that SQLite is experimental.
    env: { PATH: process.env['PATH'] ?? '', NODE_NO_WARNINGS: '1', OLLAMA_HOST: '127.0.0.1:1', ...env },
    timeout: 15_000,
  })
  const ended = new Promise<Ended>((resolve, reject) => {
    const text = { out: '', err: '' }
    child.stdout.on('data', (chunk: Buffer) => {
      text.out += String(chunk)
      onOutput?.(text.out, child)
    })
    child.stderr.on('data', (chunk: Buffer) => (text.err += String(chunk)))
    child.once('error', reject).once('close', (code, signal) => resolve({ code, signal, ...text }))
  })
  return { child, ended }
}

const texts: Readonly<Record<string, string>> = {
  'sea.md': '# The sea\n\nThe sea is blue and deep. Ships cross the sea. Nobody owns the sea.\n',
  'moon.md': '# The moon\n\nThe moon is white. The moon has craters. Everybody can see the moon.\n',
  'wind.md': '# The wind\n\nThe wind is fast. Sails use the wind. Nobody sees the wind.\n',
  'rain.txt': 'The rain is wet. Fields need the rain. The rain falls down.\n',
}

const write = async (): Promise<string> => {
  const docs = join(folder, 'docs')
  await mkdir(docs)
  for (const [name, text] of Object.entries(texts)) await writeFile(join(docs, name), text)
  return docs
}

const reportOf = (name = 'research-docs.md'): Promise<string> =>
  readFile(join(folder, 'reports', name), 'utf8')

const done = (out: string): string[] => Array.from(out.matchAll(/^✓ ([\w-]+), \d/gm), ([, id = '']) => id)
const replayed = (out: string): string[] =>
  Array.from(out.matchAll(/^✓ ([\w-]+), from the journal$/gm), ([, id = '']) => id)

const all = ['research-1', 'research-2', 'research-3', 'critique', 'answer']

/** A vendor whose model makes a plan and does each task by what it is told; `asked` says for whom it was. */
const vendor = (hangAt?: string) => {
  const asked: string[] = []
  const tasks = [1, 2, 3].map((n) => ({
    id: `research-${n}`,
    agentId: `researcher-${n}`,
    input: `Part ${n} of the documents`,
    dependsOn: [],
  }))
  const last = [
    { id: 'critique', agentId: 'critic', input: 'Be critical', dependsOn: tasks.map(({ id }) => id) },
    { id: 'answer', agentId: 'synthesiser', input: 'Write it all', dependsOn: ['critique'] },
  ]
  const answers = ({ rawBody }: WireRecord): WireAnswer => {
    const part = /Part (\d) of the documents/.exec(rawBody)?.[1]
    const who = rawBody.includes('Break the goal')
      ? 'plan'
      : rawBody.includes('Be critical')
        ? 'critique'
        : rawBody.includes('Write it all')
          ? 'answer'
          : `research-${part}`
    const isFirst = !rawBody.includes('"tool"') && !rawBody.includes('function_call_output')
    asked.push(who)
    if (who === hangAt) return { fault: { stop: 'hang', at: 'headers' } }
    if (who === 'plan') return { text: JSON.stringify({ tasks: [...tasks, ...last] }) }
    if (part === undefined || !isFirst) return { text: `The text of ${who}.` }
    const path = Object.keys(texts)[Number(part) - 1]
    return { toolCalls: [{ name: 'readFile', input: { path } }] }
  }
  return { asked, answers }
}

/** Runs against a server of its own; with `kill`, killed once it is asked for that. */
const withVendor = async (docs: string, kill?: string) => {
  const { asked, answers } = vendor(kill)
  await using server = await createWireServer({ answers })
  const env = { OPENAI_API_KEY: 'sk-x', OPENAI_BASE_URL: `${server.url}/v1` }
  const { child, ended } = start([docs], { env })
  if (kill !== undefined) {
    await server.until(() => asked.includes(kill), 10_000)
    child.kill('SIGKILL')
  }
  return { ...(await ended), asked }
}

describe('research-team', () => {
  it('shows the plan, every task, and an answer with its sources', async () => {
    const docs = await write()
    const { code, out, err } = await start([docs, '--question', 'What is there?']).ended
    expect([code, err]).toEqual([0, ''])
    expect(out).toMatch(/^Model: local\/offline-rules \(rule-based, not a language model/)
    expect(out).toContain('Goal: What is there?\n1. 3 tasks at once\n')
    expect(out).toMatch(/\n {2}research-\d: readFile sea\.md → \d+ characters\n/)
    expect(done(out).toSorted()).toEqual(all.toSorted())
    const report = await reportOf()
    expect(out).toContain(report)
    expect(report).toMatch(/^# What is there\?\n\nModel: local\/offline-rules/)
    expect(report).toMatch(/## Sources\n\n- moon\.md\n- rain\.txt\n- sea\.md\n- wind\.md\n$/)
    expect(report).not.toContain('## Missing')
  })

  it.each(['research-2', 'critique', 'answer'])(
    'killed at %s and started again: what was done is not done again, and the report is the same',
    async (at) => {
      const docs = await write()
      const killed = await withVendor(docs, at)
      expect([killed.signal, killed.err]).toEqual(['SIGKILL', ''])
      expect(await readdir(join(folder, 'reports'))).not.toContain('research-docs.md')
      const resumed = await withVendor(docs)
      expect([resumed.code, resumed.err]).toEqual([0, ''])
      const report = await reportOf()

      await rm(join(folder, 'reports'), { recursive: true })
      const calm = await withVendor(docs)
      expect(report).toBe(await reportOf())
      expect(report).toContain('## Sources\n\n- moon.md\n- sea.md\n- wind.md\n')
      // Nothing is asked twice but what was under way, and nothing is left out.
      expect(resumed.asked).not.toContain('plan')
      const answered = killed.asked.filter((who) => who !== at)
      const underWay = answered.length + resumed.asked.length - calm.asked.length
      expect(underWay).toBeGreaterThanOrEqual(0)
      expect(underWay).toBeLessThanOrEqual(2)
      const before = done(killed.out)
      expect(replayed(resumed.out)).toEqual(expect.arrayContaining(before))
      expect([...replayed(resumed.out), ...done(resumed.out)].toSorted()).toEqual(all.toSorted())
      for (const id of replayed(resumed.out)) expect(resumed.asked).not.toContain(id)
      if (at !== 'research-2') expect(before).toHaveLength(at === 'critique' ? 3 : 4)
    },
  )

  it('killed with no key: gone on with, until there is the same report', async () => {
    const docs = await write()
    const onOutput = (text: string, child: ChildProcess): void => {
      if (text.includes('✓')) child.kill('SIGKILL')
    }
    const killed = await start([docs], { onOutput }).ended
    expect(done(killed.out).length).toBeGreaterThan(0)
    const resumed = await start([docs]).ended
    expect([resumed.code, resumed.err]).toEqual([0, ''])
    expect(replayed(resumed.out)).toEqual(expect.arrayContaining(done(killed.out)))
    const report = await reportOf()
    const again = await start([docs]).ended
    expect([replayed(again.out).toSorted(), await reportOf()]).toEqual([all.toSorted(), report])
    // The control: without the journal, all of it is done again.
    const fresh = await start([docs, '--fresh']).ended
    expect([replayed(fresh.out), done(fresh.out).toSorted()]).toEqual([[], all.toSorted()])
    expect(await reportOf()).toBe(report)
  })

  it('begins anew when the documents changed', async () => {
    const docs = await write()
    await start([docs]).ended
    await writeFile(join(docs, 'snow.md'), 'The snow is cold.\n')
    const { out } = await start([docs]).ended
    expect(replayed(out)).toEqual([])
    expect(await reportOf()).toContain('- snow.md\n')
  })

  it('says what is missing when a researcher fails', async () => {
    const docs = await write()
    const { answers } = vendor()
    await using server = await createWireServer({
      answers: (request) =>
        request.rawBody.includes('Part 2 of') && !request.rawBody.includes('Be critical')
          ? { fault: { status: 400 } }
          : answers(request),
    })
    const env = { OPENAI_API_KEY: 'sk-x', OPENAI_BASE_URL: `${server.url}/v1` }
    const { code, out, err } = await start([docs], { env }).ended
    expect([code, err]).toEqual([1, expect.stringContaining('Not every task succeeded')])
    expect(out).toMatch(/^✗ research-2: failed/m)
    expect(await reportOf()).toContain('## Missing\n\n- research-2: failed\n- critique: upstream_failed\n')
  })

  it('is interrupted, and says how to go on', async () => {
    const docs = await write()
    const { answers, asked } = vendor('critique')
    await using server = await createWireServer({ answers })
    const env = { OPENAI_API_KEY: 'sk-x', OPENAI_BASE_URL: `${server.url}/v1` }
    const { child, ended } = start([docs], { env })
    await server.until(() => asked.includes('critique'), 10_000)
    child.kill('SIGINT')
    const { code, err } = await ended
    expect([code, err]).toEqual([130, '\nInterrupted: start it again to go on\n'])
  })

  it.each([
    ['a folder that is not there', ['nowhere'], /^Error: root: expected a folder/],
    ['a folder without texts', ['.'], /^Error: There are no text files in /],
    ['an unknown option', ['--foo'], /^Error: Unknown option '--foo'/],
    ['two folders', ['a', 'b'], /^Error: Usage: /],
  ])('refuses %s in one line and writes nothing', async (_, words, message) => {
    const { code, err } = await start(words).ended
    expect(code).toBe(2)
    expect(err).toMatch(message)
    expect(err.trimEnd().split('\n')).toHaveLength(1)
    expect(await readdir(folder)).toEqual([])
  })
})

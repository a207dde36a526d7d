import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAgent, ModelError, type Plugin, tool } from '@ashlar/core'
import { durable, sqliteJournal } from '@ashlar/orchestrator/durable'
import { telemetry } from '@ashlar/telemetry'
import { scriptedModel } from '@ashlar/testing'
import { cassetteModel } from '@ashlar/testing/cassette'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { describe, expect, it } from 'vitest'
import { createYoloSession, jsonlTranscript, permissions } from '../permissions/index.ts'
import { createRedactor } from '../redact/index.ts'
import { guardrails, injectionMarkers, redaction } from './index.ts'

/** Secrets of several kinds; none has a shape that telemetry or cassettes know, but for the key. */
const canaries = {
  env: 'canary-7f3a9c21e5d84b60/zebra+1',
  file: 'C4n4ry-in-a-file-55aa',
  result: 'ghp_CANARY0123456789abcdefghij',
  error: 'C4n4ry-in-an-error-66bb',
  input: 'C4n4ry-of-the-user-77cc',
  refusal: 'C4n4ry-in-a-refusal-99ee',
  spoken: 'C4n4ry-of-the-model-88dd',
}
const env = { HOME: '/home/ann', SERVICE_TOKEN: canaries.env }

/** Everything a canary could be written as on its way to a disk. */
const formsOf = (secret: string): string[] => [
  secret,
  encodeURIComponent(secret),
  Buffer.from(secret).toString('base64').replaceAll('=', ''),
  Buffer.from(`${secret}\n`).toString('base64url').slice(0, -2),
]
const leaksIn = (place: string, text: string): string[] =>
  Object.entries(canaries).flatMap(([name, secret]) =>
    formsOf(secret).some((form) => text.includes(form)) ? [`${name} in ${place}`] : [],
  )

const makeTools = (folder: string) => ({
  environment: tool({
    description: 'Shows the environment.',
    annotations: { readOnly: true },
    execute: async (_, { report }) => {
      report(env)
      return Object.entries(env)
        .map(
          ([name, value]) =>
            `${name}=${value} ${Buffer.from(value).toString('base64')} ${encodeURIComponent(value)}`,
        )
        .join('\n')
    },
  }),
  readFile: tool({ description: 'Reads a file.', execute: () => readFile(join(folder, '.env'), 'utf8') }),
  fetchItem: tool({
    description: 'Fetches.',
    execute: async () => ({ items: [{ id: 1, api_key: canaries.result }], note: canaries.result }),
  }),
  connect: tool({
    description: 'Connects.',
    execute: async () => {
      throw new Error(`cannot connect to postgres://app:${canaries.error}@db:5432/x`, {
        cause: new Error(canaries.error),
      })
    },
  }),
})

interface Scene {
  readonly guard: readonly Plugin[]
  /** Telemetry is told to be put first: it must not matter. */
  readonly traceFirst: boolean
}

/** A run in which all canaries come up; gives every place where one was found. */
const leaksOf = async ({ guard, traceFirst }: Scene): Promise<string[]> => {
  const folder = await mkdtemp(join(tmpdir(), 'ashlar-canary-'))
  const disk = await mkdtemp(join(tmpdir(), 'ashlar-canary-disk-'))
  await writeFile(join(folder, '.env'), `NAME=x\nDB_PASSWORD=${canaries.file}\n`)
  const exporter = new InMemorySpanExporter()
  const tracer = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).getTracer(
    'test',
  )
  const journal = await sqliteJournal(join(disk, 'journal.db'))
  const yolo = createYoloSession({
    transcript: jsonlTranscript(join(disk, 'yolo.jsonl')),
    redactor: createRedactor({ env }),
  })
  const upstream = scriptedModel([
    { text: 'I look.', toolCalls: [{ name: 'environment' }, { name: 'readFile' }] },
    { toolCalls: [{ name: 'fetchItem' }, { name: 'connect' }] },
    { text: `It is password="${canaries.spoken}", all done.`, deltaSize: 4 },
    {
      text: '',
      error: new ModelError(`Refused: password="${canaries.refusal}"`, {
        kind: 'bad-request',
        provider: 'x',
        modelId: 'y',
      }),
    },
  ])
  const model = cassetteModel(join(disk, 'tape.jsonl'), {
    model: upstream,
    mode: 'record',
    force: true,
    env: {},
  })
  const trace = telemetry({ tracer, content: { env: {} } })
  const plugins = [
    ...(traceFirst ? [trace, ...guard] : [...guard, trace]),
    permissions({ yolo }),
    durable(journal),
  ]
  const agent = createAgent({ name: 'mason', model, tools: makeTools(folder), plugins })
  const logs: string[] = []
  const states: unknown[] = []
  const question = `My password: "${canaries.input}". Look at everything.`
  for await (const event of agent.run(question, { runId: 'canary' })) {
    logs.push(JSON.stringify(event))
    if (event.type === 'run-end') states.push(event.result)
  }
  const error: unknown = await agent.run('Again.', { runId: 'canary-2' }).catch((thrown: unknown) => thrown)
  logs.push(error instanceof Error ? `${error.stack} ${JSON.stringify(error)}` : String(error))
  await journal.close()
  const sent = JSON.stringify(upstream.requests)
  const files = await readdir(disk)
  const onDisk = await Promise.all(
    files.map(async (name) => leaksIn(name, await readFile(join(disk, name), 'latin1'))),
  )
  const spans = exporter
    .getFinishedSpans()
    .map(({ name, attributes, events, status }) => JSON.stringify([name, attributes, events, status]))
  expect(files).toEqual(expect.arrayContaining(['journal.db', 'tape.jsonl', 'yolo.jsonl']))
  expect(spans.length).toBeGreaterThan(6)
  expect(spans.join('\n')).toContain('all done.')
  expect(states).toHaveLength(1)
  return [
    ...leaksIn('events', logs.join('\n')),
    ...leaksIn('result', JSON.stringify(states)),
    ...leaksIn('requests', sent),
    ...leaksIn('traces', spans.join('\n')),
    ...onDisk.flat(),
  ]
}

const guard = [guardrails({ guardrails: [redaction({ env }), injectionMarkers()] })]

describe('canary secrets', () => {
  it.each([[true], [false]])(
    'reach no event, log, trace, request or file (traces first: %s)',
    async (traceFirst) => {
      // What the model itself says passes the cassette before anything of ours: it has a redactor of its own.
      const leaks = (await leaksOf({ guard, traceFirst })).filter(
        (leak) => !/^(?:spoken|refusal) in tape/.test(leak),
      )
      expect(leaks).toEqual([])
    },
  )

  it('are found everywhere without the plugin', async () => {
    const leaks = await leaksOf({ guard: [], traceFirst: true })
    for (const name of ['env', 'file', 'result', 'error', 'input', 'spoken', 'refusal']) {
      expect(leaks).toContain(`${name} in events`)
      expect(leaks.some((leak) => leak.startsWith(`${name} in journal.db`))).toBe(true)
    }
    // Telemetry masks by itself what looks like a secret; that it has the rest is checked above.
    expect(leaks.filter((leak) => leak.endsWith('in traces'))).toEqual([])
    expect(leaks).toContain('file in tape.jsonl')
    expect(leaks).toContain('input in requests')
  })

  it('are found in a journal that is outside of the plugin: the order matters', async () => {
    const disk = await mkdtemp(join(tmpdir(), 'ashlar-canary-order-'))
    const journal = await sqliteJournal(join(disk, 'journal.db'))
    const agent = createAgent({ model: scriptedModel(['Well.']), plugins: [durable(journal), ...guard] })
    await agent.run(`My password: "${canaries.input}".`, { runId: 'order' })
    await journal.close()
    const files = await Promise.all((await readdir(disk)).map((name) => readFile(join(disk, name), 'latin1')))
    expect(leaksIn('journal', files.join('\n'))).toEqual(['input in journal'])
  })
})

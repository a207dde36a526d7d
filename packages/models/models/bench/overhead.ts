/**
 * CPU that combinators add to a provider's own: streams of 2,000 chunks from a server in another process, each stack in
 * processes of its own, as an application has one. Run it with `node bench/overhead.ts [rounds]`; it takes minutes.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { type LanguageModel, userText } from '@ashlar/core'
import { openai } from '@ashlar/openai'
import { createWireServer } from '@ashlar/testing/wire'
import { breaker, cache, coalesce, fallback, hedge, limit, retry, timeout } from '../src/index.ts'

const chunks = 2000
const streamsARun = 8
/** Until the code is as fast as it gets. */
const runsToWarmUp = 4
const runs = 6

const serve = async (): Promise<void> => {
  const answer = { text: 'word '.repeat(chunks), deltaSize: 5, pace: { frames: 1, everyMs: 1 } }
  const server = await createWireServer({ answers: () => answer })
  process.send?.(server.url)
}

const read = async (model: LanguageModel): Promise<void> => {
  for await (const _ of model.stream({ messages: [userText(`hello ${Math.random()}`)] }));
}

/** Milliseconds of CPU a stream. */
const measure = async (model: LanguageModel): Promise<number> => {
  const before = process.cpuUsage()
  await Promise.all(Array.from({ length: streamsARun }, () => read(model)))
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000 / streamsARun
}

const stacks: Record<string, (leaf: LanguageModel) => LanguageModel> = {
  none: (leaf) => leaf,
  'limit, breaker, retry, fallback, cache': (leaf) => cache(fourAround(leaf)),
  'limit, breaker, retry, fallback, hedge': (leaf) => hedge(fourAround(leaf), { afterMs: 10_000 }),
  'limit, breaker, retry, fallback, timeout': (leaf) =>
    timeout(fourAround(leaf), { totalMs: 60_000, betweenEventsMs: 10_000 }),
  'limit, breaker, retry, fallback, coalesce': (leaf) => coalesce(fourAround(leaf)),
  'limit, breaker, retry, fallback, coalesce, cache': (leaf) => cache(coalesce(fourAround(leaf))),
  'none, again': (leaf) => leaf,
}

const fourAround = (leaf: LanguageModel): LanguageModel =>
  fallback([retry(breaker(limit(leaf, { requestsPerMinute: 1e6, maxQueue: 100 }))), { ...leaf }])

/** As many events as chunks, at next to no cost of its own: shows what an event costs in the layers alone. */
const generator: LanguageModel = {
  provider: 'none',
  modelId: 'none',
  async *stream() {
    for (let chunk = 0; chunk < chunks; chunk++) yield { type: 'text-delta', text: 'word ' }
    yield { type: 'part', part: { type: 'text', text: 'word '.repeat(chunks) } }
    const usage = { inputTokens: 1, outputTokens: chunks }
    yield { type: 'finish', reason: 'stop', usage, response: { provider: 'none', modelId: 'none' } }
  },
}

/** One process: reports the least of its runs, as whatever else the machine does only adds to it. */
const runStack = async (name: string, baseURL: string): Promise<void> => {
  const leaf = baseURL === '' ? generator : openai('some-model', { baseURL, apiKey: 'none' })
  const model = stacks[name]?.(leaf) ?? leaf
  for (let run = 0; run < runsToWarmUp; run++) await measure(model)
  const values: number[] = []
  for (let run = 0; run < runs; run++) values.push(await measure(model))
  process.send?.(Math.min(...values))
}

const measureApart = async (name: string, baseURL: string): Promise<number> => {
  const child = fork(import.meta.filename, ['stack', name, baseURL])
  const [value] = await once(child, 'message')
  child.kill()
  return Number(value)
}

const compare = async (
  title: string,
  { baseURL, rounds }: { baseURL: string; rounds: number },
): Promise<void> => {
  const results = new Map<string, number[]>()
  for (let round = 0; round < rounds; round++)
    for (const name of Object.keys(stacks))
      results.set(name, [...(results.get(name) ?? []), await measureApart(name, baseURL)])
  const base = Math.min(...(results.get('none') ?? []), ...(results.get('none, again') ?? []))
  console.log(`${title}: ${chunks} chunks; ms CPU a stream, least of ${rounds} processes`)
  for (const [name, values] of results) {
    const own = Math.min(...values)
    const more = own - base
    console.log(
      `${own.toFixed(2).padStart(8)}  ${more.toFixed(2).padStart(6)} ms  ${((more / base) * 100).toFixed(1).padStart(6)} %  ${name}`,
    )
  }
}

const [role = '3', name = '', address = ''] = process.argv.slice(2)
if (role === 'serve') await serve()
else if (role === 'stack') await runStack(name, address)
else {
  const server = fork(import.meta.filename, ['serve'])
  const [url] = await once(server, 'message')
  try {
    await compare('bare generator', { baseURL: '', rounds: Number(role) })
    await compare('OpenAI provider', { baseURL: `${String(url)}/v1`, rounds: Number(role) })
  } finally {
    server.kill()
  }
}

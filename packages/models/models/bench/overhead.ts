/**
 * CPU that combinators add to a provider's own: streams of 2,000 chunks from a server in another process.
 * Run it with `node bench/overhead.ts`; it prints medians of interleaved rounds.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { type LanguageModel, userText } from '@ashlar/core'
import { openai } from '@ashlar/openai'
import { createWireServer } from '@ashlar/testing/wire'
import { breaker, cache, coalesce, fallback, hedge, limit, retry, timeout } from '../src/index.ts'

const chunks = 2000
const rounds = 7
const streamsARound = 16

const serve = async (): Promise<void> => {
  const answer = { text: 'word '.repeat(chunks), deltaSize: 5, pace: { frames: 1, everyMs: 1 } }
  const server = await createWireServer({ answers: () => answer })
  process.send?.(server.url)
}

const read = async (model: LanguageModel): Promise<number> => {
  let events = 0
  for await (const _ of model.stream({ messages: [userText(`hello ${Math.random()}`)] })) events++
  return events
}

const measure = async (model: LanguageModel): Promise<{ cpuMs: number; events: number }> => {
  const before = process.cpuUsage()
  const counts = await Promise.all(Array.from({ length: streamsARound }, () => read(model)))
  const { user, system } = process.cpuUsage(before)
  const events = counts.reduce((sum, count) => sum + count, 0)
  return { cpuMs: (user + system) / 1000 / streamsARound, events: events / streamsARound }
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0

const stacksOver = (leaf: LanguageModel): Record<string, LanguageModel> => {
  const other: LanguageModel = { ...leaf }
  const four = (): LanguageModel =>
    fallback([retry(breaker(limit(leaf, { requestsPerMinute: 1e6, maxQueue: 100 }))), other])
  return {
    none: leaf,
    'limit, breaker, retry, fallback, cache': cache(four()),
    'limit, breaker, retry, fallback, hedge': hedge(four(), { afterMs: 10_000 }),
    'limit, breaker, retry, fallback, timeout': timeout(four(), { totalMs: 60_000, betweenEventsMs: 10_000 }),
    'limit, breaker, retry, fallback, coalesce': coalesce(four()),
    'limit, breaker, retry, fallback, coalesce, cache': cache(coalesce(four())),
    'none, again': leaf,
  }
}

const compare = async (title: string, leaf: LanguageModel): Promise<void> => {
  const stacks = stacksOver(leaf)
  const results = new Map<string, number[]>()
  let events = 0
  for (let round = -1; round < rounds; round++)
    for (const [name, model] of Object.entries(stacks)) {
      const measured = await measure(model)
      events = measured.events
      if (round >= 0) results.set(name, [...(results.get(name) ?? []), measured.cpuMs])
    }
  const base = median(results.get('none') ?? [])
  console.log(
    `${title}: ${Math.round(events)} events of ${chunks} chunks; ms CPU a stream, median of ${rounds}`,
  )
  for (const [name, values] of results) {
    const own = median(values)
    const more = own - base
    console.log(
      `${own.toFixed(2).padStart(8)}  ${more.toFixed(2).padStart(6)} ms  ${((more / base) * 100).toFixed(1).padStart(6)} %  ${name}`,
    )
  }
}

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

if (process.send) await serve()
else {
  const server = fork(import.meta.filename)
  const [url] = await once(server, 'message')
  try {
    const baseURL = `${String(url)}/v1`
    await compare('OpenAI provider', openai('some-model', { baseURL, apiKey: 'none' }))
    await compare('bare generator', generator)
  } finally {
    server.kill()
  }
}

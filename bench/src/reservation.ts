import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { type LanguageModel, type ModelRequest, userText } from '@ashlar/core'
import { createPriceBook } from '@ashlar/cost'
import { createBudget, metered } from '@ashlar/cost/budget'
import { forever, type Ledger, memoryLedger } from '@ashlar/cost/ledger'
import { sqliteLedger } from '@ashlar/cost/sqlite-ledger'
import { openai } from '@ashlar/openai'

// What a budget adds to a call: its reservation and settlement in each ledger, and the same beside whole calls to an
// upstream that answers at once. Medians of single steps, one after the other. Exit code 1 when a limit is missed.

/** The most that counting, pricing and reserving may add to a call, p50 in microseconds. */
const limits = { memory: 50, SQLite: 300 } as const

const { values } = parseArgs({ options: { calls: { type: 'string', default: '2000' } } })
const calls = Number(values.calls)
const warmUp = Math.ceil(calls / 5)

const body = JSON.stringify({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1,
  model: 'gpt-4o',
  choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'Hello.' } }],
  usage: { prompt_tokens: 20, completion_tokens: 3, total_tokens: 23 },
})

const quantile = (times: readonly number[], share: number): number =>
  times.toSorted((a, b) => a - b)[Math.floor(times.length * share)] ?? Number.NaN

/** Microseconds of each time `work` runs. */
const measure = async (work: (index: number) => Promise<unknown>): Promise<number[]> => {
  const times: number[] = []
  for (let index = 0; index < calls + warmUp; index++) {
    const start = process.hrtime.bigint()
    await work(index)
    if (index >= warmUp) times.push(Number(process.hrtime.bigint() - start) / 1000)
    // So that what one step leaves behind is not counted to the next.
    if (index % 50 === 0) await turn()
  }
  return times
}

const missed: string[] = []

const report = (name: string, times: readonly number[], { whole, limit }: Told): void => {
  const median = quantile(times, 0.5)
  const isMissed = limit !== undefined && !(median < limit)
  if (isMissed) missed.push(`${name}: ${median.toFixed(1)} µs`)
  const verdict = limit === undefined ? '' : `   ${isMissed ? 'missed' : 'kept'}: < ${limit}`
  const cells = [0.5, 0.95, 0.99].map((share) => quantile(times, share).toFixed(1).padStart(9))
  const ratio = `${((median / whole) * 100).toFixed(1)} %`
  console.log(`${name.padEnd(42)}${cells.join('')}${ratio.padStart(10)}${verdict}`)
}

/** 120 kB in 400 messages, and one more with every call. */
const transcript = Array.from({ length: 400 }, (_, index) =>
  userText(`Message ${index}: ${'the agent has read a file and goes on to the next. '.repeat(6)}`),
)
const grown = (index: number): ModelRequest => ({
  ...request,
  messages: [
    ...transcript,
    userText(`Step ${index}: and this is what the tool said. ${'Well. '.repeat(30)}`),
  ],
})

const request = { messages: [userText('Say hello in one word, please.')], maxOutputTokens: 20, deltas: false }
const ask = async (model: LanguageModel): Promise<void> => {
  for await (const _ of model.stream(request));
}
const prices = createPriceBook()

/** The median of the call without a budget, and what the step may take. */
interface Told {
  readonly whole: number
  readonly limit?: number
}

/** The call without a budget, and its median. */
interface Bare {
  readonly upstream: LanguageModel
  readonly whole: number
}

const measureLedger = async (
  name: keyof typeof limits,
  ledger: Ledger,
  { upstream, whole }: Bare,
): Promise<void> => {
  const accounts = [
    { scope: 'tree', id: 'run', ...forever, limit: 10n ** 15n },
    { scope: 'all', id: '', ...forever, limit: 10n ** 15n },
  ] as const
  const call = { provider: 'p', modelId: 'm', amount: 1000n, at: 1, leaseUntil: 2, runId: 'run' }
  report(
    `${name}: reserve`,
    await measure((index) => ledger.reserve({ ...call, id: `${index}` }, accounts)),
    { whole },
  )
  const settlement = { outcome: 'ok', cost: 10n, at: 3 } as const
  report(`${name}: settle`, await measure((index) => ledger.settle(`${index}`, settlement)), { whole })
  const { meter } = createBudget({ usd: 1000, per: 'all', ledger, prices })
  const own = meter()
  const reserve = (requestOf: (index: number) => ModelRequest): Promise<number[]> =>
    measure(async (index) => {
      const settle = await own.reserve(upstream, requestOf(index))
      settle(undefined)
    })
  const told = { whole, limit: limits[name] }
  report(`${name}: count, price and reserve`, await reserve(() => request), told)
  report(`${name}: the same, a growing 120 kB`, await reserve(grown), told)
  await own.settled()
  const model = metered(upstream, { usd: 1000, ledger, prices })
  report(`${name}: whole call under a budget`, await measure(() => ask(model)), { whole })
}

const folder = mkdtempSync(join(tmpdir(), 'ashlar-reservation-'))
let requests = 0
const server = createServer((asked, response) => {
  requests++
  asked.resume().on('end', () => response.setHeader('content-type', 'application/json').end(body))
})
try {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const upstream = openai('gpt-4o', { apiKey: 'none', baseURL: `http://127.0.0.1:${port}/v1` })
  const bare = await measure(() => ask(upstream))
  const whole = quantile(bare, 0.5)
  console.log(
    `${'µs, one after the other'.padEnd(42)}${['p50', 'p95', 'p99'].map((each) => each.padStart(9)).join('')}   of a call`,
  )
  report('whole call', bare, { whole })
  await measureLedger('memory', memoryLedger(), { upstream, whole })
  await using ledger = await sqliteLedger(join(folder, 'ledger.db'))
  await measureLedger('SQLite', ledger, { upstream, whole })
  const expected = 3 * (calls + warmUp)
  if (requests !== expected) throw new Error(`${requests} requests arrived of ${expected}`)
} finally {
  server.close()
  server.closeAllConnections()
  rmSync(folder, { recursive: true })
}
if (missed.length > 0) {
  console.error(`missed: ${missed.join(', ')}`)
  process.exitCode = 1
}

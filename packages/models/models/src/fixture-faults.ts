import { anthropic } from '@ashlar/anthropic'
import { type LanguageModel, ModelError } from '@ashlar/core'
import { ollama } from '@ashlar/ollama'
import { openai, responses } from '@ashlar/openai'
import { createWireServer, type WireFault, type WireServer } from '@ashlar/testing/wire'
import { countedMeter, hello, see } from './fixture-calls.ts'
import {
  balance,
  breaker,
  cache,
  coalesce,
  createRetryBudget,
  fallback,
  hedge,
  limit,
  race,
  record,
  retry,
  timeout,
} from './index.ts'

const text = 'The quick brown fox jumps over it.'
/** An API: how its models are made, and how many frames are out when two deltas of the text are. */
export interface Dialect {
  readonly model: (modelId: string, url: string) => LanguageModel
  readonly middle: number
}

export const openaiChat: Dialect = {
  model: (modelId, url) => openai(modelId, { baseURL: `${url}/v1`, apiKey: 'none' }),
  middle: 3,
}

export const otherDialects: Readonly<Record<string, Dialect>> = {
  'OpenAI responses': {
    model: (modelId, url) => openai(modelId, { baseURL: `${url}/v1`, apiKey: 'none', api: responses }),
    middle: 6,
  },
  Anthropic: { model: (modelId, url) => anthropic(modelId, { baseURL: url, apiKey: 'none' }), middle: 5 },
  Ollama: { model: (modelId, url) => ollama(modelId, { baseURL: url }), middle: 2 },
}

type NamedFault = readonly [name: string, fault: WireFault | undefined]

export const faultsOf = ({ middle }: Dialect): readonly NamedFault[] => [
  ['none: a slow drip', undefined],
  ['401', { status: 401 }],
  ['400', { status: 400 }],
  ['400 context overflow', { status: 400, kind: 'context-overflow' }],
  ['400 content', { status: 400, kind: 'content' }],
  ['429 with Retry-After', { status: 429, headers: { 'retry-after-ms': '10' } }],
  ['500', { status: 500 }],
  ['503', { status: 503 }],
  ['529', { status: 529 }],
  ['closed before the headers', { stop: 'close', at: 'request' }],
  ['reset before the headers', { stop: 'reset', at: 'request' }],
  ['ended after the headers', { stop: 'end', at: 'headers' }],
  ['hangs before the headers', { stop: 'hang', at: 'request' }],
  ['hangs after the headers', { stop: 'hang', at: 'headers' }],
  ['first event malformed', { malformedFrame: 0 }],
  ['error inside a 200, at once', { errorFrame: 0 }],
  ['cut at a byte of the first event', { stop: 'end', at: 20 }],
  ['ended in the middle', { stop: 'end', at: { frames: middle } }],
  ['closed in the middle', { stop: 'close', at: { frames: middle } }],
  ['reset in the middle', { stop: 'reset', at: { frames: middle } }],
  ['hangs in the middle', { stop: 'hang', at: { frames: middle } }],
  ['malformed in the middle', { malformedFrame: middle }],
  ['error inside a 200, in the middle', { errorFrame: middle }],
]

/** Long enough for a machine that is busy: they decide only where an answer hangs. */
const patience = { deadlineMs: 2500, timeoutMs: 1000, hedgeMs: 300, rivalMs: 300 }

export type Stack = (models: { readonly a: LanguageModel; readonly b: LanguageModel }) => LanguageModel

const between = { firstEventMs: patience.timeoutMs, betweenEventsMs: patience.timeoutMs }
const guarded = (model: LanguageModel): LanguageModel =>
  retry(breaker(limit(timeout(model, between))), { attempts: 2, baseMs: 1 })

export const stacks: Readonly<Record<string, Stack>> = {
  '(none)': ({ a }) => a,
  retry: ({ a }) => retry(a, { baseMs: 1 }),
  fallback: ({ a, b }) => fallback([a, b]),
  'fallback, continue': ({ a, b }) => fallback([a, b], { continue: true }),
  race: ({ a, b }) => race([a, b]),
  balance: ({ a, b }) => balance([a, b]),
  limit: ({ a }) => limit(a, { requestsPerMinute: 100 }),
  breaker: ({ a }) => breaker(a),
  hedge: ({ a }) => hedge(a, { afterMs: patience.hedgeMs }),
  timeout: ({ a }) => timeout(a, between),
  coalesce: ({ a }) => coalesce(a),
  cache: ({ a }) => cache(a),
  record: ({ a }) => record(a, { sink: () => undefined }),
  'all of them': ({ a, b }) => cache(coalesce(fallback([guarded(a), guarded(b)], { continue: true }))),
}

/** What the caller saw, how many calls it took, and what was billed for them. */
export interface Outcome {
  readonly sees: string
  readonly calls: number
  readonly billed: string
}

/** Further calls that a request allows. */
export const budget = 3

export interface Trial {
  readonly dialect: Dialect
  readonly stack: Stack
  readonly fault: WireFault | undefined
  /** Whether the answer streams. */
  readonly deltas: boolean
}

/** One request through a stack, the first upstream call of which meets the fault. */
export const meetFault = async ({ dialect, stack, fault, deltas }: Trial): Promise<Outcome> => {
  let asked = 0
  const server: WireServer = await createWireServer({
    answers: ({ body }) => {
      const isFirst = asked++ === 0
      // What goes on with an answer that was cut gets the rest of it.
      const said = /"The quick[^"]*"/.exec(JSON.stringify(body))?.[0].slice(1, -1) ?? ''
      const answer = { text: text.slice(said.length), deltaSize: 8, pace: { frames: 1, everyMs: 15 } }
      if (isFirst) return { ...answer, ...(fault && { fault }) }
      return { ...answer, ...(body['model'] === 'b' && { delayMs: patience.rivalMs }) }
    },
  })
  try {
    const { url } = server
    const model = stack({ a: dialect.model('a', url), b: dialect.model('b', url) })
    const meter = countedMeter()
    const retryBudget = createRetryBudget(budget)
    const hangs = fault && 'stop' in fault && fault.stop === 'hang'
    const deadline = Date.now() + (hangs ? 1 : 6) * patience.deadlineMs
    // What would hang for ever shows in its cell instead.
    const signal = AbortSignal.timeout(30_000)
    const { error, parts } = await see(
      model.stream({ ...hello, deltas, meter, retryBudget, deadline, signal }),
    )
    await server.until(() => server.openSockets === 0 || meter.settled.length === meter.reserved.length)
    const exact = meter.settled.filter((usage) => usage && !usage.estimated).length
    const estimated = meter.settled.filter((usage) => usage?.estimated).length
    const kinds = [...(exact > 0 ? [`${exact}`] : []), ...(estimated > 0 ? [`${estimated} estimated`] : [])]
    const sees = ModelError.isInstance(error)
      ? `${error.kind}${error.partial ? ' + partial' : ''}`
      : error === undefined && parts === text
        ? 'answer'
        : `unexpected: ${String(error)} ${parts}`
    return { sees, calls: server.requests.length, billed: kinds.join(', ') || '0' }
  } finally {
    await server.close()
  }
}

/** A table of Markdown. */
export const toTable = (head: readonly string[], rows: readonly (readonly string[])[]): string => {
  const widths = head.map((title, column) =>
    Math.max(title.length, 3, ...rows.map((row) => row[column]?.length ?? 0)),
  )
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n')
}

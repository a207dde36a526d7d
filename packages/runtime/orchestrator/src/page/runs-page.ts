import { readFile } from 'node:fs/promises'
import { type Clock, systemClock } from '@ashlar/core/clock'
import type { Journal, RunRecord } from '../durable/journal.ts'
import { cleanText } from '../view/clean.ts'
import { followRun, readRun } from '../view/follow-run.ts'
import type { RunView } from '../view/run-node.ts'
import { stateOf } from '../view/run-view.ts'
import { signs } from '../view/signs.ts'

export interface RunsPageOptions {
  /** Milliseconds between two looks at the journal for whoever follows a run. @default 500 */
  readonly intervalMs?: number
  /** Runs in the list. @default 100 */
  readonly limit?: number
  readonly clock?: Clock
}

type ReadJournal = Pick<Journal, 'run' | 'runs' | 'steps' | 'live'>

const headers = {
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}

const respond = (
  body: string | ReadableStream<Uint8Array> | null,
  { type, status = 200, ...more }: { type: string; status?: number; allow?: string; location?: string },
): Response =>
  new Response(body, { status, headers: { ...headers, 'content-type': `${type}; charset=utf-8`, ...more } })

const json = (value: unknown, status = 200): Response =>
  respond(JSON.stringify(value), { type: 'application/json', status })

const assets: Readonly<Record<string, string>> = {
  'runs.html': 'text/html',
  'runs.css': 'text/css',
  'runs.js': 'text/javascript',
  'signs.js': 'text/javascript',
}

/** In the package's `public` folder; a build copies that beside the code. */
const readAsset = async (name: string): Promise<string> => {
  if (name === 'signs.js') return `export const signs = ${JSON.stringify(signs)}\n`
  try {
    return await readFile(new URL(`../../public/${name}`, import.meta.url), 'utf8')
  } catch {
    return await readFile(new URL(`./${name}`, import.meta.url), 'utf8')
  }
}

const summaryOf = (record: RunRecord, now: number): object => ({
  runId: record.runId,
  name: cleanText(record.name),
  state: stateOf(record, now),
  updatedAt: record.updatedAt,
  unknown: record.unknown,
})

const encoder = new TextEncoder()

const eventOf = (data: unknown, name?: string): string =>
  `${name === undefined ? '' : `event: ${name}\n`}data: ${JSON.stringify(data)}\n\n`

/**
 * Server-sent events of a run: its view each time that it has changed – `writing` alone where that is all that has – and
 * at last `end`. Ends with whoever reads it.
 */
const eventsOf = (
  journal: ReadJournal,
  runId: string,
  options: RunsPageOptions & { readonly signal: AbortSignal },
): ReadableStream<Uint8Array> => {
  const left = new AbortController()
  const signal = AbortSignal.any([options.signal, left.signal])
  const views = followRun(journal, runId, { ...options, signal })
  let before = ''
  const nextOf = ({ writing, ...view }: RunView): string => {
    const drawn = JSON.stringify(view)
    const isDrawn = drawn === before
    before = drawn
    return isDrawn ? eventOf(writing, 'writing') : eventOf({ ...view, writing })
  }
  return new ReadableStream({
    pull: async (controller) => {
      try {
        const { done, value } = await views.next()
        controller.enqueue(encoder.encode(done ? eventOf({}, 'end') : nextOf(value)))
        if (done) controller.close()
      } catch (error) {
        if (signal.aborted) controller.close()
        else controller.error(error)
      }
    },
    cancel: () => left.abort(),
  })
}

interface Route {
  readonly asset?: string
  readonly runId?: string | undefined
  readonly events?: boolean
}

const decode = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

/** What the end of a path asks for, whatever is before it. */
const routeOf = (path: string): Route | undefined => {
  const [, id, events] = /\/api\/runs(?:\/([^/]+)(\/events)?)?$/.exec(path) ?? []
  if (id !== undefined) {
    const runId = decode(id)
    return runId === undefined ? undefined : { runId, events: events !== undefined }
  }
  if (path.endsWith('/api/runs')) return {}
  const [, name = ''] = /\/([^/]*)$/.exec(path) ?? []
  return { asset: name === '' ? 'runs.html' : name }
}

/**
 * A page that lists the runs of a journal and draws one as it goes. It only reads, and asks nothing of anybody else.
 * The handler looks at the end of a path alone, so a host can mount it under any prefix; who may see it is the host's.
 */
export const runsPage = (
  journal: ReadJournal,
  options: RunsPageOptions = {},
): ((request: Request) => Promise<Response>) => {
  const { limit = 100, clock = systemClock } = options
  const answer = async ({ asset, runId, events = false }: Route, request: Request): Promise<Response> => {
    if (asset !== undefined) {
      const type = Object.hasOwn(assets, asset) ? assets[asset] : undefined
      if (type !== undefined) return respond(await readAsset(asset), { type })
      // A mount without its slash: what the page asks for is beside it.
      const location = `${encodeURIComponent(asset)}/`
      if (!asset.includes('.')) return respond(null, { type: 'text/plain', status: 308, location })
      return json({ error: 'not found' }, 404)
    }
    if (runId === undefined) {
      const now = clock.now()
      return json((await journal.runs({ limit })).map((record) => summaryOf(record, now)))
    }
    const view = await readRun(journal, runId, { clock })
    if (!view) return json({ error: 'no such run' }, 404)
    if (!events) return json(view)
    const body = eventsOf(journal, runId, { ...options, signal: request.signal })
    return respond(body, { type: 'text/event-stream' })
  }
  return async (request) => {
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return respond('Only GET\n', { type: 'text/plain', status: 405, allow: 'GET, HEAD' })
    const route = routeOf(new URL(request.url).pathname)
    const response = route ? await answer(route, request) : json({ error: 'not found' }, 404)
    if (request.method === 'GET') return response
    await response.body?.cancel()
    return new Response(null, response)
  }
}

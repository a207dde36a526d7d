import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { type Clock, systemClock } from '@ashlar/core/clock'
import { listenOnLoopback } from '../loopback.ts'
import { createAnswerQueue, type WireAnswerFunction } from './answer-queue.ts'
import { answerRequest } from './answer-request.ts'
import { routeOf } from './route.ts'
import { createWatch } from './watch.ts'
import type { WireAnswer } from './wire-answer.ts'
import { beginRecord, type WireRecord } from './wire-record.ts'

export interface WireServerOptions {
  /** The first answers of the queue, or a function that is asked before the queue. */
  readonly answers?: readonly (string | WireAnswer)[] | WireAnswerFunction
  /** What `/v1/models` and `/api/tags` list. @default ['test-model'] */
  readonly models?: readonly string[]
  /** What `delayMs` is measured with. @default the system's */
  readonly clock?: Clock
}

/** A loopback server that answers like a vendor, from a script, and remembers what it was asked. */
export interface WireServer extends AsyncDisposable {
  /** `http://127.0.0.1:port`, without a path. */
  readonly url: string
  /** Every request so far, in order of arrival. The records fill up as the answers go out. */
  readonly requests: readonly WireRecord[]
  /**
   * Connections that are open now and have carried a request, idle keep-alive ones included. The spare one that some
   * `fetch` opens in place of one it cut is none.
   */
  readonly openSockets: number
  /** Requests that are being answered now. */
  readonly activeRequests: number
  /** Queued answers not yet taken. */
  readonly remaining: number
  /** Adds answers to the queue. @throws InvalidArgument when one is malformed */
  enqueue(...answers: readonly (string | WireAnswer)[]): void
  /** Throws `ScriptError` naming the queued answers that no request has taken. */
  assertComplete(): void
  /** Forgets the queue and the recorded requests. */
  reset(): void
  /**
   * Resolves when the condition holds; it is asked again whenever a request or a socket changes.
   * @throws ScriptError when it does not hold within `timeoutMs`, 5,000 by default
   */
  until(condition: (server: WireServer) => boolean, timeoutMs?: number): Promise<void>
  /** Destroys every socket and stops listening. */
  close(): Promise<void>
}

const readAll = async (request: IncomingMessage): Promise<string> =>
  Buffer.concat(await request.toArray()).toString()

/** A script that is wrong is answered 400: no client tries that again. */
const refuse = (error: unknown, response: ServerResponse): void => {
  // A client that leaves while it still sends is an abort, not a failure of the script.
  if (response.headersSent || response.destroyed) response.destroy()
  else response.writeHead(400).end(`The script of the wire server failed: ${String(error)}`)
}

/** Starts a wire server on a free loopback port. */
export const createWireServer = async (options: WireServerOptions = {}): Promise<WireServer> => {
  const { models = ['test-model'], clock = systemClock, answers = [] } = options
  const queue = createAnswerQueue(answers)
  const requests: WireRecord[] = []
  const watch = createWatch()
  const used = new WeakSet<Socket>()
  let active = 0
  let arrived = 0

  const onRequest = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const number = ++arrived
    active++
    used.add(incoming.socket)
    const { pathname } = new URL(incoming.url ?? '/', 'http://127.0.0.1')
    const route = routeOf(incoming.method ?? 'GET', pathname, incoming.headers)
    const record = beginRecord(incoming, route)
    requests.push(record)
    response.once('close', () => {
      active--
      record.aborted = !response.writableFinished && !record.broken
      watch.changed()
    })
    record.take(await readAll(incoming))
    // What a vendor cannot read it does not answer: the next request that can be read gets the answer.
    const answer = route && (record.method !== 'POST' || record.isJson) ? queue.take(record) : undefined
    watch.changed()
    await answerRequest({ record, response, route, answer, number, models, clock })
  }
  const events = { onRequest, onError: refuse, onClose: watch.changed }
  const { url, sockets, close } = await listenOnLoopback(events)

  const server: WireServer = {
    url,
    requests,
    get openSockets() {
      return [...sockets].filter((socket) => used.has(socket)).length
    },
    get activeRequests() {
      return active
    },
    get remaining() {
      return queue.length
    },
    enqueue: (...more) => queue.add(more),
    assertComplete: queue.assertEmpty,
    reset() {
      queue.clear()
      requests.length = 0
    },
    until: (condition, timeoutMs = 5000) =>
      watch.until(() => condition(server), {
        timeoutMs,
        describe: () =>
          `${condition}; ${requests.length} requests, ${active} active, ${server.openSockets} open sockets`,
      }),
    close,
    [Symbol.asyncDispose]: close,
  }
  return server
}

import { type IncomingMessage, request as httpRequest, type ServerResponse } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { InvalidArgument, isObject } from '@ashlar/core'
import { listenOnLoopback } from '../loopback.ts'
import { CassetteError } from './cassette-error.ts'
import { type CassetteFileOptions, type Exchange, modeOf } from './cassette-file.ts'
import { bodyOf, headersOf, keptHeaders, toBytes, toChunks } from './http-exchange.ts'
import { createRedactor, type Redactor, type RedactOptions } from './redact.ts'
import { openTape, startTape } from './tape.ts'

export interface RecordHttpOptions extends CassetteFileOptions, RedactOptions {
  /** Where requests go while recording, such as `https://api.openai.com`. Not needed to replay. */
  readonly upstream?: string
}

/** A loopback server between a client and the vendor: it passes through and records, or it answers from the file. */
export interface HttpCassette extends AsyncDisposable {
  /** What to give the client as its base URL; paths are kept. */
  readonly url: string
  readonly mode: 'record' | 'replay'
  /** Throws `CassetteError` for requests that had no recorded answer, and for answers never asked for. */
  assertComplete(): void
  close(): Promise<void>
}

type Handler = (incoming: IncomingMessage, response: ServerResponse) => Promise<void>

const readAll = async (stream: IncomingMessage): Promise<Buffer> => Buffer.concat(await stream.toArray())

const keyOf = (incoming: IncomingMessage, body: Buffer, redactor: Redactor): Record<string, unknown> => ({
  method: incoming.method,
  path: redactor.path(incoming.url ?? '/'),
  body: bodyOf(body, redactor),
})

const forward = (upstream: URL, incoming: IncomingMessage, body: Buffer): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const target = new URL(upstream.pathname.replace(/\/$/, '') + (incoming.url ?? '/'), upstream)
    const send = target.protocol === 'https:' ? httpsRequest : httpRequest
    const { host: _, connection: __, ...headers } = incoming.headers
    const outgoing = send(target, {
      method: incoming.method,
      // Compressed bytes could neither be redacted nor read in a review.
      headers: { ...headers, 'accept-encoding': 'identity' },
    })
    outgoing.once('response', resolve).once('error', reject).end(body)
  })

const upstreamOf = ({ upstream }: RecordHttpOptions): URL | undefined => {
  if (upstream === undefined) return undefined
  const url = URL.canParse(upstream) ? new URL(upstream) : undefined
  if (url && /^https?:$/.test(url.protocol)) return url
  throw new InvalidArgument('upstream', 'an http or https address, such as https://api.openai.com', upstream)
}

const recorder = (options: RecordHttpOptions, redactor: Redactor): Handler => {
  const upstream = upstreamOf(options)
  if (!upstream) throw new InvalidArgument('upstream', 'an address to record from', options.upstream)
  const tape = startTape(options.file, 'http')
  return async (incoming, response) => {
    const end = tape.begin()
    const body = await readAll(incoming)
    const answer = await forward(upstream, incoming, body)
    const status = answer.statusCode ?? 502
    const headers = keptHeaders(answer.headers)
    response.writeHead(status, headers)
    response.flushHeaders()
    response.socket?.setNoDelay(true)
    const chunks: Buffer[] = []
    let broken = false
    // A client that leaves ends the call upstream as well, as it would without a server in between.
    response.once('close', () => answer.destroy())
    try {
      for await (const chunk of answer) {
        // What is written in one turn of the event loop may arrive as one chunk: the client is to see those of the file.
        await nextTurn()
        chunks.push(chunk)
        response.write(chunk)
      }
    } catch {
      broken = true
    }
    end({
      request: { ...keyOf(incoming, body, redactor), headers: headersOf(incoming.headers, redactor) },
      response: {
        status,
        headers: headersOf(headers, redactor),
        chunks: toChunks(chunks, redactor),
        ...(broken && { broken }),
      },
    })
    if (broken) response.destroy()
    else response.end()
  }
}

const isHeaders = (value: unknown): value is Record<string, string> => isObject(value)

const replay = async (exchange: Exchange, response: ServerResponse): Promise<void> => {
  const { status, headers, chunks, broken } = Object(exchange['response'])
  response.writeHead(Number(status), isHeaders(headers) ? headers : {})
  response.flushHeaders()
  response.socket?.setNoDelay(true)
  for (const chunk of Array.isArray(chunks) ? chunks : []) {
    await nextTurn()
    if (response.destroyed) return
    response.write(toBytes(chunk))
  }
  await nextTurn()
  if (broken) response.destroy()
  else response.end()
}

/** Requests are compared without their headers: clients put versions, times and ids there. */
const withoutHeaders = (exchange: Exchange): unknown => {
  const { headers: _, ...request } = Object(exchange.request)
  return request
}

const player = (file: string, redactor: Redactor): { handle: Handler; assertComplete: () => void } => {
  const tape = openTape(file, 'http', withoutHeaders)
  const failures: unknown[] = []
  const handle: Handler = async (incoming, response) => {
    try {
      const body = await readAll(incoming)
      await replay(tape.take(keyOf(incoming, body, redactor)), response)
    } catch (error) {
      if (!CassetteError.isInstance(error)) throw error
      failures.push(error)
      const { message } = error
      response.writeHead(400, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ type: 'error', error: { type: 'cassette_mismatch', message } }))
    }
  }
  const assertComplete = (): void => {
    for (const failure of failures) throw failure
    tape.assertComplete()
  }
  return { handle, assertComplete }
}

/**
 * Records HTTP exchanges to a file of JSON lines, or replays them byte for byte, chunk for chunk. Keys, tokens
 * and cookies never reach the file. A request that was not recorded is answered 400 with the difference.
 *
 * @throws CassetteError when the file is missing or damaged, or CI would record
 * @throws InvalidArgument when there is no upstream to record, or it is no address
 */
export const recordHttp = async (options: RecordHttpOptions): Promise<HttpCassette> => {
  upstreamOf(options)
  const mode = modeOf(options)
  const redactor = createRedactor(options)
  const { handle, assertComplete } =
    mode === 'replay'
      ? player(options.file, redactor)
      : { handle: recorder(options, redactor), assertComplete: () => undefined }
  const { url, close } = await listenOnLoopback({
    onRequest: handle,
    // An upstream that cannot be reached is, to the client, a connection that breaks; it is not recorded.
    onError: (_, response) => void response.destroy(),
  })
  return { url, mode, assertComplete, close, [Symbol.asyncDispose]: close }
}

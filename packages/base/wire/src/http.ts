import type { SseEvent } from './sse.ts'

/** One HTTP request whose body is text. */
export interface HttpRequest {
  readonly url: string
  /** @default 'POST' with a body, 'GET' without */
  readonly method?: string | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly body?: string | undefined
  /** Its abort ends the request in any phase; what was awaited rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined
  /** Milliseconds since the epoch after which any phase fails with a `timeout`. */
  readonly deadline?: number | undefined
}

/** An answer whose head has arrived. Its body can be read once, by one of the readers. */
export interface HttpResponse {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** The whole body; past `maxBytes` the rest is left unread. @default no limit */
  text(maxBytes?: number): Promise<string>
  /** The whole body parsed. @throws ConnectionError when it is not JSON */
  json(): Promise<unknown>
  /** The body as it arrives: what is buffered at a pull is one chunk. Leaving early destroys the connection. */
  chunks(): AsyncIterable<Uint8Array>
  /** The body as server-sent events: those completed by one chunk come together. */
  events(): AsyncIterable<readonly SseEvent[]>
  /** Nothing more is wanted, but the rest is about to come: reads it for up to a second so the connection can be used again. */
  drain(): void
  /** Ends the connection now. Does nothing once the body was read. */
  destroy(): void
}

/** Sends requests over pooled connections. */
export interface HttpClient {
  /** Resolves when the head of the answer is there, whatever its status. @throws ConnectionError, or the signal's reason */
  send(request: HttpRequest): Promise<HttpResponse>
  /** Ends idle connections, and every other when its answer is complete. */
  close(): void
}

/** Options of `createHttpClient`; times are milliseconds. */
export interface HttpClientOptions {
  /** Connections to one origin at a time; more requests wait. Not with `fetch`. @default 1024 */
  readonly maxSockets?: number
  /**
   * How long an idle connection is kept. Not with `fetch`.
   * @default 4000, below the 5 s after which common servers (Node, uvicorn) close it without notice
   */
  readonly keepAliveMs?: number
  /** Until the connection stands, TLS included. Not with `fetch`. @default 10000 */
  readonly connectTimeoutMs?: number
  /** From the connection to the head of the answer. @default 600000, what the vendors' SDKs wait */
  readonly headersTimeoutMs?: number
  /** Between two chunks of the body. @default 300000 */
  readonly idleTimeoutMs?: number
  /**
   * The proxy to use: its URL, or `false` for none. Not with `fetch`.
   * @default HTTPS_PROXY, HTTP_PROXY and NO_PROXY of the environment
   */
  readonly proxy?: string | false | undefined
  /** Certificates to trust beside the built-in ones, in PEM. Not with `fetch`. */
  readonly ca?: string
}

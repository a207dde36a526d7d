import { InvalidArgument } from '@ashlar/core'
import {
  type ApiCaller,
  callApi,
  callClient,
  createHttpClient,
  type HttpClient,
  type HttpResponse,
} from '@ashlar/wire'
import type { ChatRequest, EmbeddingsRequest, EmbedRequest, Ollama } from 'ollama'
import { toBaseURL } from './base-url.ts'
import { withHint } from './with-hint.ts'

/** Where Ollama is and how it is talked to: shared by `ollama()` and `ollamaEmbedding()`. */
export interface EndpointOptions {
  /** With or without a scheme and port, as in OLLAMA_HOST. @default OLLAMA_HOST, or http://127.0.0.1:11434 */
  readonly baseURL?: string
  /** A configured client of the official package to talk through: its address, headers and `fetch` are used. */
  readonly client?: Ollama
  /** Sent as a bearer token. @default OLLAMA_API_KEY, for https://ollama.com only */
  readonly apiKey?: string
  /** Sent with every request, over the ones that are set here. */
  readonly headers?: Readonly<Record<string, string>>
  /** How long the server keeps the model loaded afterwards: `'5m'`, seconds, or -1 for ever. @default the server's */
  readonly keepAlive?: string | number
  /** The window in tokens, sent as `num_ctx`. @default the server's, often 4096 */
  readonly contextLength?: number
  /** The name in responses, errors, `providerOptions` and `providerData`. @default 'ollama' */
  readonly providerName?: string
  /** The connections to use, so that several models can share them. @default its own, opened at the first request */
  readonly http?: HttpClient
}

/** A body and where it goes. */
export type ApiCall = (
  | { readonly path: '/api/chat'; readonly body: ChatRequest & { readonly stream: boolean } }
  | { readonly path: '/api/embed'; readonly body: EmbedRequest }
  | { readonly path: '/api/embeddings'; readonly body: EmbeddingsRequest }
) & {
  readonly signal?: AbortSignal | undefined
  readonly deadline?: number | undefined
}

/** Sends requests, and throws what is not a success as a `ModelError`. */
export interface Transport {
  /** Whom the calls are made for. */
  readonly caller: ApiCaller
  send(call: ApiCall): Promise<HttpResponse>
}

/** A variable of the environment, where there is one. */
const readEnvironment = (name: string): string | undefined => globalThis.process?.env?.[name] || undefined

const known: ReadonlySet<string> = new Set<keyof EndpointOptions>([
  'baseURL',
  'client',
  'apiKey',
  'headers',
  'keepAlive',
  'contextLength',
  'providerName',
  'http',
])

const isLifetime = (value: unknown): boolean =>
  value === undefined ||
  (typeof value === 'number' && Number.isFinite(value)) ||
  (typeof value === 'string' && /^-?(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))+$|^-?\d+$/.test(value))

/** @throws InvalidArgument naming the option that is wrong */
export const checkOptions = (
  modelId: string,
  options: EndpointOptions,
  own: readonly string[] = [],
): void => {
  if (typeof modelId !== 'string' || modelId === '')
    throw new InvalidArgument('modelId', 'the name of a model, such as qwen3:8b', modelId)
  for (const key of Object.keys(options))
    if (!known.has(key) && !own.includes(key))
      throw new InvalidArgument(key, `an option (${[...known, ...own].join(', ')})`, 'an unknown one')
  const { client, baseURL, apiKey, http, keepAlive, contextLength } = options
  if (client && (baseURL !== undefined || apiKey !== undefined || http))
    throw new InvalidArgument('client', 'a client that brings its own address and connections', 'both')
  if (client && (typeof client.chat !== 'function' || typeof client['fetch'] !== 'function'))
    throw new InvalidArgument('client', 'an Ollama of the package ollama', typeof client)
  if (apiKey !== undefined && (typeof apiKey !== 'string' || apiKey.trim() === ''))
    throw new InvalidArgument('apiKey', 'a key that is not empty', typeof apiKey)
  if (!isLifetime(keepAlive))
    throw new InvalidArgument('keepAlive', "a duration such as '5m', or seconds", keepAlive)
  if (contextLength !== undefined && !(Number.isInteger(contextLength) && contextLength > 0))
    throw new InvalidArgument('contextLength', 'a whole number above 0', contextLength)
}

const ownHosts = /^https:\/\/(?:[\w-]+\.)*ollama\.com(?:[:/]|$)/i

const builtIn = (caller: Omit<ApiCaller, 'secrets'>, options: EndpointOptions): Transport => {
  const baseURL = toBaseURL(options.baseURL ?? readEnvironment('OLLAMA_HOST') ?? '')
  const key = options.apiKey ?? (ownHosts.test(baseURL) ? readEnvironment('OLLAMA_API_KEY') : undefined)
  const named = { ...caller, secrets: [key] }
  const headers = {
    'content-type': 'application/json',
    'user-agent': '@ashlar/ollama',
    ...(key !== undefined && { authorization: `Bearer ${key}` }),
    ...options.headers,
  }
  let http = options.http
  return {
    caller: named,
    send: async ({ path, body, signal, deadline }) => {
      http ??= createHttpClient()
      const request = { url: baseURL + path, headers, body: JSON.stringify(body), signal, deadline }
      try {
        return await callApi(http, request, named)
      } catch (cause) {
        throw withHint(cause, baseURL)
      }
    },
  }
}

const post = (client: Ollama, call: ApiCall): Promise<unknown> => {
  if (call.path === '/api/embed') return client.embed(call.body)
  if (call.path === '/api/embeddings') return client.embeddings(call.body)
  const { stream, ...body } = call.body
  // The overloads want to know which; copies, because the client writes into what it is given.
  return stream ? client.chat({ ...body, stream }) : client.chat({ ...body, stream })
}

/**
 * Makes the client send one request as it would, and hands over the answer itself: what the client reads of it has
 * no headers, no errors inside streams, and no way to abort a single call.
 */
const answerOf = async (
  client: Ollama,
  call: ApiCall,
  more: { readonly signal: AbortSignal; readonly headers: EndpointOptions['headers'] },
): Promise<Response> => {
  let answer: Response | undefined
  const received = new Error('the answer is there')
  const capture: typeof fetch = async (input, init = {}) => {
    const headers = new Headers(init.headers)
    for (const [name, value] of Object.entries(more.headers ?? {})) headers.set(name, value)
    answer = await client['fetch'](input, { ...init, headers, signal: more.signal })
    throw received
  }
  const view: Ollama = Object.create(client, { fetch: { value: capture } })
  try {
    await post(view, call)
  } catch (cause) {
    if (cause !== received) throw cause
  }
  if (answer) return answer
  throw new InvalidArgument('client', 'an Ollama that sends through its fetch', 'one that sent nothing')
}

const throughClient = (
  named: Omit<ApiCaller, 'secrets'>,
  options: EndpointOptions,
  client: Ollama,
): Transport => {
  const address = client['config'].host
  const authorization = new Headers(client['config'].headers).get('authorization') ?? undefined
  const caller = { ...named, secrets: [authorization?.replace(/^Bearer /i, '')] }
  return {
    caller,
    send: async (call) => {
      const { signal, deadline } = call
      try {
        return await callClient({
          ...caller,
          signal,
          deadline,
          send: (own) => answerOf(client, call, { signal: own, headers: options.headers }),
        })
      } catch (cause) {
        throw withHint(cause, address)
      }
    },
  }
}

/** The built-in transport, or the one through `client`. @throws InvalidArgument for an address that is none */
export const createTransport = (modelId: string, options: EndpointOptions): Transport => {
  const caller = { provider: options.providerName ?? 'ollama', modelId }
  return options.client ? throughClient(caller, options, options.client) : builtIn(caller, options)
}

import { checkKeys, InvalidArgument } from '@ashlar/core'
import {
  type ApiCaller,
  callApi,
  callClient,
  createHttpClient,
  type HttpClient,
  type HttpResponse,
} from '@ashlar/wire'
import type OpenAI from 'openai'
import type { ApiCall } from './api-call.ts'
import { findServer, resolveKey, type Server } from './server.ts'

/** Where a model is found and how it is talked to: shared by `openai()` and `openaiEmbedding()`. */
export interface EndpointOptions {
  /** @default the environment variable of the server: OPENAI_API_KEY, OPENROUTER_API_KEY, GROQ_API_KEY, … */
  readonly apiKey?: string
  /** Any server that speaks this API, up to and with `/v1`. @default OPENAI_BASE_URL, or OpenAI's own */
  readonly baseURL?: string
  /** A configured client of the official SDK to talk through (Azure, a gateway, workload identity); its retries are off. */
  readonly client?: OpenAI
  /** Sent with every request, over the ones that are set here. */
  readonly headers?: Readonly<Record<string, string>>
  readonly organization?: string
  readonly project?: string
  /** The name in responses, errors and `providerOptions`. @default by host: 'openai', 'openrouter', 'groq', … */
  readonly providerName?: string
  /** The connections to use, so that several models can share them. @default its own, opened at the first request */
  readonly http?: HttpClient
}

/** Sends requests, and throws what is not a success as a `ModelError`. */
export interface Transport {
  /** Whom the calls are made for. */
  readonly caller: ApiCaller
  readonly server: Server
  /** @throws InvalidArgument at once when a server that needs a key has none */
  send(call: ApiCall): Promise<HttpResponse>
}

const known: readonly string[] = [
  'apiKey',
  'baseURL',
  'client',
  'headers',
  'organization',
  'project',
  'providerName',
  'http',
] satisfies (keyof EndpointOptions)[]

/** @throws InvalidArgument naming the option that is wrong */
export const checkOptions = (modelId: string, options: EndpointOptions, own: readonly string[]): void => {
  if (typeof modelId !== 'string' || modelId === '')
    throw new InvalidArgument('modelId', 'the name of a model', modelId)
  checkKeys(options, [...known, ...own])
  const { client, apiKey, baseURL, http } = options
  if (client && (apiKey !== undefined || baseURL !== undefined || http))
    throw new InvalidArgument(
      'client',
      'a client that brings its own apiKey, baseURL and connections',
      'both',
    )
  if (apiKey === undefined || (typeof apiKey === 'string' && apiKey.trim())) return
  throw new InvalidArgument(
    'apiKey',
    'a key that is not empty',
    typeof apiKey === 'string' ? apiKey : typeof apiKey,
  )
}

/** The built-in transport, or the one through `client`. */
export const createTransport = (modelId: string, options: EndpointOptions): Transport => {
  const { client, organization, project } = options
  const { url, server } = findServer(client ? client.baseURL : options.baseURL)
  const secrets: string[] = []
  const caller = { provider: options.providerName ?? server.name, modelId, secrets }
  const own = {
    ...(organization && { 'openai-organization': organization }),
    ...(project && { 'openai-project': project }),
    ...options.headers,
  }
  if (client) {
    if (typeof client.apiKey === 'string') secrets.push(client.apiKey)
    const send = ({ signal, deadline, ...body }: ApiCall): Promise<HttpResponse> =>
      callClient({
        ...caller,
        signal,
        deadline,
        send: async (aborted) => {
          const { requestThrough } = await import('./client-request.ts')
          return requestThrough(client, body, { signal: aborted, headers: own, maxRetries: 0 })
        },
      })
    return { caller, server, send }
  }
  let { http } = options
  let headers: Record<string, string> | undefined
  const open = (): Record<string, string> => {
    const key = resolveKey(server, options.apiKey)
    if (key !== undefined) secrets.push(key)
    return { 'content-type': 'application/json', ...(key && { authorization: `Bearer ${key}` }), ...own }
  }
  return {
    caller,
    server,
    send: ({ path, body, signal, deadline }) => {
      headers ??= open()
      http ??= createHttpClient()
      return callApi(http, { url: url + path, headers, body: JSON.stringify(body), signal, deadline }, caller)
    },
  }
}

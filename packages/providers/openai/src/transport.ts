import { InvalidArgument } from '@ashlar/core'
import { callApi, callClient, createHttpClient, type HttpClient, type HttpResponse } from '@ashlar/wire'
import type OpenAI from 'openai'
import type { ChatCompletionCreateParams } from 'openai/resources/chat/completions'
import type { EmbeddingCreateParams } from 'openai/resources/embeddings'
import type { ResponseCreateParams } from 'openai/resources/responses/responses'
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

/** A body and where it goes, for each of the three APIs. */
export type ApiBody =
  | { readonly path: '/chat/completions'; readonly body: ChatCompletionCreateParams }
  | { readonly path: '/responses'; readonly body: ResponseCreateParams }
  | { readonly path: '/embeddings'; readonly body: EmbeddingCreateParams }

/** One request. */
export type ApiCall = ApiBody & {
  readonly signal?: AbortSignal | undefined
  readonly deadline?: number | undefined
}

/** Sends requests, and throws what is not a success as a `ModelError`. */
export interface Transport {
  readonly provider: string
  readonly server: Server
  /** Strings that must not be repeated in messages. */
  readonly secrets: readonly string[]
  send(call: ApiCall): Promise<HttpResponse>
}

const known: ReadonlySet<string> = new Set<keyof EndpointOptions>([
  'apiKey',
  'baseURL',
  'client',
  'headers',
  'organization',
  'project',
  'providerName',
  'http',
])

/** @throws InvalidArgument naming the option that is wrong */
export const checkOptions = (modelId: string, options: EndpointOptions, own: readonly string[]): void => {
  if (typeof modelId !== 'string' || modelId === '')
    throw new InvalidArgument('modelId', 'the name of a model', modelId)
  for (const key of Object.keys(options))
    if (!known.has(key) && !own.includes(key))
      throw new InvalidArgument(key, `an option (${[...known, ...own].join(', ')})`, 'an unknown one')
  const { client, apiKey, baseURL, http } = options
  if (client && (apiKey !== undefined || baseURL !== undefined || http))
    throw new InvalidArgument(
      'client',
      'a client that brings its own apiKey, baseURL and connections',
      'both',
    )
  if (apiKey !== undefined && (typeof apiKey !== 'string' || apiKey.trim() === ''))
    throw new InvalidArgument(
      'apiKey',
      'a key that is not empty',
      typeof apiKey === 'string' ? apiKey : typeof apiKey,
    )
}

const headersOf = (options: EndpointOptions, key: string | undefined): Record<string, string> => ({
  'content-type': 'application/json',
  ...(key !== undefined && { authorization: `Bearer ${key}` }),
  ...(options.organization && { 'openai-organization': options.organization }),
  ...(options.project && { 'openai-project': options.project }),
  ...options.headers,
})

const builtIn = (modelId: string, options: EndpointOptions): Transport => {
  const { url, server } = findServer(options.baseURL)
  const provider = options.providerName ?? server.name
  const secrets: string[] = []
  let http = options.http
  let headers: Record<string, string> | undefined
  const open = (): Record<string, string> => {
    const key = resolveKey(server, options.apiKey)
    if (key !== undefined) secrets.push(key)
    return headersOf(options, key)
  }
  return {
    provider,
    server,
    secrets,
    send: ({ path, body, signal, deadline }) => {
      headers ??= open()
      http ??= createHttpClient()
      const request = { url: url + path, headers, body: JSON.stringify(body), signal, deadline }
      return callApi(http, request, { provider, modelId, secrets })
    },
  }
}

const request = (client: OpenAI, call: ApiCall, options: object): Promise<Response> => {
  if (call.path === '/chat/completions')
    return client.chat.completions.create(call.body, options).asResponse()
  if (call.path === '/responses') return client.responses.create(call.body, options).asResponse()
  return client.embeddings.create(call.body, options).asResponse()
}

const throughClient = (modelId: string, options: EndpointOptions, client: OpenAI): Transport => {
  const { server } = findServer(client.baseURL)
  const provider = options.providerName ?? server.name
  const secrets = typeof client.apiKey === 'string' ? [client.apiKey] : []
  const { organization, project } = options
  const headers = {
    ...(organization && { 'openai-organization': organization }),
    ...(project && { 'openai-project': project }),
    ...options.headers,
  }
  return {
    provider,
    server,
    secrets,
    send: (call) =>
      callClient({
        provider,
        modelId,
        secrets,
        signal: call.signal,
        deadline: call.deadline,
        send: (signal) => request(client, call, { signal, headers, maxRetries: 0 }),
      }),
  }
}

/** The built-in transport, or the one through `client`. */
export const createTransport = (modelId: string, options: EndpointOptions): Transport =>
  options.client ? throughClient(modelId, options, options.client) : builtIn(modelId, options)

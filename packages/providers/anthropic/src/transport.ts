import { InvalidArgument } from '@ashlar/core'
import {
  type ApiCaller,
  callApi,
  callClient,
  createHttpClient,
  type HttpClient,
  type HttpResponse,
} from '@ashlar/wire'
import type { MessageCountTokensParams } from '@anthropic-ai/sdk/resources/messages'
import type { MessagesBody } from './to-request.ts'

/** What of the official SDK's clients is used: `new Anthropic(…)`, `AnthropicBedrock`, `AnthropicVertex`, … */
export interface AnthropicClient {
  readonly messages: {
    create(body: MessagesBody & { stream: boolean }, options?: ClientRequestOptions): Answer
    /** Missing on Bedrock. */
    countTokens?(body: MessageCountTokensParams, options?: ClientRequestOptions): Answer
  }
  readonly timeout?: number
  readonly apiKey?: string | null
}
interface Answer {
  asResponse(): Promise<Response>
}
interface ClientRequestOptions {
  maxRetries?: number
  timeout?: number
  signal?: AbortSignal
  headers?: Record<string, string>
}

/** Where the API is and how it is talked to. */
export interface EndpointOptions {
  /** Sent as `x-api-key`. @default ANTHROPIC_API_KEY, unless `authToken` is given */
  readonly apiKey?: string
  /** Sent as a bearer token, to a gateway say. @default ANTHROPIC_AUTH_TOKEN, when there is no key */
  readonly authToken?: string
  /** Without `/v1`. @default ANTHROPIC_BASE_URL, or https://api.anthropic.com */
  readonly baseURL?: string
  /** A configured client of the official SDK to talk through (Bedrock, Vertex, Azure, a gateway); its retries are off. */
  readonly client?: AnthropicClient
  /** Sent with every request, over the ones that are set here. */
  readonly headers?: Readonly<Record<string, string>>
  /** Beta features, sent as `anthropic-beta`. */
  readonly betas?: readonly string[]
  /** The connections to use, so that several models can share them. @default its own, opened at the first request */
  readonly http?: HttpClient
}

/** One request. */
export type ApiCall = {
  /** The API version it needs. @default the current one, or the client's */
  readonly version?: string | undefined
  readonly betas?: readonly string[]
  readonly signal?: AbortSignal | undefined
  readonly deadline?: number | undefined
} & (
  | { readonly path: '/v1/messages'; readonly body: MessagesBody & { stream: boolean } }
  | { readonly path: '/v1/messages/count_tokens'; readonly body: MessageCountTokensParams }
)

/** Sends requests, and throws what is not a success as a `ModelError`. */
export interface Transport {
  /** Strings that must not be repeated in messages. */
  readonly secrets: readonly string[]
  send(call: ApiCall): Promise<HttpResponse>
}

/** What version 1 of the SDK sends. */
const currentVersion = '2026-10-21'
const defaultBaseURL = 'https://api.anthropic.com'
/** The SDK's own default, said aloud because without it the SDK refuses to wait for long answers. */
const clientTimeoutMs = 600_000

/** A variable of the environment, where there is one. */
const readEnvironment = (name: string): string | undefined => globalThis.process?.env?.[name] || undefined

interface Credential {
  readonly secret: string
  readonly header: Readonly<Record<string, string>>
}

/** As the SDK finds it: what is given, else the key of the environment, else its token. */
const findCredential = ({ apiKey, authToken }: EndpointOptions): Credential => {
  const key = apiKey ?? (authToken === undefined ? readEnvironment('ANTHROPIC_API_KEY') : undefined)
  if (key !== undefined) return { secret: key, header: { 'x-api-key': key } }
  const token = authToken ?? readEnvironment('ANTHROPIC_AUTH_TOKEN')
  if (token !== undefined) return { secret: token, header: { authorization: `Bearer ${token}` } }
  throw new InvalidArgument(
    'apiKey',
    'a key for Anthropic in this option or in the environment variable ANTHROPIC_API_KEY (or an authToken in ANTHROPIC_AUTH_TOKEN)',
    undefined,
  )
}

const betaHeader = (options: EndpointOptions, call: ApiCall): { 'anthropic-beta'?: string } => {
  const betas = new Set([...(options.betas ?? []), ...(call.betas ?? [])])
  return betas.size > 0 ? { 'anthropic-beta': [...betas].join(',') } : {}
}

const builtIn = (caller: ApiCaller, options: EndpointOptions): Transport => {
  const baseURL = (options.baseURL ?? readEnvironment('ANTHROPIC_BASE_URL') ?? defaultBaseURL).replace(
    /\/+$/,
    '',
  )
  if (!URL.canParse(baseURL)) throw new InvalidArgument('baseURL', 'an absolute URL', baseURL)
  const secrets: string[] = []
  let http = options.http
  let credential: Credential | undefined
  return {
    secrets,
    send: async (call) => {
      if (!credential) {
        credential = findCredential(options)
        secrets.push(credential.secret)
      }
      http ??= createHttpClient()
      const headers = {
        'content-type': 'application/json',
        'user-agent': '@ashlar/anthropic',
        'anthropic-version': call.version ?? currentVersion,
        ...credential.header,
        ...betaHeader(options, call),
        ...options.headers,
      }
      const { path, signal, deadline } = call
      const request = { url: baseURL + path, headers, body: JSON.stringify(call.body), signal, deadline }
      return callApi(http, request, { ...caller, secrets })
    },
  }
}

const ask = async (
  client: AnthropicClient,
  call: ApiCall,
  options: ClientRequestOptions,
): Promise<Response> => {
  const { messages } = client
  if (call.path === '/v1/messages') return messages.create(call.body, options).asResponse()
  if (messages.countTokens) return messages.countTokens(call.body, options).asResponse()
  throw new InvalidArgument(
    'client',
    'a client that counts tokens (Bedrock does not)',
    'one without messages.countTokens',
  )
}

const throughClient = (caller: ApiCaller, options: EndpointOptions, client: AnthropicClient): Transport => {
  const secrets = client.apiKey ? [client.apiKey] : []
  return {
    secrets,
    send: (call) => {
      const { signal, deadline, version } = call
      const headers = {
        ...(version !== undefined && { 'anthropic-version': version }),
        ...betaHeader(options, call),
        ...options.headers,
      }
      const timeout = client.timeout ?? clientTimeoutMs
      return callClient({
        ...caller,
        secrets,
        signal,
        deadline,
        send: (own) => ask(client, call, { maxRetries: 0, timeout, signal: own, headers }),
      })
    },
  }
}

/** The built-in transport, or the one through `client`. @throws InvalidArgument for options that do not go together */
export const createTransport = (caller: ApiCaller, options: EndpointOptions): Transport => {
  const { client, apiKey, authToken, baseURL, http } = options
  if (apiKey !== undefined && authToken !== undefined)
    throw new InvalidArgument('authToken', 'an apiKey or an authToken, not both', 'both')
  for (const [name, value] of Object.entries({ apiKey, authToken }))
    if (value !== undefined && (typeof value !== 'string' || value.trim() === ''))
      throw new InvalidArgument(name, 'a text that is not empty', value)
  if (!client) return builtIn(caller, options)
  if (apiKey !== undefined || authToken !== undefined || baseURL !== undefined || http)
    throw new InvalidArgument(
      'client',
      'a client that brings its own credentials, baseURL and connections',
      'both',
    )
  return throughClient(caller, options, client)
}

import { InvalidArgument } from '@ashlar/core'

/** What differs between the servers that speak this API. */
export interface Server {
  /** The provider's name in responses, errors and `providerOptions`. */
  readonly name: string
  /** The environment variable its key is usually kept in. */
  readonly keyVariable?: string
  /** It may do without a key. */
  readonly keyless?: true
  /** OpenAI's own, or Azure's: takes the newest fields. */
  readonly official?: true
  /** It answers 422 to `stream_options` and reports usage without being asked. */
  readonly usageUnasked?: true
  /** It takes a thinking budget in tokens as `reasoning: { max_tokens }`. */
  readonly thinkingBudget?: true
}

/** By host, with subdomains. Sources: the API references of these vendors. */
const servers: Readonly<Record<string, Server>> = {
  'api.openai.com': { name: 'openai', official: true },
  'openai.azure.com': { name: 'azure', official: true, keyVariable: 'AZURE_OPENAI_API_KEY' },
  'openrouter.ai': { name: 'openrouter', thinkingBudget: true },
  'api.groq.com': { name: 'groq' },
  'api.deepseek.com': { name: 'deepseek' },
  'api.mistral.ai': { name: 'mistral', usageUnasked: true },
  'api.x.ai': { name: 'xai' },
  'api.together.xyz': { name: 'together' },
  'api.fireworks.ai': { name: 'fireworks' },
  'api.cerebras.ai': { name: 'cerebras' },
  'generativelanguage.googleapis.com': { name: 'gemini' },
}

const defaultBaseURL = 'https://api.openai.com/v1'

const serverAt = (baseURL: string): Server => {
  if (!URL.canParse(baseURL)) throw new InvalidArgument('baseURL', 'an absolute URL', baseURL)
  const host = `.${new URL(baseURL).hostname}`
  const found = Object.keys(servers).find((known) => host.endsWith(`.${known}`))
  const server = found && servers[found]
  if (!server) return { name: 'openai', keyless: true }
  return { keyVariable: `${server.name.toUpperCase()}_API_KEY`, ...server }
}

/** A variable of the environment, where there is one. */
const readEnvironment = (name: string): string | undefined => globalThis.process?.env?.[name] || undefined

/**
 * The server at this address, or at the one OPENAI_BASE_URL names, or OpenAI's own. One nobody knows is called
 * `openai` and needs no key; that of the environment is for the address of the environment.
 */
export const findServer = (
  baseURL: string | undefined,
): { readonly url: string; readonly server: Server } => {
  const named = baseURL === undefined ? readEnvironment('OPENAI_BASE_URL') : undefined
  const url = (baseURL ?? named ?? defaultBaseURL).replace(/\/+$/, '')
  const server = serverAt(url)
  return { url, server: named && server.keyless ? { ...server, keyVariable: 'OPENAI_API_KEY' } : server }
}

/**
 * The key to send: the option, else the server's own variable. A key is never sent to a server it was not made for.
 * @throws InvalidArgument naming the variable when a server that needs a key has none
 */
export const resolveKey = (server: Server, apiKey: string | undefined): string | undefined => {
  if (apiKey !== undefined) return apiKey
  const key = server.keyVariable === undefined ? undefined : readEnvironment(server.keyVariable)
  if (key !== undefined || server.keyless) return key
  const expected = `a key for ${server.name} in this option or in the environment variable ${server.keyVariable}`
  throw new InvalidArgument('apiKey', expected, undefined)
}

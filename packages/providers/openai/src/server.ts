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

/** By host, with subdomains: the names of the servers. Sources: the API references of these vendors. */
const names: Readonly<Record<string, string>> = {
  'api.openai.com': 'openai',
  'openai.azure.com': 'azure',
  'openrouter.ai': 'openrouter',
  'api.groq.com': 'groq',
  'api.deepseek.com': 'deepseek',
  'api.mistral.ai': 'mistral',
  'api.x.ai': 'xai',
  'api.together.xyz': 'together',
  'api.fireworks.ai': 'fireworks',
  'api.cerebras.ai': 'cerebras',
  'generativelanguage.googleapis.com': 'gemini',
}

const traits: Readonly<Record<string, Partial<Server>>> = {
  openai: { official: true },
  azure: { official: true, keyVariable: 'AZURE_OPENAI_API_KEY' },
  openrouter: { thinkingBudget: true },
  mistral: { usageUnasked: true },
}

const defaultBaseURL = 'https://api.openai.com/v1'

const serverAt = (baseURL: string): Server => {
  if (!URL.canParse(baseURL)) throw new InvalidArgument('baseURL', 'an absolute URL', baseURL)
  const { hostname } = new URL(baseURL)
  for (const [host, name] of Object.entries(names))
    if (hostname === host || hostname.endsWith(`.${host}`))
      return { name, keyVariable: `${name.toUpperCase()}_API_KEY`, ...traits[name] }
  return { name: 'openai', keyless: true }
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
  throw new InvalidArgument(
    'apiKey',
    `a key for ${server.name} in this option or in the environment variable ${server.keyVariable}`,
    undefined,
  )
}

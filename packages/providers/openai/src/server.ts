import { InvalidArgument } from '@ashlar/core'

/** What differs between the servers that speak this API. */
export interface Server {
  /** The provider's name in responses, errors and `providerOptions`. */
  readonly name: string
  /** The environment variable its key is usually kept in. */
  readonly keyVariable?: string
  /** OpenAI's own, or Azure's: takes the newest fields. */
  readonly official?: true
  /** It answers 422 to `stream_options` and reports usage without being asked. */
  readonly usageUnasked?: true
  /** It takes a thinking budget in tokens as `reasoning: { max_tokens }`. */
  readonly thinkingBudget?: true
}

const official: Server = { name: 'openai', keyVariable: 'OPENAI_API_KEY', official: true }

/** By host, with subdomains. Sources: the API references of these vendors. */
const servers: Readonly<Record<string, Server>> = {
  'api.openai.com': official,
  'openai.azure.com': { name: 'azure', keyVariable: 'AZURE_OPENAI_API_KEY', official: true },
  'openrouter.ai': { name: 'openrouter', keyVariable: 'OPENROUTER_API_KEY', thinkingBudget: true },
  'api.groq.com': { name: 'groq', keyVariable: 'GROQ_API_KEY' },
  'api.deepseek.com': { name: 'deepseek', keyVariable: 'DEEPSEEK_API_KEY' },
  'api.mistral.ai': { name: 'mistral', keyVariable: 'MISTRAL_API_KEY', usageUnasked: true },
  'api.x.ai': { name: 'xai', keyVariable: 'XAI_API_KEY' },
  'api.together.xyz': { name: 'together', keyVariable: 'TOGETHER_API_KEY' },
  'api.fireworks.ai': { name: 'fireworks', keyVariable: 'FIREWORKS_API_KEY' },
  'api.cerebras.ai': { name: 'cerebras', keyVariable: 'CEREBRAS_API_KEY' },
  'generativelanguage.googleapis.com': { name: 'gemini', keyVariable: 'GEMINI_API_KEY' },
}

export const defaultBaseURL = 'https://api.openai.com/v1'

/** What is known of the server at this address; a server nobody knows is called `openai` and needs no key. */
export const serverAt = (baseURL: string): Server => {
  if (!URL.canParse(baseURL)) throw new InvalidArgument('baseURL', 'an absolute URL', baseURL)
  const { hostname } = new URL(baseURL)
  for (const [host, server] of Object.entries(servers))
    if (hostname === host || hostname.endsWith(`.${host}`)) return server
  return { name: 'openai' }
}

/** A variable of the environment, where there is one. */
export const readEnvironment = (name: string): string | undefined =>
  globalThis.process?.env?.[name] || undefined

/**
 * The key to send: the option, else the server's own variable. A key is never sent to a server it was not made for.
 * @throws InvalidArgument naming the variable when a server that needs a key has none
 */
export const resolveKey = (server: Server, apiKey: string | undefined): string | undefined => {
  if (apiKey !== undefined) return apiKey
  if (server.keyVariable === undefined) return undefined
  const key = readEnvironment(server.keyVariable)
  if (key !== undefined) return key
  throw new InvalidArgument(
    'apiKey',
    `a key for ${server.name} in this option or in the environment variable ${server.keyVariable}`,
    undefined,
  )
}

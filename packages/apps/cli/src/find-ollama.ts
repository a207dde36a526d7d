import { isObject } from '@ashlar/core'

/** An Ollama server that answers. */
export interface OllamaServer {
  /** `http://127.0.0.1:11434`, without a slash at the end. */
  readonly url: string
  /** Models that can chat, the one changed last first. */
  readonly models: readonly string[]
}

const defaultPort = 11_434

/** Where OLLAMA_HOST points: a host, `host:port` or a URL. @default http://127.0.0.1:11434 */
export const ollamaUrl = (env: Readonly<Record<string, string | undefined>>): string => {
  const host = env['OLLAMA_HOST']?.trim() || '127.0.0.1'
  const text = /^https?:\/\//i.test(host) ? host : `http://${host}`
  const url = URL.canParse(text) ? new URL(text) : new URL(`http://127.0.0.1:${defaultPort}`)
  // Ollama listens on 0.0.0.0 when it is told to; nobody can connect to that everywhere.
  if (url.hostname === '0.0.0.0') url.hostname = '127.0.0.1'
  if (url.port === '' && !/:\d+/.test(host.replace(/^https?:\/\//i, ''))) url.port = String(defaultPort)
  return url.href.replace(/\/+$/, '')
}

const getJson = async (url: string, signal: AbortSignal): Promise<unknown> => {
  const response = await fetch(url, { signal })
  if (!response.ok) throw new Error(`${url} answered ${response.status}`)
  return response.json()
}

/** Models that only embed cannot chat; their family or name tells. */
const canChat = ({ name, family }: { name: string; family: string }): boolean =>
  !/embed|bert|minilm|\bbge\b/i.test(`${name} ${family}`)

const namesIn = (body: unknown): string[] => {
  const listed = isObject(body) && Array.isArray(body['models']) ? body['models'] : []
  return listed
    .filter(isObject)
    .map(({ name, details }) => ({
      name: typeof name === 'string' ? name : '',
      family: isObject(details) ? String(details['family']) : '',
    }))
    .filter((model) => model.name !== '' && canChat(model))
    .map(({ name }) => name)
}

export interface FindOllamaOptions {
  /** Milliseconds to wait for the first answer. @default 300 */
  readonly timeoutMs?: number
}

/** The Ollama server on this machine with its models, or `undefined` when none answers in time. */
export const findOllama = async (
  env: Readonly<Record<string, string | undefined>>,
  { timeoutMs = 300 }: FindOllamaOptions = {},
): Promise<OllamaServer | undefined> => {
  const url = ollamaUrl(env)
  try {
    await getJson(`${url}/api/version`, AbortSignal.timeout(timeoutMs))
    // It is there: a disk that has to wake up may take longer to list.
    const body = await getJson(`${url}/api/tags`, AbortSignal.timeout(timeoutMs * 10))
    return { url, models: namesIn(body) }
  } catch {
    return undefined
  }
}

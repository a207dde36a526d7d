import { isObject } from '@ashlar/core'
import { type BaseUrl, splitUrl } from './base-url.ts'
import { CommandError } from './exit-code.ts'

/** An Ollama server that answers. */
export interface OllamaServer {
  /** `http://127.0.0.1:11434`, without a slash at the end, a user or a password. */
  readonly url: string
  /** What requests have to carry: `authorization`, where OLLAMA_HOST has a user or a password. */
  readonly headers: Readonly<Record<string, string>>
  /** Models that can chat, the one changed last first. */
  readonly models: readonly string[]
}

const defaultPort = 11_434

/** Where OLLAMA_HOST points: a host, `host:port` or a URL. @throws CommandError when it is none of them */
export const ollamaAddress = (env: Readonly<Record<string, string | undefined>>): BaseUrl => {
  const host = env['OLLAMA_HOST']?.trim() || '127.0.0.1'
  const text = /^https?:\/\//i.test(host) ? host : `http://${host}`
  if (!URL.canParse(text))
    throw new CommandError(
      'usage',
      'OLLAMA_HOST is not a host: write it as host, host:port or http://host:port, or unset it',
    )
  const url = new URL(text)
  // Ollama listens on 0.0.0.0 when it is told to; nobody can connect to that everywhere.
  if (url.hostname === '0.0.0.0') url.hostname = '127.0.0.1'
  // The port of the scheme counts where it is written; after `@` only, as a password may look like one.
  const [place = ''] = text.slice(text.indexOf('//') + 2).split(/[/?#]/, 1)
  if (url.port === '' && !/:\d+$/.test(place.slice(place.lastIndexOf('@') + 1)))
    url.port = String(defaultPort)
  return splitUrl(url)
}

const getJson = async (url: string, init: RequestInit): Promise<unknown> => {
  const response = await fetch(url, init)
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

/**
 * The Ollama server on this machine with its models, or `undefined` when none answers in time.
 * @throws CommandError when OLLAMA_HOST is not a host
 */
export const findOllama = async (
  env: Readonly<Record<string, string | undefined>>,
  { timeoutMs = 300 }: FindOllamaOptions = {},
): Promise<OllamaServer | undefined> => {
  const { url, headers } = ollamaAddress(env)
  try {
    await getJson(`${url}/api/version`, { headers, signal: AbortSignal.timeout(timeoutMs) })
    // It is there: a disk that has to wake up may take longer to list.
    const body = await getJson(`${url}/api/tags`, { headers, signal: AbortSignal.timeout(timeoutMs * 10) })
    return { url, headers, models: namesIn(body) }
  } catch {
    return undefined
  }
}

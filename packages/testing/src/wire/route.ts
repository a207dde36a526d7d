import type { WireDialect, WireEndpoint } from './wire-answer.ts'

/** What a request is, told from its method and path; any prefix is allowed, as base URLs have them. */
export interface Route {
  readonly dialect: WireDialect
  readonly endpoint: WireEndpoint
}

const posts: readonly (readonly [string, WireDialect, WireEndpoint])[] = [
  ['/chat/completions', 'openai-chat', 'generate'],
  ['/responses', 'openai-responses', 'generate'],
  ['/responses/input_tokens', 'openai-responses', 'count-tokens'],
  ['/messages', 'anthropic', 'generate'],
  ['/messages/count_tokens', 'anthropic', 'count-tokens'],
  ['/api/chat', 'ollama', 'generate'],
  ['/api/embed', 'ollama', 'embed'],
  ['/api/embeddings', 'ollama', 'embed'],
  ['/embeddings', 'openai-chat', 'embed'],
]

/** The route of a request, or `undefined` when the server does not know it. */
export const routeOf = (
  method: string,
  path: string,
  headers: Readonly<Record<string, unknown>>,
): Route | undefined => {
  if (method === 'POST') {
    const found = posts.find(([end]) => path.endsWith(end))
    return found && { dialect: found[1], endpoint: found[2] }
  }
  if (method !== 'GET') return undefined
  if (/\/api\/(tags|version)$/.test(path)) return { dialect: 'ollama', endpoint: 'models' }
  const dialect = headers['anthropic-version'] === undefined ? 'openai-chat' : 'anthropic'
  return /\/models(\/[^/]+)?$/.test(path) ? { dialect, endpoint: 'models' } : undefined
}

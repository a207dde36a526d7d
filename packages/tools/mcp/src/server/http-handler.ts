import {
  createMcpHandler,
  isLegacyRequest,
  type McpHttpHandler,
  type McpServerFactory,
  type ServerNotifier,
} from '@modelcontextprotocol/server'
import { createLegacySessions, type LegacySessions } from './legacy-sessions.ts'

/** Sessions of older clients at once. */
const maxSessions = 1_000
const idleMs = 30 * 60_000

/** Tells clients of every version. */
const notifyAll = (modern: ServerNotifier, legacy: LegacySessions): ServerNotifier => ({
  toolsChanged: () => {
    modern.toolsChanged()
    legacy.notify({ method: 'notifications/tools/list_changed' })
  },
  promptsChanged: () => {
    modern.promptsChanged()
    legacy.notify({ method: 'notifications/prompts/list_changed' })
  },
  resourcesChanged: () => {
    modern.resourcesChanged()
    legacy.notify({ method: 'notifications/resources/list_changed' })
  },
  resourceUpdated: (uri) => {
    modern.resourceUpdated(uri)
    legacy.notify({ method: 'notifications/resources/updated', params: { uri } })
  },
})

/** Every protocol version at one address: requests that stand alone, and sessions for clients older than 2026-07-28. */
export const httpHandler = (factory: McpServerFactory, onError?: (error: Error) => void): McpHttpHandler => {
  const modern = createMcpHandler(factory, { legacy: 'reject', ...(onError && { onerror: onError }) })
  const legacy = createLegacySessions(factory, { maxSessions, idleMs })
  return {
    ...modern,
    notify: notifyAll(modern.notify, legacy),
    fetch: async (request, options) =>
      (await isLegacyRequest(request.clone(), options?.parsedBody))
        ? legacy.handle(request, options)
        : modern.fetch(request, options),
    close: async () => {
      await Promise.all([modern.close(), legacy.close()])
    },
  }
}

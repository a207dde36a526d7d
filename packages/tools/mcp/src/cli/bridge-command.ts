import { type Command, defineCommand, withResource } from '@ashlar/command'
import type { DefinitionSource } from '../mcp-client.ts'
import { createBridge } from '../server/index.ts'
import { configOptions, openRegistry } from './open-registry.ts'
import { serveOptions, serveOver } from './serve-over.ts'

const isUrl = (text: string): boolean => /^https?:\/\//.test(text)

/** `ashlar mcp bridge <server|url>`: a server over another transport. */
export const bridgeCommand: Command = defineCommand({
  name: 'ashlar mcp bridge',
  summary: 'Offer a server over stdio, or over HTTP with --http',
  positionals: { usage: '<server|url>', min: 1 },
  options: { ...configOptions, ...serveOptions },
  run: async ({ values, positionals: [target = ''] }, io) => {
    const source: DefinitionSource = isUrl(target)
      ? { type: 'http', url: target }
      : (await openRegistry(values, io)).sourceOf(target)
    return withResource(createBridge(source, { name: target, env: io.env }), async (bridge) => {
      await serveOver(bridge, values, io)
    })
  },
})

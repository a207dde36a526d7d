import { type Command, defineCommand, table, withResource } from '@ashlar/command'
import { configOptions, existingPins, lockOption, openRegistry } from './open-registry.ts'

/** `ashlar mcp tools`: what the servers offer, under the names an agent would know. */
export const toolsCommand: Command = defineCommand({
  name: 'ashlar mcp tools',
  summary: 'The tools of the servers, under the names an agent knows them by',
  positionals: { usage: '[server|@group]…', max: 100 },
  options: {
    ...configOptions,
    lock: lockOption,
    json: { type: 'boolean', description: 'print JSON, with the schemas' },
  },
  details:
    'Tools that the lockfile does not approve are not listed. Exit codes: 0 listed, 1 a server failed, 2 wrong arguments.',
  run: async ({ values, positionals }, io) => {
    const { registry } = await openRegistry(values, io, await existingPins(values.lock, io.cwd))
    return withResource(registry, async () => {
      const set = await registry.toolset(positionals.length > 0 ? { servers: positionals } : {})
      const rows = Object.entries(set.tools).map(([name, { description, inputSchema, annotations }]) => ({
        name,
        ...set.origins[name],
        description,
        annotations,
        inputSchema,
      }))
      if (values.json) io.stdout.write(`${JSON.stringify(rows)}\n`)
      else {
        const effect = ({ annotations: { readOnly, destructive } }: (typeof rows)[number]): string =>
          readOnly ? 'reads' : destructive ? 'may destroy' : 'writes'
        io.stdout.write(table(rows.map((row) => [row.name, row.server ?? '', effect(row), row.description])))
      }
      for (const { server, tool, reason } of set.refused)
        io.stderr.write(`refused: ${server}/${tool}: ${reason}\n`)
      for (const { error } of set.unavailable) io.stderr.write(`${error.message}\n`)
      return set.unavailable.length > 0 ? 1 : 0
    })
  },
})

import { resolve } from 'node:path'
import { type Command, defineCommand, oneLine, withResource } from '@ashlar/command'
import { filePins } from '../tool-pins.ts'
import { configOptions, lockOption, openRegistry } from './open-registry.ts'

/** `ashlar mcp pin`: shows which tools are new or changed, and approves them. */
export const pinCommand: Command = defineCommand({
  name: 'ashlar mcp pin',
  summary: 'Show which tools are new or changed, and approve them',
  positionals: { usage: '[server]…', max: 100 },
  options: {
    ...configOptions,
    lock: lockOption,
    check: { type: 'boolean', description: 'approve nothing; fail when something is new or changed' },
  },
  details:
    'Exit codes: 0 approved, or nothing to approve; 1 with --check: something is not approved, or a server failed.',
  run: async ({ values, positionals }, io) => {
    const { registry } = await openRegistry(values, io)
    return withResource(registry, async () => {
      const pins = filePins(resolve(io.cwd, values.lock))
      const servers = positionals.length > 0 ? positionals : registry.servers
      let differences = 0
      for (const server of servers) {
        const tools = await registry.client(server).listTools({ signal: io.signal })
        const diff = await pins.diff(server, tools)
        const describe = (name: string): string => tools.find((tool) => tool.name === name)?.description ?? ''
        const show = (what: string, names: readonly string[]): void => {
          differences += names.length
          for (const name of names)
            io.stdout.write(`${what.padEnd(8)}${server}/${name}  ${oneLine(describe(name), 100)}\n`)
        }
        show('new', diff.added)
        show('changed', diff.changed)
        show('gone', diff.removed)
        if (!values.check) await pins.approve(server, tools)
      }
      if (differences === 0) io.stderr.write('nothing has changed\n')
      else if (!values.check) io.stderr.write(`approved in ${values.lock}\n`)
      return values.check && differences > 0 ? 1 : 0
    })
  },
})

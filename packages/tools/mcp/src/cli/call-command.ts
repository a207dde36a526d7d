import { type Command, defineCommand, readInput, withResource } from '@ashlar/command'
import { InvalidArgument, isObject } from '@ashlar/core'
import { McpError } from '../mcp-error.ts'
import { toContent } from '../to-content.ts'
import { configOptions, existingPins, lockOption, openRegistry } from './open-registry.ts'

const parseInput = (text: string): Record<string, unknown> => {
  try {
    const input: unknown = JSON.parse(text)
    if (isObject(input)) return input
  } catch {
    // Said below.
  }
  throw new InvalidArgument('input', 'a JSON object', text.slice(0, 100))
}

/** `ashlar mcp call <server> <tool> [input]`: calls one tool. */
export const callCommand: Command = defineCommand({
  name: 'ashlar mcp call',
  summary: 'Call a tool',
  positionals: { usage: '<server> <tool> [input|-]', min: 2, max: 3 },
  options: {
    ...configOptions,
    lock: lockOption,
    json: { type: 'boolean', description: 'print the whole result' },
  },
  details:
    'The input is a JSON object, or - to read it from stdin. Exit codes: 0 done, 1 failed, 2 wrong arguments.',
  run: async ({ values, positionals: [server = '', name = '', given = '{}'] }, io) => {
    const input = parseInput(given === '-' ? Buffer.from(await readInput('-', io)).toString() : given)
    const pins = await existingPins(values.lock, io.cwd)
    const { registry } = await openRegistry(values, io)
    return withResource(registry, async () => {
      const client = registry.client(server)
      const tool = (await client.listTools({ signal: io.signal })).find((each) => each.name === name)
      if (!tool)
        throw new InvalidArgument(
          'tool',
          `one of ${(await client.listTools()).map((each) => each.name).join(', ')}`,
          name,
        )
      if (pins && (await pins.verdict(server, tool)) !== 'approved')
        throw new McpError({
          code: 'not-approved',
          server,
          message: `${server}: ${name} is not approved; see ashlar mcp pin`,
        })
      const result = await client.callTool(name, input, { signal: io.signal })
      if (values.json) io.stdout.write(`${client.hide(JSON.stringify(result))}\n`)
      else {
        const { text } = toContent(result, { maxTextChars: Number.POSITIVE_INFINITY })
        const output = result.isError ? io.stderr : io.stdout
        output.write(`${client.hide(text)}\n`)
      }
      return result.isError ? 1 : 0
    })
  },
})

import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chooseModel, CommandError, describeChoice, describeError } from '@ashlar/cli'
import { createAgent } from '@ashlar/core'
import { createMcpRegistry } from '@ashlar/mcp'

// `node src/main.ts [folder] [question]`: an agent that works on a folder through an MCP server.
const [folder = 'docs', ...words] = process.argv.slice(2)
const question = words.join(' ') || 'List the files in the folder "." and summarise what each is about.'

const server = fileURLToPath(import.meta.resolve('@modelcontextprotocol/server-filesystem/dist/index.js'))

const main = async (root: string): Promise<void> => {
  if (folder === '--help') return console.log('Usage: main.ts [folder] [question]')
  if (!(await stat(root)).isDirectory()) throw new CommandError('usage', `${root} is not a folder`)
  const chosen = await chooseModel()
  console.log(`${describeChoice(chosen)}\n`)

  // As it would stand in .mcp.json. The server may read this folder and nothing else.
  const registry = createMcpRegistry({
    mcpServers: { files: { command: process.execPath, args: [server, root], cwd: root } },
  })
  try {
    const allow = ['files/list_directory', 'files/read_text_file', 'files/search_files']
    const { tools, unavailable } = await registry.toolset({ allow })
    for (const { error } of unavailable) throw error
    console.log(`${root} through ${Object.keys(tools).join(', ')}\n\n${question}`)

    const agent = createAgent({ name: 'mcp-files', model: chosen.model, tools })
    for await (const event of agent.run(question)) {
      if (event.type === 'tool-end') {
        const { name, input } = event.call
        console.log(
          `  ${name} ${JSON.stringify(input)}: ${event.result?.isError ? event.result.output : 'done'}`,
        )
      }
      if (event.type === 'text-delta') process.stdout.write(event.text)
    }
    console.log()
  } finally {
    await registry.close()
  }
}

try {
  await main(resolve(folder))
} catch (error) {
  console.error(`Error: ${describeError(error)}`)
  process.exitCode = CommandError.isInstance(error) ? error.exitCode : 1
}

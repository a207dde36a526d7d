import { resolve } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { chooseModel, CommandError, describeChoice, describeError } from '@ashlar/cli'
import { createAgent } from '@ashlar/core'
import { createWorkspace } from '@ashlar/workspace'
import { gitTools } from '@ashlar/workspace/git'
import { commitRules } from './commit-rules.ts'

const instructions = `You help with a git repository. Look at its status, its staged changes and its last commits.
Then summarise its state in a few sentences, and draft the message of a commit of what is staged: a subject of at most
60 characters in the style of the last commits, an empty line, and why it was done where the changes show it.`

const synopsis = 'Usage: main.ts [folder]'

const main = async ([folder = '.', ...others]: readonly string[]): Promise<void> => {
  if (folder === '--help') return console.log(synopsis)
  if (others.length > 0 || folder.startsWith('-')) throw new CommandError('usage', synopsis)
  const chosen = await chooseModel()
  const model = chosen.model.modelId === 'offline-rules' ? commitRules() : chosen.model
  console.log(model === chosen.model ? describeChoice(chosen) : 'Model: fixed rules, not a language model')

  // These tools only read, and nothing the repository configures is run: hooks, pagers, filters, diff programs.
  const tools = gitTools(createWorkspace({ root: resolve(folder) }))
  const agent = createAgent({ name: 'git-helper', model, instructions, tools })
  let failure: string | undefined
  for await (const event of agent.run(
    'What is the state of this repository, and what should the commit say?',
  )) {
    if (event.type === 'tool-end') {
      const { call, result } = event
      console.log(
        `  ${call.name} → ${result?.isError ? result.output : `${result?.output.length} characters`}`,
      )
      if (result?.isError) failure = result.output
    }
    if (event.type === 'text-delta') process.stdout.write(stripVTControlCharacters(event.text))
  }
  console.log()
  if (failure !== undefined) throw new CommandError('failed', failure)
}

try {
  await main(process.argv.slice(2))
} catch (error) {
  console.error(`Error: ${describeError(error)}`)
  process.exitCode = CommandError.isInstance(error) ? error.exitCode : 1
}

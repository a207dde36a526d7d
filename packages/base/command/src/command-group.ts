import type { Command } from './define-command.ts'
import { exitCode } from './exit-code.ts'

export interface CommandGroupDefinition {
  /** All words before the subcommand: `ashlar cost`. */
  readonly name: string
  /** One line for the list of commands. */
  readonly summary: string
  /** Subcommands by their word. */
  readonly commands: Readonly<Record<string, Command>>
}

const helpOf = ({ name, summary, commands }: CommandGroupDefinition): string => {
  const width = Math.max(...Object.keys(commands).map((word) => word.length))
  const list = Object.entries(commands).map(
    ([word, command]) => `  ${word.padEnd(width)}  ${command.summary}`,
  )
  return `Usage: ${name} <command>\n\n${summary}\n\n${list.join('\n')}\n\nMore: ${name} <command> --help\n`
}

/** A command whose first argument names another. */
export const commandGroup = (definition: CommandGroupDefinition): Command => {
  const { name, summary, commands } = definition
  return {
    name,
    summary,
    run: async ([word, ...rest], io) => {
      if (word === '--help' || word === '-h') {
        io.stdout.write(helpOf(definition))
        return exitCode.ok
      }
      const command = word !== undefined && Object.hasOwn(commands, word) ? commands[word] : undefined
      if (command) return command.run(rest, io)
      const choices = Object.keys(commands).join(', ')
      const problem = word === undefined ? 'which command?' : `unknown command "${word}"`
      io.stderr.write(`${name}: ${problem} Expected one of ${choices} (see ${name} --help)\n`)
      return exitCode.usage
    },
  }
}

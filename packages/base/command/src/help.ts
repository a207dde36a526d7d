import type { CommandDefinition, CommandOption, CommandOptions } from './command-definition.ts'

const nameOf = (name: string, { short, type, value = 'value', choices }: CommandOption): string => {
  const hint = type === 'string' ? ` <${choices?.join('|') ?? value}>` : ''
  return `${short === undefined ? '' : `-${short}, `}--${name}${hint}`
}

const defaultOf = ({ default: value }: CommandOption): string =>
  value === undefined || value === false ? '' : ` (default ${value})`

/** The help text of a command. */
export const helpOf = <Options extends CommandOptions>(definition: CommandDefinition<Options>): string => {
  const { name, summary, positionals, options = {}, details } = definition
  const entries = Object.entries<CommandOption>(options)
  const rows = entries
    .map(([key, option]) => [nameOf(key, option), option.description + defaultOf(option)])
    .concat([['-h, --help', 'print this']])
  const width = Math.max(...rows.map(([left = '']) => left.length))
  const list = rows.map(([left = '', right = '']) => `  ${left.padEnd(width)}  ${right}`).join('\n')
  const words = [name, positionals?.usage, entries.length > 0 ? '[options]' : undefined].filter(Boolean)
  const usage = `Usage: ${words.join(' ')}\n\n${summary}\n\n${list}\n`
  return details === undefined ? usage : `${usage}\n${details.trim()}\n`
}

export { type CommandGroupDefinition, commandGroup } from './command-group.ts'
export type { CommandInput, CommandIo, CommandOutput, ModelChoice } from './command-io.ts'
export {
  type Command,
  type CommandDefinition,
  type CommandOption,
  type CommandOptions,
  defineCommand,
  type OptionValues,
} from './define-command.ts'
export { exitCode } from './exit-code.ts'
export { oneLine, printable } from './printable.ts'
export { inputLines, readInput, readStdin } from './read-input.ts'
export { table, type TableOptions } from './table.ts'

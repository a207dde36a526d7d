import type { CommandIo } from './command-io.ts'

export interface CommandOption {
  readonly type: 'string' | 'boolean'
  readonly description: string
  /** One letter. */
  readonly short?: string
  /** What stands for the value in the help. @default 'value' */
  readonly value?: string
  /** The only values allowed. */
  readonly choices?: readonly string[]
  /** May be given more than once. */
  readonly multiple?: boolean
  readonly default?: string | boolean
}

export type CommandOptions = Readonly<Record<string, CommandOption>>

type Value<O extends CommandOption> = O['type'] extends 'boolean' ? boolean : string
type Given<O extends CommandOption> = O['multiple'] extends true ? Value<O>[] : Value<O>

/** The values of a command's options: a default makes one certain, booleans are false unless given. */
export type OptionValues<Options extends CommandOptions> = {
  readonly [K in keyof Options]: Options[K]['type'] extends 'boolean'
    ? boolean
    : Options[K] extends { default: string }
      ? Given<Options[K]>
      : Given<Options[K]> | undefined
}

export interface CommandDefinition<Options extends CommandOptions> {
  /** All words of it: `ashlar tokens`. */
  readonly name: string
  /** One line for the list of commands. */
  readonly summary: string
  /** How the arguments are written (`<file|->`) and how many there may be. @default none */
  readonly positionals?: { readonly usage: string; readonly min?: number; readonly max?: number }
  readonly options?: Options
  /** Paragraphs after the options: examples, files, exit codes of its own. */
  readonly details?: string
  /** Returns the exit code, or nothing for 0. */
  readonly run: (
    given: { readonly values: OptionValues<Options>; readonly positionals: readonly string[] },
    io: CommandIo,
  ) => Promise<number | void>
}

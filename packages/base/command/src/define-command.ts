import { inspect, parseArgs } from 'node:util'
import { InvalidArgument } from '@ashlar/core/errors'
import type { CommandDefinition, CommandOptions, OptionValues } from './command-definition.ts'
import type { CommandIo } from './command-io.ts'
import { exitCode } from './exit-code.ts'
import { helpOf } from './help.ts'
import { oneLine } from './printable.ts'

/** A command: reads its own arguments, writes its own errors, and never throws. */
export interface Command {
  readonly name: string
  readonly summary: string
  /** @returns the exit code */
  run(args: readonly string[], io: CommandIo): Promise<number>
}

const checkChoices = (values: Readonly<Record<string, unknown>>, options: CommandOptions): void => {
  for (const [name, { choices }] of Object.entries(options)) {
    for (const value of [values[name]].flat())
      if (choices && typeof value === 'string' && !choices.includes(value))
        throw new InvalidArgument(`--${name}`, choices.join(', '), value)
  }
}

const withFalse = (values: Readonly<Record<string, unknown>>, options: CommandOptions): object => ({
  ...Object.fromEntries(
    Object.entries(options).flatMap(([name, { type }]) => (type === 'boolean' ? [[name, false]] : [])),
  ),
  ...values,
})

const parse = <Options extends CommandOptions>(
  args: readonly string[],
  definition: CommandDefinition<Options>,
) => {
  const options: CommandOptions = definition.options ?? {}
  const { values, positionals } = parseArgs({
    args: [...args],
    options,
    allowPositionals: true,
    strict: true,
  })
  checkChoices(values, options)
  const { usage, min = 0, max = min } = definition.positionals ?? { usage: 'no argument', max: 0 }
  if (positionals.length < min || positionals.length > max)
    throw new InvalidArgument('arguments', usage, positionals.length === 0 ? 'none' : positionals.join(' '))
  // parseArgs and checkChoices made sure that the values are those of the options.
  return { values: withFalse(values, options) as OptionValues<Options>, positionals }
}

const wantsHelp = (args: readonly string[]): boolean => {
  const end = args.indexOf('--')
  return args.slice(0, end < 0 ? undefined : end).some((word) => word === '--help' || word === '-h')
}

const codeOf = (error: unknown, signal: AbortSignal): number => {
  if (signal.aborted) return exitCode.interrupted
  const isOfParser =
    error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')
  return isOfParser || InvalidArgument.isInstance(error) ? exitCode.usage : exitCode.failed
}

const messageOf = (error: unknown): string => {
  if (error instanceof Error) return error.message || error.name
  return typeof error === 'string' ? error : inspect(error)
}

/**
 * A command with strict arguments, `--help`, one line for each error and the exit codes of `exitCode`. An
 * `InvalidArgument` that `run` throws is wrong usage (2), an abort is 130, anything else 1.
 */
export const defineCommand = <const Options extends CommandOptions>(
  definition: CommandDefinition<Options>,
): Command => {
  const { name, summary, run } = definition
  return {
    name,
    summary,
    run: async (args, io) => {
      try {
        if (wantsHelp(args)) {
          io.stdout.write(helpOf(definition))
          return exitCode.ok
        }
        return (await run(parse(args, definition), io)) ?? exitCode.ok
      } catch (error) {
        const code = codeOf(error, io.signal)
        const text = code === exitCode.interrupted ? 'interrupted' : oneLine(messageOf(error), 1_000)
        const hint = code === exitCode.usage ? ` (see ${name} --help)` : ''
        io.stderr.write(`${name}: ${text}${hint}\n`)
        return code
      }
    },
  }
}

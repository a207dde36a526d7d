import { type ArgsDef, type CommandDef, type ParsedArgs, parseArgs } from 'citty'
import { CommandError } from '../exit-code.ts'
import type { GuardOptions } from '../guards.ts'

const kebab = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)

const namesOf = (definitions: ArgsDef): Set<string> =>
  new Set(
    Object.entries(definitions).flatMap(([name, definition]) => {
      const alias = 'alias' in definition ? (definition.alias ?? []) : []
      return [name, kebab(name), ...alias]
    }),
  )

/** @throws CommandError for options that the command does not have, and for those that lack their value */
const checkOptions = (given: Readonly<Record<string, unknown>>, definitions: ArgsDef): void => {
  const known = namesOf(definitions)
  for (const [name, value] of Object.entries(given)) {
    if (name === '_') continue
    const option = name.length === 1 ? `-${name}` : `--${name}`
    if (!known.has(name))
      throw new CommandError('usage', `Unknown option ${option} (an input that begins with - goes after --)`)
    if (value === '' && definitions[name]?.type === 'string')
      throw new CommandError('usage', `${option} needs a value`)
  }
}

/** @throws CommandError for more arguments than the command has */
const checkCount = (words: readonly string[], definitions: ArgsDef): void => {
  const known = Object.values(definitions).filter(({ type }) => type === 'positional').length
  if (words.length > known) throw new CommandError('usage', `Unexpected argument "${words[known]}"`)
}

export interface StrictCommand<T extends ArgsDef> {
  readonly name: string
  readonly description: string
  readonly args: T
  /** More words than `args` names belong to the last of them. @default false */
  readonly takesMore?: boolean
  readonly run: (args: ParsedArgs<T>) => Promise<void>
}

/** A command that refuses options it does not know. */
export const defineStrictCommand = <const T extends ArgsDef>(command: StrictCommand<T>): CommandDef => {
  const { name, description, args, run } = command
  return {
    meta: { name, description },
    args,
    run: async ({ rawArgs }) => {
      const given = parseArgs<T>(rawArgs, args)
      checkOptions(given, args)
      if (!command.takesMore) checkCount(given._, args)
      await run(given)
    },
  }
}

export const modelArgument = {
  type: 'string',
  description: 'openai/<id>, ollama/<id>, … (see models list)',
  valueHint: 'model',
} as const

export const yesArgument = {
  type: 'boolean',
  description: 'Approve every call that waits for it',
} as const

/** How far an agent goes without being asked. */
export const guardArguments = {
  mode: { type: 'string', description: 'ask, auto or plan (read only)', valueHint: 'mode' },
  yolo: { type: 'boolean', description: 'Ask nobody for some hours, and write down what runs' },
  redact: { type: 'boolean', description: 'Mask secrets: on; --no-redact shows and keeps them' },
} as const

const modes = ['ask', 'auto', 'plan'] as const

/** @throws CommandError when there is no such mode */
export const guardsOf = ({
  mode,
  yolo,
  redact,
}: {
  readonly mode?: string | undefined
  readonly yolo?: boolean | undefined
  readonly redact?: boolean | undefined
}): GuardOptions => {
  const found = modes.find((each) => each === mode)
  if (mode !== undefined && !found) throw new CommandError('usage', `--mode: expected ${modes.join(', ')}`)
  return { mode: found, yolo: yolo === true, redact }
}

import {
  type Command,
  commandGroup,
  type CommandIo,
  defineCommand,
  inputLines,
  printable,
} from '@ashlar/command'
import { InvalidArgument } from '@ashlar/core'
import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { createCommandPolicy } from './policy/create-command-policy.ts'
import type { CommandRule } from './policy/user-rules.ts'
import type { CommandContext, Verdict } from './policy/verdict.ts'

/** Without `--json` the exit code is the verdict; 1 and 2 stay what they are for every command. */
const codes = { allow: 0, ask: 3, deny: 4 } as const

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true

const isWords = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((word) => typeof word === 'string')

/** A line is a command, or `{"command": …}` with a text or an argv. */
const commandOf = (line: string): string | readonly string[] => {
  if (!line.trimStart().startsWith('{')) return line
  try {
    const value: unknown = JSON.parse(line)
    const command =
      typeof value === 'object' && value !== null && 'command' in value ? value.command : undefined
    return typeof command === 'string' || isWords(command) ? command : line
  } catch {
    // `{ ls; }` is a command, too.
    return line
  }
}

const shownVerdict = ({ verdict, rule, why, span, source }: Verdict, command: string): string => {
  const place = span ? `  ${printable(command.slice(...span))}\n` : ''
  const from = source === undefined ? '' : `  by ${printable(source)}\n`
  return `${verdict} (${printable(rule)}): ${printable(why)}\n${place}${from}`
}

const checkMany = async (
  policy: (command: string | readonly string[], context: CommandContext) => Verdict,
  context: CommandContext,
  io: CommandIo,
): Promise<number> => {
  for await (const line of inputLines(io))
    io.stdout.write(`${JSON.stringify(policy(commandOf(line), context))}\n`)
  return codes.allow
}

export interface PolicyCommandOptions {
  /** The user's rules that hold in a folder, for an agent where one is named. @default none */
  readonly rules?: (place: {
    readonly cwd: string
    readonly env: CommandIo['env']
    readonly agent: string | undefined
  }) => Promise<readonly CommandRule[]>
}

const check = (rulesOf: PolicyCommandOptions['rules']): Command =>
  defineCommand({
    name: 'ashlar policy check',
    summary: 'Say whether an agent may run a shell command',
    positionals: { usage: '[command]', min: 0, max: 1 },
    options: {
      cwd: { type: 'string', description: 'The folder it would run in (default: this one)' },
      root: { type: 'string', description: 'The folder it may work in (default: --cwd)' },
      ...(rulesOf && {
        agent: { type: 'string', value: 'name', description: 'By the rules of this agent, too' },
      }),
      json: { type: 'boolean', description: 'One line of JSON: verdict, rule, why, span, source' },
    },
    details:
      'Without a command, reads many from standard input, one a line, plain or as {"command": "…"},\nand writes one line of JSON for each, in order.\nExit code: 0 allow, 3 ask, 4 deny; with --json or standard input always 0.',
    run: async ({ values, positionals: [command] }, io) => {
      const cwd = resolve(io.cwd, values.cwd ?? '.')
      const context = { cwd, root: values.root === undefined ? cwd : resolve(io.cwd, values.root) }
      // What is not there holds no links to follow, and no rules: a verdict about it would be of somewhere else.
      for (const name of ['cwd', 'root'] as const)
        if (values[name] !== undefined && !isFolder(context[name]))
          throw new InvalidArgument(`--${name}`, 'a folder that is there', context[name])
      const home = io.env['HOME']
      const rules = (await rulesOf?.({ cwd: context.root, env: io.env, agent: values.agent })) ?? []
      const policy = createCommandPolicy({ rules, ...(home && { home }) })
      if (command === undefined || command === '-') return checkMany(policy, context, io)
      const found = policy(command, context)
      io.stdout.write(values.json ? `${JSON.stringify(found)}\n` : shownVerdict(found, command))
      return values.json ? codes.allow : codes[found.verdict]
    },
  })

/** `ashlar policy`: what an agent may run, by the rules of whoever makes the command. */
export const createPolicyCommand = ({ rules }: PolicyCommandOptions = {}): Command =>
  commandGroup({
    name: 'ashlar policy',
    summary: 'Check what an agent may run',
    commands: { check: check(rules) },
  })

/** The command by the policy's own rules alone. */
export const policyCommand: Command = createPolicyCommand()

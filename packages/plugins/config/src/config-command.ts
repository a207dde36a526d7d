import {
  type Command,
  type CommandIo,
  commandGroup,
  defineCommand,
  exitCode,
  oneLine,
  printable,
  table,
} from '@ashlar/command'
import { InvalidArgument } from '@ashlar/core'
import { type AshlarConfig, loadAshlarConfig, type LoadAshlarOptions } from './ashlar-config.ts'
import { ashlarSchema } from './ashlar-schema.ts'
import type { Config, ConfigEntry } from './config.ts'
import { ConfigError, describeIssue } from './config-error.ts'
import { describeOrigin, formatPath } from './origin.ts'
import { nearestWord, suggestionFor } from './nearest-word.ts'
import { trustCommand } from './trust-command.ts'

const set = {
  type: 'string',
  multiple: true,
  value: 'path=value',
  description: 'Set a value for this once, such as limits.steps=5',
} as const
const json = { type: 'boolean', description: 'Print JSON' } as const

const toFlags = (settings: readonly string[] = []): Record<string, string> =>
  Object.fromEntries(
    settings.map((setting) => {
      const at = setting.indexOf('=')
      if (at < 1) throw new InvalidArgument('--set', 'path=value', setting)
      return [setting.slice(0, at), setting.slice(at + 1)]
    }),
  )

type Load = (io: CommandIo, settings: readonly string[] | undefined) => Promise<Config<AshlarConfig>>

/** Says everything that is wrong with a configuration. @throws what is no error of one */
const complain = (error: unknown, io: CommandIo): number => {
  if (!ConfigError.isInstance(error)) throw error
  for (const issue of error.issues) io.stderr.write(`${printable(oneLine(describeIssue(issue), 2000))}\n`)
  return exitCode.failed
}

const isBelow = (path: string, start: string): boolean =>
  path === start || path.startsWith(`${start}.`) || path.startsWith(`${start}[`)

const toRow = ({ path, value, origin }: ConfigEntry, withOrigin: boolean): string[] => [
  path,
  typeof value === 'string' ? value : JSON.stringify(value),
  ...(withOrigin ? [`${origin.layer}: ${describeOrigin(origin)}`] : []),
]

const show = (load: Load): Command =>
  defineCommand({
    name: 'ashlar config show',
    summary: 'Print the settings that hold, secrets masked',
    positionals: { usage: '[path]', min: 0, max: 1 },
    options: {
      origin: { type: 'boolean', description: 'Say which layer, file and line each comes from' },
      agent: { type: 'string', value: 'name', description: 'What holds for this agent' },
      set,
      json,
    },
    details: 'Stronger goes over weaker: defaults < your file < project file < environment < --set.',
    run: async ({ values, positionals: [start] }, io) => {
      const config = await load(io, values.set).catch((error: unknown) => complain(error, io))
      if (typeof config === 'number') return config
      const { agent } = values
      if (agent !== undefined && !config.agents.includes(agent)) {
        const known = suggestionFor(agent, config.agents) || '; there are none'
        io.stderr.write(
          `ashlar config show: no section of an agent ${printable(JSON.stringify(agent) + known)}\n`,
        )
        return exitCode.failed
      }
      const entries = config
        .entries(values.agent)
        .filter(({ path }) => start === undefined || isBelow(path, start))
      if (values.json && values.origin) io.stdout.write(`${JSON.stringify(entries, undefined, 2)}\n`)
      else if (values.json) io.stdout.write(`${JSON.stringify(config.masked(values.agent), undefined, 2)}\n`)
      else io.stdout.write(table(entries.map((entry) => toRow(entry, values.origin))))
      return entries.length === 0 && start !== undefined ? exitCode.failed : exitCode.ok
    },
  })

const toReport = (error: ConfigError): object => ({
  valid: false,
  issues: error.issues.map(({ message, path, origin }) => ({ path: formatPath(path), message, ...origin })),
})

/** What a variable was probably to name. */
const hintFor = (name: string): string => {
  const [word = ''] = name.replace(/^ASHLAR_/, '').split('__', 1)
  const meant = nearestWord(word, Object.keys(ashlarSchema.properties ?? {}))
  return meant === undefined ? '' : `; was "${meant}" meant?`
}

const validate = (load: Load): Command =>
  defineCommand({
    name: 'ashlar config validate',
    summary: 'Check the configuration: everything wrong with it, at once',
    options: { set, json },
    details: 'Exit codes: 0 it is good, 1 it is not.',
    run: async ({ values }, io) => {
      try {
        const { files, unused } = await load(io, values.set)
        if (values.json) io.stdout.write(`${JSON.stringify({ valid: true, files, unused })}\n`)
        else {
          io.stdout.write(files.length === 0 ? 'good: no files\n' : `good: ${files.join(', ')}\n`)
          for (const name of unused)
            io.stderr.write(`note: ${printable(name)} names no setting${hintFor(name)}\n`)
        }
        return exitCode.ok
      } catch (error) {
        if (!ConfigError.isInstance(error) || !values.json) return complain(error, io)
        io.stdout.write(`${JSON.stringify(toReport(error))}\n`)
        return exitCode.failed
      }
    },
  })

const schema = defineCommand({
  name: 'ashlar config schema',
  summary: 'Print the JSON Schema of ashlar.config.*, for editors',
  run: async (_, io) => void io.stdout.write(`${JSON.stringify(ashlarSchema, undefined, 2)}\n`),
})

/** `ashlar config show | validate | trust | schema`; `check` as in `loadConfig`, for what only others know. */
export const createConfigCommand = ({ check }: Pick<LoadAshlarOptions, 'check'> = {}): Command => {
  const load: Load = ({ env, cwd }, settings) =>
    loadAshlarConfig({ env, cwd, flags: toFlags(settings), ...(check && { check }) })
  return commandGroup({
    name: 'ashlar config',
    summary: 'Show and check the configuration',
    commands: { show: show(load), validate: validate(load), trust: trustCommand, schema },
  })
}

/** The command that checks what the schema says. */
export const configCommand: Command = createConfigCommand()

import {
  type Command,
  type CommandIo,
  defineCommand,
  exitCode,
  oneLine,
  printable,
  readInput,
} from '@ashlar/command'
import { type Agent, type Plugin, type RunResult } from '@ashlar/core'
import { InvalidArgument } from '@ashlar/core/errors'
import { durableRuns } from '../durable/durable-runs.ts'
import { toJson } from '../durable/recorded-model.ts'
import { pendingOf } from '../view/run-view.ts'
import { codeVersion, versionOption } from './code-version.ts'
import { journalOption, withJournal } from './open-journal.ts'
import {
  isCancelledElsewhere,
  type NamedRun,
  sayCancelledElsewhere,
  sayInterrupted,
  sayPaused,
} from './run-end.ts'

/** A command is at a keyboard: whoever takes a run up that was killed does not wait long. */
export const leaseMs = 10_000

/** Sees whether the agent has the plugin: one that leaves it out would run and not be recorded. */
export const seen = (plugin: Plugin): { readonly plugin: Plugin; readonly isUsed: () => boolean } => {
  let isUsed = false
  const setup: Plugin['setup'] = (run) => {
    isUsed = true
    return plugin.setup?.(run) ?? {}
  }
  return { plugin: { ...plugin, setup }, isUsed: () => isUsed }
}

/** @throws InvalidArgument for an agent that is not recorded */
export const mustBeRecorded = (isUsed: boolean, agent: string): void => {
  if (!isUsed)
    throw new InvalidArgument(
      'agent',
      'a function that uses its plugins: ({ model, plugins }) => createAgent({ model, plugins })',
      agent,
    )
}

const follow = async (
  agent: Agent,
  { input, runId, begun }: { input: string; runId: string; begun: () => void },
  { stdout, signal }: CommandIo,
): Promise<RunResult<unknown> | undefined> => {
  let result: RunResult<unknown> | undefined
  let wrote = false
  for await (const event of agent.run(input, { runId, signal })) {
    if (event.type === 'run-start') begun()
    if (event.type === 'text-delta') wrote = stdout.write(printable(event.text)) !== undefined
    if (event.type === 'step-end' && wrote) {
      stdout.write('\n')
      wrote = false
    }
    if (event.type === 'run-end') result = event.result
  }
  return result
}

/** What a run that ended says, and its exit code. */
export const endOf = (
  result: RunResult<unknown> | undefined,
  { run, io }: { run: NamedRun; io: CommandIo },
): number => {
  if (!result) return exitCode.failed
  if (result.reason === 'paused') {
    return sayPaused(pendingOf({ state: 'paused', result: toJson(result) }), { run, io })
  }
  if (result.reason === 'done' || result.reason === 'stopped') return exitCode.ok
  io.stderr.write(`The run ended by ${result.reason}, without an answer\n`)
  return exitCode.failed
}

/** `ashlar runs start <agent> <input>`: runs an agent, recorded. */
export const startCommand: Command = defineCommand({
  name: 'ashlar runs start',
  summary: 'Runs an agent and records it, so that it survives its process',
  positionals: { usage: '<agent> <input|->', min: 2 },
  options: {
    ...journalOption,
    model: { type: 'string', value: 'id', description: 'as of ashlar run' },
    id: { type: 'string', value: 'id', description: 'of the run (a random one)' },
    ...versionOption,
  },
  details:
    'The file exports ({ model, plugins }) => createAgent({ model, plugins: [ …, ...plugins ] }).\n\n' +
    'Exit codes: 0 done, 1 failed, 2 wrong arguments, 3 paused for an approval, 130 interrupted (it can be resumed).',
  run: async (
    { values: { journal: file, model, id, version: named }, positionals: [target = '', words = ''] },
    io,
  ) => {
    const input = words === '-' ? Buffer.from(await readInput('-', io)).toString() : words
    if (input.trim() === '') throw new InvalidArgument('input', 'a text that is not empty', input)
    const runId = id ?? crypto.randomUUID()
    const run = { runId, agent: target, journal: file, model, version: named }
    const version = await codeVersion(target, { version: named, cwd: io.cwd })
    return withJournal({ journal: file, create: true }, io, async (journal) => {
      if (await journal.run(runId))
        throw new InvalidArgument(
          '--id',
          'an id that no run has yet: go on with one by ashlar runs resume',
          runId,
        )
      const { plugin, isUsed } = seen(durableRuns(journal, { leaseMs, version, deltas: true }).plugin)
      const agent = await io.loadAgent(target, { model, plugins: [plugin] })
      const begun = (): void => {
        mustBeRecorded(isUsed(), target)
        io.stderr.write(`Run ${oneLine(runId, 200)}\n`)
      }
      try {
        return endOf(await follow(agent, { input, runId, begun }, io), { run, io })
      } catch (error) {
        if (isCancelledElsewhere(error)) return sayCancelledElsewhere(run, io)
        if (!io.signal.aborted) throw error
        return sayInterrupted(run, io)
      }
    })
  },
})

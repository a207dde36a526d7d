import { type Command, type CommandIo, defineCommand, exitCode, oneLine } from '@ashlar/command'
import type { LanguageModel } from '@ashlar/core'
import { InvalidArgument } from '@ashlar/core/errors'
import { replayRun } from '../durable/replay-run.ts'
import { cleanText } from '../view/clean.ts'
import { findRun } from './find-run.ts'
import { journalOption, withJournal } from './open-journal.ts'

const modelOf = (name: string): Pick<LanguageModel, 'provider' | 'modelId'> => {
  const at = name.indexOf('/')
  if (at < 1) throw new InvalidArgument('--model', 'provider/model', name)
  return { provider: name.slice(0, at), modelId: name.slice(at + 1) }
}

/** Where at most this many differences are told. */
const shown = 10

const listOf = (all: readonly string[]): string => {
  const more = all.length > shown ? [`… and ${all.length - shown} more`] : []
  return [...all.slice(0, shown), ...more].map((line) => `  ${oneLine(cleanText(line), 200)}\n`).join('')
}

/** `ashlar runs replay <id> <agent>`: runs an agent from the journal alone, and compares. */
export const replayCommand: Command = defineCommand({
  name: 'ashlar runs replay',
  summary: 'Runs an agent from its records alone, asks no model, writes nothing, and compares',
  positionals: { usage: '<id> <agent>', min: 2 },
  options: {
    ...journalOption,
    model: {
      type: 'string',
      value: 'provider/model',
      description: 'it ran with (the one that its first answer names)',
    },
  },
  details: 'Exit codes: 0 the same, 1 different, 2 wrong arguments.',
  run: async ({ values: { journal: file, model }, positionals: [runId = '', target = ''] }, io: CommandIo) =>
    withJournal({ journal: file }, io, async (journal) => {
      await findRun(journal, runId)
      const { same, differences, changes } = await replayRun(journal, {
        runId,
        ...(model !== undefined && { model: modelOf(model) }),
        agent: (parts) => io.loadAgent(target, parts),
      })
      if (same) io.stdout.write('The same: every step and the result\n')
      if (changes.length > 0) io.stdout.write(`Different: the agent\n${listOf(changes)}`)
      if (differences.length > 0) io.stdout.write(`Different: the result, in\n${listOf(differences)}`)
      return same ? exitCode.ok : exitCode.failed
    }),
})

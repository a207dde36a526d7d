import { type Command, type CommandIo, defineCommand, exitCode, oneLine } from '@ashlar/command'
import type { LanguageModel } from '@ashlar/core'
import { InvalidArgument } from '@ashlar/core/errors'
import { replayRun } from '../durable/replay-run.ts'
import { findRun } from './find-run.ts'
import { journalOption, withJournal } from './open-journal.ts'

const modelOf = (name: string): Pick<LanguageModel, 'provider' | 'modelId'> => {
  const at = name.indexOf('/')
  if (at < 1) throw new InvalidArgument('--model', 'provider/model', name)
  return { provider: name.slice(0, at), modelId: name.slice(at + 1) }
}

/** Where at most this many differences are told. */
const shown = 10

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
      const { same, differences } = await replayRun(journal, {
        runId,
        ...(model !== undefined && { model: modelOf(model) }),
        agent: (parts) => io.loadAgent(target, parts),
      })
      if (same) io.stdout.write('The same: every step and the result\n')
      else {
        const more = differences.length > shown ? [`… and ${differences.length - shown} more`] : []
        const lines = [...differences.slice(0, shown), ...more].map((line) => `  ${oneLine(line, 200)}\n`)
        io.stdout.write(`Different: the result, in\n${lines.join('')}`)
      }
      return same ? exitCode.ok : exitCode.failed
    }),
})

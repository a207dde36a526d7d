import { type Command, defineCommand, exitCode, oneLine } from '@ashlar/command'
import { findRun } from './find-run.ts'
import { journalOption, withJournal } from './open-journal.ts'

/** `ashlar runs cancel <id>`: ends a run, whoever has it. */
export const cancelCommand: Command = defineCommand({
  name: 'ashlar runs cancel',
  summary: 'Ends a run, in whichever process; it can be resumed',
  positionals: { usage: '<id>', min: 1 },
  options: journalOption,
  run: async ({ values: { journal: file }, positionals: [runId = ''] }, io) =>
    withJournal({ journal: file }, io, async (journal) => {
      const { state } = await findRun(journal, runId)
      const id = oneLine(runId, 200)
      if (await journal.cancel(runId)) {
        const heard = state === 'running' ? '; its process hears of it within a second' : ''
        io.stdout.write(`Cancelled ${id}${heard}\n`)
        return exitCode.ok
      }
      io.stderr.write(`Nothing to cancel: ${id} is ${state}\n`)
      return exitCode.failed
    }),
})

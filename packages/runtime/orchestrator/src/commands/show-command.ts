import { type Command, defineCommand } from '@ashlar/command'
import { systemClock } from '@ashlar/core/clock'
import { cleanJson } from '../view/clean.ts'
import { viewRun } from '../view/run-view.ts'
import { findRun } from './find-run.ts'
import { journalOption, withJournal } from './open-journal.ts'
import { showRun } from './show-run.ts'

/** `ashlar runs show <id>`: one run, its steps and what it used. */
export const showCommand: Command = defineCommand({
  name: 'ashlar runs show',
  summary: 'One run: its tasks or steps, their states, what it used',
  positionals: { usage: '<id>', min: 1 },
  options: { ...journalOption, json: { type: 'boolean', description: 'the record and all steps as JSON' } },
  details: 'API keys are masked and control characters taken out, in JSON too.',
  run: async ({ values: { journal: file, json }, positionals: [runId = ''] }, io) =>
    withJournal({ journal: file }, io, async (journal) => {
      const record = await findRun(journal, runId)
      const steps = await journal.steps(runId)
      const now = systemClock.now()
      const view = viewRun({ record, steps, now })
      const { stdout } = io
      if (json)
        stdout.write(
          `${JSON.stringify({ view, record: cleanJson(record), steps: cleanJson(steps) }, null, 2)}\n`,
        )
      else stdout.write(showRun(view, { now, width: stdout.isTTY ? (stdout.columns ?? 80) : 200 }))
    }),
})

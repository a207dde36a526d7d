import { type Command, defineCommand, table } from '@ashlar/command'
import { systemClock } from '@ashlar/core/clock'
import { InvalidArgument } from '@ashlar/core/errors'
import type { RecordedState } from '../durable/journal.ts'
import { cleanText } from '../view/clean.ts'
import { stateOf } from '../view/run-view.ts'
import { journalOption, withJournal } from './open-journal.ts'

const recordedStates = ['running', 'paused', 'done', 'failed', 'aborted'] as const

export const isRecordedState = (text: string | undefined): text is RecordedState =>
  recordedStates.some((state) => state === text)

/** A whole number from 1. @throws InvalidArgument */
const countOf = (text: string, option: string): number => {
  const count = Number(text)
  if (!Number.isSafeInteger(count) || count < 1)
    throw new InvalidArgument(option, 'a whole number from 1', text)
  return count
}

/** `ashlar runs list`: the latest runs of a journal. */
export const listCommand: Command = defineCommand({
  name: 'ashlar runs list',
  summary: 'The recorded runs, the latest first',
  options: {
    ...journalOption,
    state: { type: 'string', choices: recordedStates, description: 'only those' },
    name: { type: 'string', description: 'only of this agent or graph' },
    limit: { type: 'string', value: 'n', default: '20', description: 'how many at most' },
    json: { type: 'boolean', description: 'one JSON object a line' },
  },
  run: async ({ values: { journal: file, state, name, limit, json } }, io) => {
    const filter = {
      limit: countOf(limit, '--limit'),
      ...(isRecordedState(state) && { state }),
      ...(name !== undefined && { name }),
    }
    const runs = await withJournal({ journal: file }, io, (journal) => journal.runs(filter))
    const now = systemClock.now()
    const seen = runs.map((record) => ({
      runId: cleanText(record.runId),
      name: cleanText(record.name),
      state: stateOf(record, now),
      version: cleanText(record.version),
      updated: new Date(record.updatedAt).toISOString(),
      unknown: record.unknown,
    }))
    if (json) for (const run of seen) io.stdout.write(`${JSON.stringify(run)}\n`)
    else if (seen.length === 0) io.stderr.write('No runs are recorded here\n')
    else {
      const head = ['RUN', 'NAME', 'STATE', 'UPDATED', 'UNKNOWN']
      const rows = seen.map((run) => [
        run.runId,
        run.name,
        run.state,
        run.updated.slice(0, 19),
        `${run.unknown}`,
      ])
      io.stdout.write(table([head, ...rows], { right: [4], cellWidth: 40 }))
    }
  },
})

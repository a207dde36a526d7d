import { type Command, defineCommand } from '@ashlar/command'
import { systemClock } from '@ashlar/core/clock'
import { InvalidArgument } from '@ashlar/core/errors'
import { RunLeased } from '../durable/durable-errors.ts'
import type { Journal, RecordedState, RunRecord } from '../durable/journal.ts'
import { isRecordedState } from './list-command.ts'
import { journalOption, withJournal } from './open-journal.ts'

const units: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
}

/** Milliseconds of `90s`, `15m`, `12h`, `7d`, `2w`. @throws InvalidArgument */
const millisecondsOf = (text: string): number => {
  const [, count, unit = ''] = /^(\d+)([smhdw])$/.exec(text) ?? []
  const factor = units[unit]
  if (count === undefined || factor === undefined)
    throw new InvalidArgument('--older-than', 'a time as 12h, 7d or 2w', text)
  return Number(count) * factor
}

/** Runs that are read, and forgotten, at once: each has its transcript with it. */
const pageSize = 200

/** How many of them were forgotten; not those that somebody goes on with just now. */
const removeAll = async (journal: Journal, records: readonly RunRecord[]): Promise<number> => {
  const removed = await Promise.all(
    records.map(({ runId }) =>
      journal.remove(runId).then(
        () => 1,
        (error: unknown) => {
          if (RunLeased.isInstance(error)) return 0
          throw error
        },
      ),
    ),
  )
  return removed.reduce((sum: number, one) => sum + one, 0)
}

const removeOld = async (
  journal: Journal,
  filter: { readonly state: RecordedState; readonly before: number },
): Promise<number> => {
  let sum = 0
  for (;;) {
    const removed = await removeAll(journal, await journal.runs({ ...filter, limit: pageSize }))
    if (removed === 0) return sum
    sum += removed
  }
}

/** `ashlar runs prune`: forgets old runs. */
export const pruneCommand: Command = defineCommand({
  name: 'ashlar runs prune',
  summary: 'Forgets runs that ended long ago',
  options: {
    ...journalOption,
    'older-than': { type: 'string', value: 'time', description: 'as 12h, 7d or 2w; needed' },
    state: {
      type: 'string',
      multiple: true,
      choices: ['done', 'failed', 'aborted', 'paused'],
      description: 'which; may be given more than once (done)',
    },
  },
  run: async ({ values: { journal: file, 'older-than': age, state = ['done'] } }, io) => {
    if (age === undefined) throw new InvalidArgument('--older-than', 'a time as 12h, 7d or 2w', 'nothing')
    const before = systemClock.now() - millisecondsOf(age)
    const removed = await withJournal({ journal: file }, io, async (journal) => {
      let sum = 0
      for (const one of new Set(state.filter(isRecordedState)))
        sum += await removeOld(journal, { state: one, before })
      return sum
    })
    io.stdout.write(`Forgot ${removed} ${removed === 1 ? 'run' : 'runs'}\n`)
  },
})

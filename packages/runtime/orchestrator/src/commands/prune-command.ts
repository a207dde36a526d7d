import { type Command, defineCommand } from '@ashlar/command'
import { systemClock } from '@ashlar/core/clock'
import { InvalidArgument } from '@ashlar/core/errors'
import { RunLeased } from '../durable/durable-errors.ts'
import type { Journal, RecordedState } from '../durable/journal.ts'
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

const isOld =
  (before: number, states: readonly RecordedState[]) =>
  ({ state, updatedAt }: { state: RecordedState; updatedAt: number }): boolean =>
    updatedAt < before && states.includes(state)

const removeAll = async (journal: Journal, ids: readonly string[]): Promise<number> => {
  let removed = 0
  for (const runId of ids)
    try {
      await journal.remove(runId)
      removed += 1
    } catch (error) {
      // Somebody goes on with it just now.
      if (!RunLeased.isInstance(error)) throw error
    }
  return removed
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
      const runs = await journal.runs({ limit: Number.MAX_SAFE_INTEGER })
      const old = runs.filter(isOld(before, state.filter(isRecordedState)))
      return removeAll(
        journal,
        old.map(({ runId }) => runId),
      )
    })
    io.stdout.write(`Forgot ${removed} ${removed === 1 ? 'run' : 'runs'}\n`)
  },
})

import { type Command, type CommandIo, defineCommand, exitCode, oneLine } from '@ashlar/command'
import { systemClock, wait } from '@ashlar/core/clock'
import { InvalidArgument } from '@ashlar/core/errors'
import { askToUndo } from '../durable/ask-to-undo.ts'
import type { Journal, RecordedState } from '../durable/journal.ts'
import { undoneCounts, undoneTasks } from '../durable/undone-tasks.ts'
import { type CancelEnd, sayCancelled } from './cancel-end.ts'
import { findRun } from './find-run.ts'
import { journalOption, withJournal } from './open-journal.ts'
import { leaseMs } from './start-command.ts'

const intervalMs = 200

/** How long somebody has to take up a run that nobody holds, and undo it, before nobody does. */
const takeUpMs = 2_000

const secondsOf = (text: string): number => {
  const seconds = Number(text)
  if (text.trim() === '' || !(seconds >= 0 && seconds <= 86_400))
    throw new InvalidArgument('--wait', 'seconds from 0 to 86400', text)
  return seconds
}

/** A line that is written over, for a person. */
const progressOn = ({ stderr }: CommandIo) => ({
  show: (seconds: number): void => {
    if (stderr.isTTY) stderr.write(`\r\u001B[KAsked its process to end it, ${seconds} s ago`)
  },
  clear: (): void => {
    if (stderr.isTTY) stderr.write('\r\u001B[K')
  },
})

interface Ended {
  readonly state: RecordedState
  readonly by: CancelEnd['by']
}

/** Waits until whoever was asked has ended the run; where nobody is left to, it is ended here. */
const ended = async (
  journal: Journal,
  runId: string,
  { waitMs, io }: { readonly waitMs: number; readonly io: CommandIo },
): Promise<Ended> => {
  const progress = progressOn(io)
  const began = systemClock.now()
  try {
    for (;;) {
      const record = await journal.run(runId)
      const now = systemClock.now()
      if (!record) return { state: 'aborted', by: 'holder' }
      if (record.state !== 'running') return { state: record.state, by: 'holder' }
      if (
        Math.max(record.leaseUntil, began) + takeUpMs <= now &&
        (await journal.cancel(runId)) === 'cancelled'
      )
        return { state: 'aborted', by: 'nobody' }
      if (now - began >= waitMs) return { state: 'running', by: 'holder' }
      progress.show(Math.round((now - began) / 1_000))
      await wait(intervalMs, { clock: systemClock, signal: io.signal })
    }
  } finally {
    progress.clear()
  }
}

const cancel = async (
  journal: Journal,
  runId: string,
  { waitMs, json, io }: { readonly waitMs: number; readonly json: boolean; readonly io: CommandIo },
): Promise<number> => {
  const record = await findRun(journal, runId)
  const id = oneLine(runId, 200)
  const before = undoneCounts(await journal.steps(runId), runId)
  const isLeft = (await askToUndo(journal, record, leaseMs)) !== undefined
  const how = isLeft ? 'asked' : await journal.cancel(runId)
  if (!how) {
    io.stderr.write(`Nothing to cancel: ${id} is ${record.state}\n`)
    return exitCode.failed
  }
  try {
    const end: Ended =
      how === 'asked' ? await ended(journal, runId, { waitMs, io }) : { state: 'aborted', by: 'nobody' }
    const tasks = undoneTasks(await journal.steps(runId), { runId, before })
    return sayCancelled({ runId, ...end, ...tasks }, { json, io })
  } catch (error) {
    if (!io.signal.aborted) throw error
    io.stderr.write(`${id} was asked to end; the request stands\n`)
    return exitCode.interrupted
  }
}

/** `ashlar runs cancel <id>`: ends a run, whoever has it, and says what was undone. */
export const cancelCommand: Command = defineCommand({
  name: 'ashlar runs cancel',
  summary: 'Ends a run, in whichever process, and says what was undone',
  positionals: { usage: '<id>', min: 1 },
  options: {
    ...journalOption,
    wait: { type: 'string', value: 'seconds', default: '30', description: 'for its process, at most' },
    json: { type: 'boolean', description: 'what came of it as one JSON object' },
  },
  details:
    'The process that has the run stops its tasks, agents and tools, undoes what its code undoes, last first, and ends\n' +
    'it. If that process is gone and no other takes the run up, it is ended as it stands. Ctrl-C leaves the request\n' +
    'standing. A run that was cancelled can be resumed.\n\n' +
    'Exit codes: 0 cancelled, 1 there was nothing to cancel, or something could not be undone, 2 wrong arguments,\n' +
    '3 it has not ended yet, 130 left while it had not.',
  run: async ({ values: { journal: file, wait: seconds, json }, positionals: [runId = ''] }, io) => {
    const waitMs = secondsOf(seconds) * 1_000
    return withJournal({ journal: file }, io, (journal) => cancel(journal, runId, { waitMs, json, io }))
  },
})

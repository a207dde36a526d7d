import { type CommandIo, exitCode, oneLine } from '@ashlar/command'
import type { RecordedState } from '../durable/journal.ts'
import type { UndoneTasks } from '../durable/undone-tasks.ts'
import { cleanText } from '../view/clean.ts'

/** Exit code of a cancellation that is still under way. */
const notYetCode = 3

/** What came of a cancellation. */
export interface CancelEnd extends UndoneTasks {
  readonly runId: string
  /** `running`: it was asked to end and has not yet. */
  readonly state: RecordedState
  /** By whom: its holder, or `cancel`, as nobody held it. */
  readonly by: 'holder' | 'nobody'
}

const named = (ids: readonly string[]): string => oneLine(cleanText(ids.join(', ')), 500)

const wordsOf = ({ runId, state, by, undone, done, undoing }: CancelEnd): string[] => {
  const id = named([runId])
  if (state === 'running')
    return [`${id} was asked to end and has not yet; the request stands: ashlar runs watch ${id}`]
  if (state !== 'aborted') return [`${id} was asked too late: it is ${state}`]
  const stays = done.length === 0 ? '' : `done: ${named(done)}`
  return [
    undone.length > 0 ? `Cancelled ${id}; undone: ${named(undone)}` : `Cancelled ${id}`,
    ...(undoing.length > 0 ? [`Not undone, or only in part: ${named(undoing)}`] : []),
    ...(stays && by === 'holder' ? [`What its code does not undo stays ${stays}`] : []),
    ...(stays && by === 'nobody'
      ? [
          `Nothing was undone, as no process has its code (${stays}). ` +
            'To undo it, go on with the run by its code, with a signal that is aborted',
        ]
      : []),
  ]
}

/** Says what came of a cancellation. @returns the exit code */
export const sayCancelled = (end: CancelEnd, { json, io }: { json: boolean; io: CommandIo }): number => {
  const [first = '', ...more] = wordsOf(end)
  const isCancelled = end.state === 'aborted'
  if (json) {
    const clean = (ids: readonly string[]): string[] => ids.map((id) => cleanText(id))
    const { runId, undone, done, undoing, ...rest } = end
    const ids = { undone: clean(undone), done: clean(done), undoing: clean(undoing) }
    io.stdout.write(`${JSON.stringify({ runId: cleanText(runId), ...rest, ...ids })}\n`)
  } else {
    const output = isCancelled ? io.stdout : io.stderr
    output.write(`${first}\n`)
    for (const line of more) io.stderr.write(`${line}\n`)
  }
  if (end.state === 'running') return notYetCode
  return isCancelled && end.undoing.length === 0 ? exitCode.ok : exitCode.failed
}

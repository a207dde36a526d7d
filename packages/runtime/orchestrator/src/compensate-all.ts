import type { TaskOutcome } from './task.ts'

interface Compensated {
  readonly id: string
  readonly error?: unknown
}

/** Undoes what succeeded, last first and one at a time; a failure is kept and the rest goes on. */
export const compensateAll = async <Output>(
  outcomes: Iterable<TaskOutcome<Output>>,
  options: {
    readonly undo: ((outcome: TaskOutcome<Output>) => void | Promise<void>) | undefined
    readonly onDone: (done: Compensated) => void
  },
): Promise<Compensated[]> => {
  const all: Compensated[] = []
  const { undo, onDone } = options
  if (!undo) return all
  for (const outcome of [...outcomes].toReversed()) {
    if (outcome.state !== 'success') continue
    const { id } = outcome
    let done: Compensated = { id }
    try {
      await undo(outcome)
    } catch (error) {
      done = { id, error }
    }
    all.push(done)
    onDone(done)
  }
  return all
}

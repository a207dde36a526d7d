import type { Attempt } from './attempt.ts'
import type { TaskContext } from './graph-run.ts'
import type { TaskOutcome } from './task.ts'

/** Thrown by `skip`; its message is the reason. */
export class TaskSkipped extends Error {
  override name = 'TaskSkipped'
}

export interface ContextSource<Output> {
  readonly runId: string
  readonly id: string
  readonly number: number
  readonly attempt: Attempt<Output>
  readonly upstream: () => readonly TaskOutcome<Output>[]
  readonly report: (update: unknown) => void
}

/** What a try may know of its run. Made for every try, so what few look at is made when it is looked at. */
export const createTaskContext = <Output>(source: ContextSource<Output>): TaskContext<Output> => {
  const { runId, id, number, attempt, report } = source
  return {
    runId,
    attempt: number,
    report,
    get signal() {
      return attempt.signal
    },
    get idempotencyKey() {
      return `${runId}/${id}`
    },
    get upstream() {
      return source.upstream()
    },
    get inputs() {
      const given: [string, Output][] = []
      for (const { id: from, state, output } of source.upstream())
        if (state === 'success' && output !== undefined) given.push([from, output])
      return Object.fromEntries(given)
    },
    skip: (reason = 'nothing to do') => {
      throw new TaskSkipped(reason)
    },
  }
}

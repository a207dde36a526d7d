import type { Attempt } from './attempt.ts'
import type { TaskContext } from './graph-run.ts'
import { approvalsOf } from './run-state.ts'
import type { Task, TaskOutcome } from './task.ts'

/** Thrown by `skip`; its message is the reason. */
export class TaskSkipped extends Error {
  override name = 'TaskSkipped'
}

export interface ContextSource<Output> {
  readonly runId: string
  readonly task: Task
  readonly number: number
  readonly attempt: Attempt<Output>
  readonly outcomes: ReadonlyMap<string, TaskOutcome<Output>>
  /** Where tasks stood when they paused. */
  readonly stood: ReadonlyMap<string, Output>
  /** Of every task. */
  readonly approvals: TaskContext['approvals'] | undefined
  readonly report: (update: unknown) => void
}

/** What a try may know of its run. Made for every try, so what few look at is made when it is looked at. */
export const createTaskContext = <Output>(source: ContextSource<Output>): TaskContext<Output> => {
  const { runId, task, number, attempt, report } = source
  const { id, dependsOn = [] } = task
  const upstreamOf = (): TaskOutcome<Output>[] => dependsOn.flatMap((name) => source.outcomes.get(name) ?? [])
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
      return upstreamOf()
    },
    get paused() {
      return source.stood.get(id)
    },
    get approvals() {
      return approvalsOf(id, source.approvals)
    },
    get inputs() {
      const given: [string, Output][] = []
      for (const { id: from, state, output } of upstreamOf())
        if (state === 'success' && output !== undefined) given.push([from, output])
      return Object.fromEntries(given)
    },
    skip: (reason = 'nothing to do') => {
      throw new TaskSkipped(reason)
    },
  }
}

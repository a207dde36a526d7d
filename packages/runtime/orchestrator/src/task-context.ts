import type { Attempt } from './attempt.ts'
import type { TaskContext } from './graph-run.ts'
import { approvalsOf } from './run-state.ts'
import type { Task, TaskOutcome } from './task.ts'

/** Thrown by `skip`; its message is the reason. */
export class TaskSkipped extends Error {
  override name = 'TaskSkipped'
}

const skip = (reason = 'nothing to do'): never => {
  throw new TaskSkipped(reason)
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

/**
 * What a try may know of its run: what few look at is made when it is looked at. A class, as one is made for every try:
 * V8 gives each literal with getters a map of its own in the old generation, where it and all it knows stay until the
 * next full collection.
 */
class TryContext<Output> implements TaskContext<Output> {
  readonly runId: string
  readonly attempt: number
  readonly report: (update: unknown) => void
  readonly skip: (reason?: string) => never = skip
  readonly #source: ContextSource<Output>
  constructor(source: ContextSource<Output>) {
    this.runId = source.runId
    this.attempt = source.number
    this.report = source.report
    this.#source = source
  }
  get signal(): AbortSignal {
    return this.#source.attempt.signal
  }
  get idempotencyKey(): string {
    return `${this.runId}/${this.#source.task.id}`
  }
  get upstream(): TaskOutcome<Output>[] {
    const { task, outcomes } = this.#source
    return (task.dependsOn ?? []).flatMap((name) => outcomes.get(name) ?? [])
  }
  get paused(): Output | undefined {
    return this.#source.stood.get(this.#source.task.id)
  }
  get approvals(): TaskContext['approvals'] {
    return approvalsOf(this.#source.task.id, this.#source.approvals)
  }
  get inputs(): Readonly<Record<string, Output>> {
    const given: [string, Output][] = []
    for (const { id, state, output } of this.upstream)
      if (state === 'success' && output !== undefined) given.push([id, output])
    return Object.fromEntries(given)
  }
}

/** The context of a try. */
export const createTaskContext = <Output>(source: ContextSource<Output>): TaskContext<Output> =>
  new TryContext(source)

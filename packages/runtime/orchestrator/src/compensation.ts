import type { Clock } from '@ashlar/core/clock'
import { Attempt } from './attempt.ts'
import type { CompensateContext, Compensated } from './compensated.ts'
import type { Graph } from './define-graph.ts'
import { CompensationTimeout } from './graph-errors.ts'
import type { RunGraphOptions } from './graph-run.ts'
import type { Task, TaskOutcome } from './task.ts'

export interface CompensationOptions<T extends Task, Output> extends Pick<
  RunGraphOptions<T, Output>,
  'compensate' | 'compensateTimeoutMs' | 'earlier' | 'from' | 'graceMs'
> {
  readonly graph: Graph<T>
  readonly onDone: (done: Compensated) => void
  readonly runId: string
  readonly clock: Clock
}

/** Undoes successes: those of a run that ended, and those that come after its end. */
export class Compensation<T extends Task, Output> {
  readonly #options: CompensationOptions<T, Output>
  readonly #late = new Map<string, TaskOutcome<Output>>()
  #undoes: boolean | undefined
  constructor(options: CompensationOptions<T, Output>) {
    this.#options = options
  }
  /** A success that nobody waited for: undone with the others, or at once when that is over. */
  async late(outcome: TaskOutcome<Output>): Promise<void> {
    if (this.#undoes === undefined) this.#late.set(outcome.id, outcome)
    else if (this.#undoes) await this.#undo(outcome)
  }
  /** Undoes what succeeded, last first and one at a time; a failure is kept and the rest goes on. */
  async end(outcomes: ReadonlyMap<string, TaskOutcome<Output>>, undoes: boolean): Promise<Compensated[]> {
    const late = new Map(this.#late)
    this.#undoes = undoes && this.#options.compensate !== undefined
    if (!this.#undoes) return []
    const before = Array.from(this.#options.from ?? [], (outcome) => [outcome.id, outcome] as const)
    const all = new Map([...before, ...outcomes])
    const done = [...all.values()].filter(({ id, state }) => state === 'success' && this.#taskOf(id))
    // A try that was given up is one success with the try that was not.
    for (const { id } of done) late.delete(id)
    const undone: Compensated[] = []
    for (const outcome of [...done, ...late.values()].toReversed()) undone.push(await this.#undo(outcome))
    return undone
  }
  #taskOf(id: string): T | undefined {
    const { graph, earlier = [] } = this.#options
    return graph.tasks[graph.numberOf(id) ?? -1] ?? earlier.findLast((task) => task.id === id)
  }
  async #undo(outcome: TaskOutcome<Output>): Promise<Compensated> {
    const { compensate, onDone, runId, clock } = this.#options
    const { compensateTimeoutMs: timeoutMs = 30_000, graceMs = 1_000 } = this.#options
    const { id } = outcome
    const task = this.#taskOf(id)
    let done: Compensated = { id }
    const attempt = new Attempt<void>({ clock, graceMs })
    const context: CompensateContext = {
      get signal() {
        return attempt.signal
      },
      idempotencyKey: `${runId}/${id}:undo`,
    }
    const onTimeout = (): CompensationTimeout => new CompensationTimeout(id, timeoutMs)
    try {
      await attempt.run(() => (task ? compensate?.(task, outcome, context) : undefined), {
        timeoutMs,
        onTimeout,
      })
    } catch (error) {
      done = { id, error: attempt.stopped?.reason ?? error }
    }
    onDone(done)
    return done
  }
}

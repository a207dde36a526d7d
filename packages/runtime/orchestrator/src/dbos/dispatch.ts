import type { JsonValue } from '@ashlar/core'
import { systemClock, wait } from '@ashlar/core/clock'
import { LeaseLost, RunLeased } from '../durable/durable-errors.ts'
import type { Journal, RecordedState, RunRecord } from '../durable/journal.ts'

/** What is enqueued. Plain JSON. */
export interface Job {
  readonly kind: 'agent' | 'graph'
  readonly name: string
  readonly runId: string
  /** The text for an agent, the tasks of a graph. */
  readonly input: JsonValue
}

/** How a run on DBOS ended. */
export interface DbosOutcome {
  readonly runId: string
  readonly state: RecordedState
  /** The `RunResult` of an agent, or the state of each task of a graph. */
  readonly result: JsonValue
}

export interface DispatchOptions {
  readonly journal: Journal
  readonly work: (job: Job) => Promise<void>
  readonly leaseMs: number
}

const outcomeOf = ({ runId, state, result = null }: RunRecord): DbosOutcome => ({ runId, state, result })

/** Somebody else has the run: this is no failure of it. */
const isHeld = (error: unknown): boolean => {
  for (let one = error; one instanceof Error; one = one.cause)
    if (LeaseLost.isInstance(one) || RunLeased.isInstance(one)) return true
  return false
}

/**
 * Does a job to its end, which is what the journal says: whoever lost the run waits for the one that has it, and takes
 * it up should that one die too.
 */
export const dispatch = async (
  job: Job,
  { journal, work, leaseMs }: DispatchOptions,
): Promise<DbosOutcome> => {
  for (;;) {
    const before = await journal.run(job.runId)
    if (before && before.state !== 'running') return outcomeOf(before)
    try {
      await work(job)
    } catch (error) {
      const after = await journal.run(job.runId)
      // It failed, and the journal has why; without a record there is nothing to go by but the error.
      if (!isHeld(error) && (!after || after.state === 'running')) throw error
      if (isHeld(error)) await wait(Math.min(500, leaseMs / 4), { clock: systemClock })
    }
  }
}

import { isObject } from '@ashlar/core'
import { RunChanged, RunLeased } from './durable-errors.ts'
import type { Journal, RunRecord } from './journal.ts'
import { undoneTasks } from './undone-tasks.ts'

const nothing: ReadonlyMap<string, number> = new Map()

/** Whether tasks of a graph have succeeded, or are being undone. */
const hasSomethingToUndo = async (journal: Journal, { runId, input }: RunRecord): Promise<boolean> => {
  if (!isObject(input) || !Array.isArray(input['tasks'])) return false
  const { done, undoing } = undoneTasks(await journal.steps(runId), { runId, before: nothing })
  return done.length + undoing.length > 0
}

/**
 * Leaves a graph that nobody has, and that has something to undo, to whoever takes it up, asked to cancel it: that
 * undoes it.
 * @returns the epoch it has now; undefined where there is nothing to undo, or somebody has it
 */
export const askToUndo = async (
  journal: Journal,
  record: RunRecord,
  leaseMs: number,
): Promise<number | undefined> => {
  const { runId, name, version, input, state } = record
  if (state === 'done' || state === 'aborted' || !(await hasSomethingToUndo(journal, record)))
    return undefined
  try {
    const claim = await journal.claim({ runId, name, version, input, leaseMs, only: state })
    await journal.cancel(runId)
    await claim.end('running')
    return claim.epoch
  } catch (error) {
    if (RunLeased.isInstance(error) || RunChanged.isInstance(error)) return undefined
    throw error
  }
}

import { isObject, type JsonValue } from '@ashlar/core'
import type { QueuedRun } from './runs-engine.ts'
import type { RunRecord } from '../durable/journal.ts'

export type Approvals = Readonly<Record<string, true | string>>

/** What a run is: it is seen by what it starts from. */
export const kindOf = ({ input }: Pick<RunRecord, 'input'>): 'agent' | 'graph' | undefined => {
  if (!isObject(input)) return undefined
  if (Array.isArray(input['tasks'])) return 'graph'
  return Array.isArray(input['messages']) ? 'agent' : undefined
}

/** The tasks of a graph, as JSON. */
export const tasksOf = ({ input }: Pick<RunRecord, 'input'>): readonly JsonValue[] => {
  const tasks = isObject(input) ? input['tasks'] : undefined
  return Array.isArray(tasks) ? tasks : []
}

export const priorityOf = ({ input }: Pick<RunRecord, 'input'>): number => {
  const priority = isObject(input) ? input['priority'] : undefined
  return typeof priority === 'number' ? priority : 0
}

/** Answers that were recorded before the run was enqueued again. */
export const approvalsOf = ({ input }: Pick<RunRecord, 'input'>): Approvals => {
  const approvals = isObject(input) ? input['approvals'] : undefined
  if (!isObject(approvals)) return {}
  const given = Object.entries(approvals)
  return Object.fromEntries(
    given.filter((one): one is [string, true | string] => one[1] === true || typeof one[1] === 'string'),
  )
}

export const toQueued = (record: Pick<RunRecord, 'runId' | 'epoch' | 'version' | 'input'>): QueuedRun => {
  const { runId, epoch, version } = record
  return { runId, epoch, version, priority: priorityOf(record) }
}

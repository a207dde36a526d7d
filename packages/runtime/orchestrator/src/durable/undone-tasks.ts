import { isObject } from '@ashlar/core'
import type { StepRecord } from './journal.ts'

/** What is left of the tasks of a recorded graph, by id. */
export interface UndoneTasks {
  /** Undone and not begun again, in the order in which that happened: the last success first. */
  readonly undone: readonly string[]
  /** They succeeded, and stand. */
  readonly done: readonly string[]
  /** Undoing them failed, or its process ended. */
  readonly undoing: readonly string[]
}

/** How often what stands undone was undone, by id; what was undone before has the same count after. */
export type UndoneCounts = ReadonlyMap<string, number>

interface Known {
  readonly id: string
  readonly step: StepRecord
  readonly note: Readonly<Record<string, unknown>>
}

const tasksIn = (steps: readonly StepRecord[], runId: string): Known[] => {
  const prefix = `${runId}:task/`
  return steps.flatMap((step) => {
    const note = isObject(step.value) ? step.value : undefined
    return note && step.key.startsWith(prefix) ? [{ id: step.key.slice(prefix.length), step, note }] : []
  })
}

const numberIn = (note: Known['note'], name: string): number => {
  const value = note[name]
  return typeof value === 'number' ? value : 0
}

/** A task that succeeded and was undone has made no try since. */
export const isUndone = (note: Known['note']): boolean =>
  note['attempts'] === 0 && numberIn(note, 'undone') > 0

/** How often each task was undone. */
export const undoneCounts = (steps: readonly StepRecord[], runId: string): UndoneCounts =>
  new Map(tasksIn(steps, runId).map(({ id, note }) => [id, numberIn(note, 'undone')]))

/** What was undone of a recorded graph, since it had been undone so often. */
export const undoneTasks = (
  steps: readonly StepRecord[],
  { runId, before }: { readonly runId: string; readonly before: UndoneCounts },
): UndoneTasks => {
  const tasks = tasksIn(steps, runId).toSorted(
    (a, b) => numberIn(b.note, 'ended') - numberIn(a.note, 'ended'),
  )
  const idsOf = (fits: (task: Known) => boolean): string[] => tasks.filter(fits).map(({ id }) => id)
  return {
    undone: idsOf(({ id, note }) => isUndone(note) && numberIn(note, 'undone') > (before.get(id) ?? 0)),
    done: idsOf(({ step }) => step.state === 'done'),
    undoing: idsOf(({ step, note }) => step.state !== 'done' && note['undoing'] === true),
  }
}

import { isObject, type JsonValue } from '@ashlar/core'
import type { Task } from '../task.ts'
import type { StepRecord } from './journal.ts'

/** The key of the graph that takes over after so many others did. */
export const planKey = (runId: string, taken: number): string => `${runId}:plan/${taken + 2}`

const isTasks = (value: unknown): value is readonly Task[] =>
  Array.isArray(value) && value.every((task) => isObject(task) && typeof task['id'] === 'string')

/** The tasks of a graph, where they are recorded. */
export const tasksIn = (input: JsonValue): readonly Task[] | undefined => {
  const tasks: unknown = isObject(input) ? input['tasks'] : undefined
  return isTasks(tasks) ? tasks : undefined
}

/** The graphs that took over from the first in a recorded run, as their tasks; the last is the one that counts. */
export const plansIn = (
  steps: ReadonlyMap<string, Pick<StepRecord, 'value'>>,
  runId: string,
): (readonly Task[])[] => {
  const plans: (readonly Task[])[] = []
  for (;;) {
    const tasks = tasksIn(steps.get(planKey(runId, plans.length))?.value ?? null)
    if (!tasks) return plans
    plans.push(tasks)
  }
}

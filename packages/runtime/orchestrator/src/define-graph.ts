import { InvalidArgument } from '@ashlar/core/errors'
import { InvalidGraph } from './graph-errors.ts'
import type { Task } from './task.ts'
import { triggerRules } from './trigger-rule.ts'

/** Tasks by number, with the arcs between them in two flat arrays: 8 bytes an arc and 12 a task. */
export interface Graph<T extends Task = Task> {
  readonly tasks: readonly T[]
  /** Numbers of the tasks in an order in which everything comes after what it depends on. */
  readonly order: Int32Array
  /** The tasks that depend on task i: `dependents[starts[i]] … dependents[starts[i + 1] - 1]`. */
  readonly starts: Int32Array
  readonly dependents: Int32Array
  /** The number of the task with this id. */
  readonly numberOf: (id: string) => number | undefined
}

const numberTasks = (tasks: readonly Task[], problems: string[]): Map<string, number> => {
  const numbers = new Map<string, number>()
  for (const [i, { id }] of tasks.entries()) {
    if (typeof id !== 'string' || id === '') problems.push(`task ${i} has no id`)
    else if (numbers.has(id)) problems.push(`"${id}" is there twice`)
    else numbers.set(id, i)
  }
  return numbers
}

const checkFields = (tasks: readonly Task[], problems: string[]): void => {
  const positive = ['timeoutMs', 'expectedMs'] as const
  for (const task of tasks) {
    const { id, trigger, priority } = task
    if (trigger !== undefined && !triggerRules.includes(trigger))
      problems.push(`"${id}" has the trigger "${trigger}", not one of ${triggerRules.join(', ')}`)
    if (priority !== undefined && !Number.isFinite(priority))
      problems.push(`"${id}" has the priority ${String(priority)}, not a number`)
    for (const field of positive) {
      const value = task[field]
      if (value !== undefined && !(value > 0))
        problems.push(`"${id}" has ${field} ${String(value)}, not above 0`)
    }
  }
}

/** The dependencies of each task by number, each once. */
const resolve = (
  tasks: readonly Task[],
  { numbers, problems }: { numbers: ReadonlyMap<string, number>; problems: string[] },
): number[][] =>
  tasks.map(({ id, dependsOn = [] }) =>
    [...new Set(dependsOn)].flatMap((name) => {
      const found = numbers.get(name)
      if (found === undefined) problems.push(`"${id}" depends on "${name}", which is not there`)
      return found ?? []
    }),
  )

const toArcs = (dependencies: readonly (readonly number[])[]): Pick<Graph, 'starts' | 'dependents'> => {
  const starts = new Int32Array(dependencies.length + 1)
  for (const list of dependencies) for (const from of list) starts[from + 1] = (starts[from + 1] ?? 0) + 1
  for (let i = 0; i < dependencies.length; i++) starts[i + 1] = (starts[i + 1] ?? 0) + (starts[i] ?? 0)
  const next = starts.slice()
  const dependents = new Int32Array(starts[dependencies.length] ?? 0)
  for (const [to, list] of dependencies.entries())
    for (const from of list) {
      const place = next[from] ?? 0
      dependents[place] = to
      next[from] = place + 1
    }
  return { starts, dependents }
}

/** The tasks in an order of their dependencies; those on or behind a cycle are missing. */
const sort = (
  dependencies: readonly (readonly number[])[],
  { starts, dependents }: Pick<Graph, 'starts' | 'dependents'>,
): Int32Array => {
  const waiting = Int32Array.from(dependencies, (list) => list.length)
  const order = new Int32Array(dependencies.length)
  let length = 0
  for (let i = 0; i < waiting.length; i++) if (waiting[i] === 0) order[length++] = i
  for (let done = 0; done < length; done++) {
    const from = order[done] ?? 0
    for (const to of dependents.subarray(starts[from], starts[from + 1])) {
      const left = (waiting[to] ?? 0) - 1
      waiting[to] = left
      if (left === 0) order[length++] = to
    }
  }
  return order.subarray(0, length)
}

/** One cycle for each group of tasks that wait for each other, as `a → b → a`. */
const findCycles = (dependencies: readonly (readonly number[])[], order: Int32Array): number[][] => {
  const sorted = new Set(order)
  const visited = new Set<number>()
  const cycles: number[][] = []
  for (let start = 0; start < dependencies.length; start++) {
    const path: number[] = []
    let at: number | undefined = start
    while (at !== undefined && !sorted.has(at) && !visited.has(at)) {
      visited.add(at)
      path.push(at)
      at = dependencies[at]?.find((next) => !sorted.has(next))
    }
    const from = at === undefined ? -1 : path.indexOf(at)
    if (from >= 0) cycles.push([...path.slice(from), ...path.slice(from, from + 1)].toReversed())
  }
  return cycles
}

/** `a → b → a`; of a long one the first steps and how many there are. */
const describeCycle = (ids: readonly string[]): string => {
  if (ids.length <= 20) return `a cycle: ${ids.join(' → ')}`
  return `a cycle of ${ids.length - 1} tasks: ${ids.slice(0, 10).join(' → ')} → … → ${ids.at(-1)}`
}

/**
 * Checks tasks and lays them out as a graph, in time and space linear in tasks and dependencies.
 * @throws InvalidGraph which names all that is wrong: duplicate ids, missing dependencies, cycles, wrong fields
 */
export const defineGraph = <T extends Task>(tasks: readonly T[]): Graph<T> => {
  if (!Array.isArray(tasks)) throw new InvalidArgument('tasks', 'a list of tasks', typeof tasks)
  const problems: string[] = []
  const numbers = numberTasks(tasks, problems)
  checkFields(tasks, problems)
  const dependencies = resolve(tasks, { numbers, problems })
  const arcs = toArcs(dependencies)
  const order = sort(dependencies, arcs)
  if (order.length < tasks.length)
    for (const cycle of findCycles(dependencies, order))
      problems.push(describeCycle(cycle.map((i) => tasks[i]?.id ?? '')))
  if (problems.length > 0) throw new InvalidGraph(problems)
  return { tasks: [...tasks], order, ...arcs, numberOf: (id) => numbers.get(id) }
}

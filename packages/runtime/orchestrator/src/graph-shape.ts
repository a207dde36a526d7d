import type { Graph } from './define-graph.ts'

/** Visits every arc, from what comes first to what waits for it, in the order of dependencies. */
const walk = (graph: Graph, visit: (from: number, to: number) => void): void => {
  for (const from of graph.order)
    for (const to of graph.dependents.subarray(graph.starts[from], graph.starts[from + 1])) visit(from, to)
}

/** Ids by level: those of a level depend only on levels before it, so they could run at the same time. */
export const levelsOf = (graph: Graph): string[][] => {
  const level = new Int32Array(graph.tasks.length)
  walk(graph, (from, to) => {
    level[to] = Math.max(level[to] ?? 0, (level[from] ?? 0) + 1)
  })
  const levels: string[][] = []
  for (const i of graph.order) {
    const task = graph.tasks[i]
    if (task) (levels[level[i] ?? 0] ??= []).push(task.id)
  }
  return levels
}

export interface CriticalPath {
  /** From the first task to the last. */
  readonly ids: readonly string[]
  /** The sum of `expectedMs`: no run is shorter, however many tasks run at once. */
  readonly expectedMs: number
}

/** The chain of tasks that is expected to take longest. */
export const criticalPathOf = (graph: Graph): CriticalPath => {
  const { tasks } = graph
  const finish = Float64Array.from(tasks, ({ expectedMs = 1 }) => expectedMs)
  const previous = new Int32Array(tasks.length).fill(-1)
  walk(graph, (from, to) => {
    const through = (finish[from] ?? 0) + (tasks[to]?.expectedMs ?? 1)
    if (through <= (finish[to] ?? 0)) return
    finish[to] = through
    previous[to] = from
  })
  let last = -1
  for (const [i, time] of finish.entries()) if (last < 0 || time > (finish[last] ?? 0)) last = i
  const expectedMs = finish[last] ?? 0
  const ids: string[] = []
  for (; last >= 0; last = previous[last] ?? -1) ids.push(tasks[last]?.id ?? '')
  return { ids: ids.toReversed(), expectedMs }
}

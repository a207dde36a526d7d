import type { Graph } from './define-graph.ts'
import type { TaskOutcome } from './task.ts'
import { bitOf, decide } from './trigger-rule.ts'

type End = TaskOutcome['state']

export interface BoardListener {
  /** The task could start. */
  readonly onReady: (task: number) => void
  /** The task will not start, because of what it depends on. */
  readonly onPassed: (task: number, state: 'skipped' | 'upstream_failed') => void
}

/** Which tasks wait for what: 6 bytes a task. It says once of each task that it is ready, or passed over. */
export class TaskBoard {
  readonly #graph: Graph
  readonly #remaining: Int32Array
  readonly #seen: Uint8Array
  /** Ready, passed over or ended: nothing that it depends on matters any more. */
  readonly #decided: Uint8Array
  readonly #listener: BoardListener
  constructor(graph: Graph, listener: BoardListener) {
    this.#graph = graph
    this.#listener = listener
    this.#remaining = new Int32Array(graph.tasks.length)
    this.#seen = new Uint8Array(graph.tasks.length)
    this.#decided = new Uint8Array(graph.tasks.length)
    for (const to of graph.dependents) this.#remaining[to] = (this.#remaining[to] ?? 0) + 1
  }
  /** Announces the tasks that depend on nothing, and are not decided by an `end` before. */
  open(): void {
    for (const task of this.#graph.order) if (this.#remaining[task] === 0) this.#judge(task)
  }
  /** A task ended: announces what that decides, however far down it reaches. */
  end(task: number, state: End): void {
    this.#decided[task] = 1
    const { starts, dependents } = this.#graph
    const ends: { task: number; state: End }[] = [{ task, state }]
    for (let last = ends.pop(); last; last = ends.pop()) {
      const bit = bitOf(last.state)
      for (const to of dependents.subarray(starts[last.task], starts[last.task + 1])) {
        this.#remaining[to] = (this.#remaining[to] ?? 0) - 1
        this.#seen[to] = (this.#seen[to] ?? 0) | bit
        const passed = this.#judge(to)
        if (passed) ends.push({ task: to, state: passed })
      }
    }
  }
  #judge(task: number): 'skipped' | 'upstream_failed' | undefined {
    if (this.#decided[task] === 1) return undefined
    const { trigger = 'all_success' } = this.#graph.tasks[task] ?? {}
    const next = decide(trigger, { remaining: this.#remaining[task] ?? 0, seen: this.#seen[task] ?? 0 })
    if (next === 'wait') return undefined
    this.#decided[task] = 1
    if (next === 'run') {
      this.#listener.onReady(task)
      return undefined
    }
    this.#listener.onPassed(task, next)
    return next
  }
}

import type { Graph } from './define-graph.ts'
import type { RunGraphOptions } from './graph-run.ts'

interface Entry {
  readonly task: number
  readonly priority: number
  readonly turn: number
}

/** The highest priority first; among equals, who came first. */
export class PriorityHeap {
  readonly #entries: Entry[] = []
  #turns = 0
  get size(): number {
    return this.#entries.length
  }
  push(task: number, priority: number): void {
    const entry = { task, priority, turn: this.#turns++ }
    let at = this.#entries.push(entry) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!this.#isBefore(entry, this.#entries[parent])) break
      this.#swap(at, parent)
      at = parent
    }
  }
  pop(): number | undefined {
    const first = this.#entries[0]
    const last = this.#entries.pop()
    if (first === undefined || last === undefined || first === last) return first?.task
    this.#entries[0] = last
    for (let at = 0; ;) {
      const left = 2 * at + 1
      let best = at
      for (const child of [left, left + 1])
        if (child < this.#entries.length && this.#isBefore(this.#entries[child], this.#entries[best]))
          best = child
      if (best === at) return first.task
      this.#swap(at, best)
      at = best
    }
  }
  #isBefore(a: Entry | undefined, b: Entry | undefined): boolean {
    if (a === undefined || b === undefined) return a !== undefined
    return a.priority > b.priority || (a.priority === b.priority && a.turn < b.turn)
  }
  #swap(a: number, b: number): void {
    const { [a]: first, [b]: second } = this.#entries
    if (first === undefined || second === undefined) return
    this.#entries[a] = second
    this.#entries[b] = first
  }
}

export interface ReadyTask {
  readonly task: number
  readonly priority: number
  readonly key: string | undefined
}

/** Tasks that could start, by priority, where each key lets only so many run at once. */
export class ReadyQueue {
  readonly #limitOf: (key: string) => number
  readonly #ready = new PriorityHeap()
  readonly #keys = new Map<string, { running: number; waiting: PriorityHeap }>()
  readonly #tasks: (task: number) => ReadyTask
  constructor(tasks: (task: number) => ReadyTask, limitOf: (key: string) => number) {
    this.#tasks = tasks
    this.#limitOf = limitOf
  }
  /** For the tasks of a graph. */
  static of(
    { tasks }: Pick<Graph, 'tasks'>,
    limits: RunGraphOptions['keyConcurrency'] = Infinity,
  ): ReadyQueue {
    return new ReadyQueue(
      (task) => ({ task, priority: tasks[task]?.priority ?? 0, key: tasks[task]?.key }),
      (key) => (typeof limits === 'number' ? limits : (limits[key] ?? Infinity)),
    )
  }
  push(task: number): void {
    this.#ready.push(task, this.#tasks(task).priority)
  }
  /** The next task, counted as running until `end`; undefined when none may start. */
  take(): number | undefined {
    for (;;) {
      const task = this.#ready.pop()
      if (task === undefined) return undefined
      const { key, priority } = this.#tasks(task)
      if (key === undefined) return task
      const state = this.#keys.get(key) ?? { running: 0, waiting: new PriorityHeap() }
      this.#keys.set(key, state)
      if (state.running < this.#limitOf(key)) {
        state.running += 1
        return task
      }
      state.waiting.push(task, priority)
    }
  }
  /** A task that was taken runs no more. */
  end(task: number): void {
    const { key } = this.#tasks(task)
    const state = key === undefined ? undefined : this.#keys.get(key)
    if (key === undefined || state === undefined) return
    state.running -= 1
    const next = state.waiting.pop()
    if (next !== undefined) this.push(next)
    else if (state.running === 0) this.#keys.delete(key)
  }
}

import type { Plugin } from '@ashlar/core'

interface TaskBudget {
  readonly maxUsd: number
  readonly plugin: Plugin
  /** Tries that spend from it now. */
  tries: number
}

/** What one try of a task spends from. */
export interface TryBudget {
  /** The budget of the task, made by the first try that needs it. */
  plugin(make: () => Plugin): Plugin
  /** The try is over; nothing comes after a success. */
  end(isDone: boolean): void
}

/**
 * The budgets of tasks, by the path of their run: all tries of a task spend from one. Those of tasks that are done are
 * forgotten, and of those that wait or failed all but the last `kept`.
 */
export class TaskBudgets {
  readonly #kept: number
  readonly #known = new Map<string, TaskBudget>()
  constructor(kept = 1_000) {
    this.#kept = kept
  }
  /** How many are known. */
  get size(): number {
    return this.#known.size
  }
  /** A try begins. Without a path nobody can know another try for one of the same task. */
  begin(runId: string | undefined, maxUsd: number): TryBudget {
    let own: TaskBudget | undefined
    return {
      plugin: (make) => {
        own = this.#find(runId, maxUsd) ?? { maxUsd, plugin: make(), tries: 0 }
        own.tries += 1
        if (runId !== undefined) this.#put(runId, own)
        return own.plugin
      },
      end: (isDone) => {
        if (!own) return
        own.tries -= 1
        if (runId === undefined || this.#known.get(runId) !== own) return
        if (isDone && own.tries === 0) this.#known.delete(runId)
        this.#forget()
      },
    }
  }
  #find(runId: string | undefined, maxUsd: number): TaskBudget | undefined {
    const found = runId === undefined ? undefined : this.#known.get(runId)
    return found?.maxUsd === maxUsd ? found : undefined
  }
  /** As the last, as it is the last that was used. */
  #put(runId: string, budget: TaskBudget): void {
    this.#known.delete(runId)
    this.#known.set(runId, budget)
    this.#forget()
  }
  /** The oldest that nobody spends from. */
  #forget(): void {
    for (const [runId, { tries }] of this.#known) {
      if (this.#known.size <= this.#kept) return
      if (tries === 0) this.#known.delete(runId)
    }
  }
}

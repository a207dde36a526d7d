/** What a ledger waits for before it closes. */
export class CloseTasks {
  readonly #tasks = new Set<() => Promise<void>>()

  /** Gives back what takes the task off again. */
  add(task: () => Promise<void>): () => void {
    this.#tasks.add(task)
    return () => void this.#tasks.delete(task)
  }

  /** Runs each task once; they take care of their own errors. */
  async run(): Promise<void> {
    const tasks = [...this.#tasks]
    this.#tasks.clear()
    await Promise.all(tasks.map((task) => task()))
  }
}

/** A step that is to be recorded. */
export interface StepKey {
  readonly key: string
  /** It is recorded, or was: the next step of the same name has another key. */
  readonly pass: () => void
}

/**
 * Keys of the steps of one run. A step that failed is not recorded and keeps its key, so that a run that is begun
 * again finds what came of it in the end.
 */
export class StepKeys {
  readonly #runId: string
  readonly #passed = new Map<string, number>()
  constructor(runId: string) {
    this.#runId = runId
  }
  of(name: string): StepKey {
    const passed = this.#passed.get(name) ?? 0
    const key = `${this.#runId}:${name}${passed === 0 ? '' : `#${passed + 1}`}`
    return { key, pass: () => void this.#passed.set(name, passed + 1) }
  }
}

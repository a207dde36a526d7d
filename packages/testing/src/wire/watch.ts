import { ScriptError } from '../script-error.ts'

/** Wakes those who wait for a state whenever the state may have changed. */
export interface Watch {
  changed(): void
  /** @throws ScriptError when the condition does not hold in time */
  until(condition: () => boolean, options: { timeoutMs: number; describe: () => string }): Promise<void>
}

/** A watch without anybody waiting. */
export const createWatch = (): Watch => {
  const watchers = new Set<() => void>()
  return {
    changed() {
      for (const watch of watchers) watch()
    },
    until: (condition, { timeoutMs, describe }) =>
      new Promise((resolve, reject) => {
        const stop = (): void => {
          clearTimeout(timer)
          clearInterval(poll)
          watchers.delete(check)
        }
        const check = (): void => {
          if (!condition()) return
          stop()
          resolve()
        }
        const timer = setTimeout(() => {
          stop()
          reject(new ScriptError(`Still not true after ${timeoutMs} ms: ${describe()}`))
        }, timeoutMs)
        // For what the condition reads beside the server.
        const poll = setInterval(check, 10)
        watchers.add(check)
        check()
      }),
  }
}

import { failureOf } from './database-error.ts'

const pauseMs = 10

const sleep = (ms: number): void => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}

/**
 * Repeats what another process's lock prevents, for as long as `timeoutMs`. SQLite's own busy timeout does not cover
 * the switch to WAL. Blocks its thread.
 */
export const retryBusy = <T>(work: () => T, timeoutMs: number): T => {
  const end = Date.now() + timeoutMs
  for (;;)
    try {
      return work()
    } catch (cause) {
      if (failureOf(cause, { file: '' }).code !== 'busy' || Date.now() >= end) throw cause
      sleep(pauseMs)
    }
}

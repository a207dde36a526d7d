import { type Clock, systemClock, wait } from '@ashlar/core/clock'
import type { Journal } from '../durable/journal.ts'
import { viewRun } from './run-view.ts'
import type { RunView } from './run-node.ts'

export interface FollowOptions {
  readonly signal?: AbortSignal
  /** Milliseconds between two looks at the journal; more for a run so large that looking takes long. @default 500 */
  readonly intervalMs?: number
  readonly clock?: Clock
}

/** Reads a run as it is now; undefined when there is none. */
export const readRun = async (
  journal: Pick<Journal, 'run' | 'steps'>,
  runId: string,
  { clock = systemClock }: Pick<FollowOptions, 'clock'> = {},
): Promise<RunView | undefined> => {
  // The record after the steps: what has ended has no step that is still to come.
  const steps = await journal.steps(runId)
  const record = await journal.run(runId)
  return record && viewRun({ record, steps, now: clock.now() })
}

/**
 * A recorded run each time that it has changed, whichever process runs it, until it has ended, paused or was
 * interrupted. Nothing when there is no such run.
 */
export async function* followRun(
  journal: Pick<Journal, 'run' | 'steps'>,
  runId: string,
  options: FollowOptions = {},
): AsyncGenerator<RunView> {
  const { clock = systemClock, intervalMs = 500, signal } = options
  let last = ''
  for (;;) {
    signal?.throwIfAborted()
    const began = clock.now()
    const view = await readRun(journal, runId, { clock })
    if (!view) return
    const text = JSON.stringify(view)
    if (text !== last) yield view
    last = text
    if (view.state !== 'running') return
    // A look never takes more than a fifth of the time.
    await wait(Math.max(intervalMs, 4 * (clock.now() - began)), { clock, ...(signal && { signal }) })
  }
}

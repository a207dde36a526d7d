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

const goingOn: ReadonlySet<RunView['state']> = new Set(['queued', 'running', 'cancelling'])

/** What there is to see of a run is read from. */
type WatchedJournal = Pick<Journal, 'run' | 'steps' | 'live'>

/** Reads a run as it is now; undefined when there is none. */
export const readRun = async (
  journal: WatchedJournal,
  runId: string,
  { clock = systemClock }: Pick<FollowOptions, 'clock'> = {},
): Promise<RunView | undefined> => {
  // In this order: a text that is complete is a step, and what has ended has no step that is still to come.
  const live = await journal.live(runId)
  const steps = await journal.steps(runId)
  const record = await journal.run(runId)
  return record && viewRun({ record, steps, live, now: clock.now() })
}

/**
 * A recorded run each time that it has changed, whichever process runs it, until it has ended, paused or was
 * interrupted. Nothing when there is no such run.
 */
export async function* followRun(
  journal: WatchedJournal,
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
    if (!goingOn.has(view.state)) return
    // A look never takes more than a fifth of the time.
    await wait(Math.max(intervalMs, 4 * (clock.now() - began)), { clock, ...(signal && { signal }) })
  }
}

import { type Metered, type RunMeters, runMeters } from './model.ts'
import type { RunContext, RunState } from './run.ts'
import type { RunStop } from './run-stop.ts'

/** A run in motion, or one tool call of it. */
export interface LiveRun {
  readonly runId: string
  readonly agent: RunContext['agent']
  readonly stop: RunStop
  readonly state: () => RunState
  readonly meters: RunMeters
}

/** A run as plugins and tools see it. Its children are `base`, then `base:2`, … */
export const createRunContext = (base: string, live: LiveRun): RunContext & Metered => {
  let children = 0
  return {
    runId: live.runId,
    agent: live.agent,
    get signal() {
      return live.stop.signal
    },
    get state() {
      return live.state()
    },
    [runMeters]: live.meters,
    childId: () => (++children === 1 ? base : `${base}:${children}`),
  }
}

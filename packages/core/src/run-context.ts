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
class LiveContext implements RunContext, Metered {
  readonly runId: string
  readonly agent: RunContext['agent']
  readonly [runMeters]: RunMeters
  readonly childId: () => string
  readonly #live: LiveRun
  constructor(base: string, live: LiveRun) {
    this.runId = live.runId
    this.agent = live.agent
    this[runMeters] = live.meters
    this.#live = live
    let children = 0
    this.childId = () => (++children === 1 ? base : `${base}:${children}`)
  }
  get signal(): AbortSignal {
    return this.#live.stop.signal
  }
  get state(): RunState {
    return this.#live.state()
  }
}

/** The context of a run, or of one tool call of it. */
export const createRunContext = (base: string, live: LiveRun): RunContext & Metered =>
  new LiveContext(base, live)

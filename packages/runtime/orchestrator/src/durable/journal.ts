import type { JsonValue } from '@ashlar/core'

/** Where a recorded run stands. All but `done` can be gone on with. */
export type RecordedState = 'running' | 'paused' | 'done' | 'failed' | 'aborted'

/** A run as the journal knows it. Plain JSON. */
export interface RunRecord {
  readonly runId: string
  /** What ran: the agent's name, or the graph's. */
  readonly name: string
  readonly state: RecordedState
  /** Of the code that runs it. */
  readonly version: string
  /** What it started from; after a pause, what it was gone on with. */
  readonly input: JsonValue
  /** How it ended, or where it paused. */
  readonly result?: JsonValue
  /** Counts the claims: whoever has an older one cannot write. */
  readonly epoch: number
  /** Milliseconds since the epoch. */
  readonly leaseUntil: number
  readonly createdAt: number
  readonly updatedAt: number
  /** Steps whose effect may or may not have happened. */
  readonly unknown: number
  /** Somebody asked whoever runs it to cancel it, and that has not happened yet. */
  readonly cancelAsked?: true
}

/** `cancelled`: nobody held the run, which is `aborted`. `asked`: whoever holds it was asked, and hears within a second. */
export type Cancelling = 'cancelled' | 'asked'

/**
 * One step of a run. `started`: its effect may be under way. `done`: `value` is what it gave. `unknown`: the process
 * ended between effect and record, and nobody knows.
 */
export interface StepRecord {
  readonly key: string
  readonly state: 'started' | 'done' | 'unknown'
  /** Of what the step was asked, to see that it is the same step. */
  readonly digest?: string
  readonly value?: JsonValue
}

export interface ClaimRequest {
  readonly runId: string
  readonly name: string
  readonly version: string
  /** Kept for a run that is new, or goes on from a pause; any other goes on with what it has. */
  readonly input: JsonValue
  /** How long the claim holds without being renewed, in milliseconds. */
  readonly leaseMs: number
  /** Claims it in this state alone; `new`: one that there was not. @default any */
  readonly only?: RecordedState | 'new'
}

/** What is being written now: the end of each text, by the key of its step. */
export type LiveTexts = Readonly<Record<string, string>>

/** The right to write a run, until somebody else has it. */
export interface Claim {
  /** As it was before the claim; undefined when the run is new. */
  readonly before: RunRecord | undefined
  readonly epoch: number
  /** Whoever had it was asked to cancel it and died: nothing of it is to start any more. */
  readonly cancelAsked: boolean
  /** What it goes on with. */
  readonly input: JsonValue
  /** The steps recorded so far. */
  readonly steps: ReadonlyMap<string, StepRecord>
  /** Resolves when it is on disk. @throws LeaseLost */
  write(step: StepRecord): Promise<void>
  /**
   * Shows what is being written now to whoever watches the run, instead of what was shown before. It is no record: it
   * is lost with the process, gone once the run has ended, and what a claim that was lost shows is not seen.
   */
  show(texts: LiveTexts): Promise<void>
  /** Holds the claim for another `leaseMs`, and tells whether the run is to be cancelled. @throws LeaseLost */
  renew(): Promise<{ readonly cancelAsked: boolean }>
  /** Gives the claim up. A run that was asked to be cancelled does not pause: it is `aborted`. @throws LeaseLost */
  end(state: RecordedState, result?: JsonValue): Promise<void>
}

export interface RunFilter {
  readonly state?: RecordedState
  readonly name?: string
  /** Begun by this code. */
  readonly version?: string
  /** Changed last before that, in milliseconds since the epoch. */
  readonly before?: number
  /** Only those that are `running` and that nobody holds, and the oldest first. @default false */
  readonly isDue?: boolean
  /** The first of them. @default 100 */
  readonly limit?: number
}

/** Where runs are recorded, so that they survive the process. */
export interface Journal {
  /**
   * @throws RunLeased while somebody else holds the run, RunChanged when it is not as `only` says, CodeVersionMismatch when
   * it was begun by other code
   */
  claim(request: ClaimRequest): Promise<Claim>
  run(runId: string): Promise<RunRecord | undefined>
  /** The latest first, unless they are due. */
  runs(filter?: RunFilter): Promise<RunRecord[]>
  /** In the order in which they were first written. */
  steps(runId: string): Promise<StepRecord[]>
  /** What whoever has the run showed last; nothing when it does not run. */
  live(runId: string): Promise<LiveTexts>
  /**
   * Ends a run. One that is held is only asked to: whoever holds it stops it, undoes what is to be undone and ends it, and
   * so does whoever takes it up should that process die. One that nobody holds – it paused, failed or its lease is over –
   * is `aborted` at once, as it stands: so a second call ends what nobody answers for any more. A run that had ended and is
   * claimed again is not cancelled.
   * @returns undefined when there is no such run, or it is done or aborted
   */
  cancel(runId: string): Promise<Cancelling | undefined>
  /** Forgets a run. @throws RunLeased while somebody holds it */
  remove(runId: string): Promise<void>
  close(): Promise<void>
}

import type { Journal, RunRecord } from '../durable/journal.ts'

/** A run that is to be done, by whichever worker. */
export interface QueuedRun extends Pick<RunRecord, 'runId' | 'epoch' | 'version'> {
  /** The highest first. */
  readonly priority: number
}

/** What a process does for an engine. */
export interface Worker {
  /** Names the code: runs of other code are left alone. */
  readonly version: string
  /** Of its agents and its graphs. */
  readonly names: readonly string[]
  /** Runs at once; 0 does none. */
  readonly concurrency: number
  /** How long whoever died keeps others from its runs, in milliseconds. */
  readonly leaseMs: number
  /** Whether it has the agent or the graph of a run. */
  readonly knows: (record: RunRecord) => boolean
  /** Aborted when this process leaves its runs to others. */
  readonly leaving: AbortSignal
  /** Does a run as far as it goes here. Never rejects: how it ended is in the journal. */
  readonly work: (runId: string) => Promise<void>
}

/** The queue of an engine, as one process has it. */
export interface RunQueue {
  /** Resolves once no crash can lose it. */
  add(run: QueuedRun): Promise<void>
  /** Forgets a run that was cancelled. */
  drop(runId: string): Promise<void>
  /** Takes no more runs; `leaving` was aborted before, and what was under way here has ended. */
  close(): Promise<void>
}

/** Where runs are kept, and who does them: the one option of `openRuns` that decides it. */
export interface RunsEngine {
  openJournal(): Promise<Journal>
  /**
   * Does what is in the journal in state `running` and held by nobody, up to `concurrency` at a time. A run whose
   * process died is such a one too, once its lease is over: starting and recovery are the same.
   */
  serve(journal: Journal, worker: Worker): Promise<RunQueue>
}

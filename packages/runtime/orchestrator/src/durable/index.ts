export {
  CodeVersionMismatch,
  LeaseLost,
  ReplayMismatch,
  RunChanged,
  RunLeased,
  UndoneInPart,
} from './durable-errors.ts'
export {
  durable,
  type DurableOptions,
  type DurableRuns,
  durableRuns,
  type RecordedGraphOptions,
  type ResumeOptions,
} from './durable-runs.ts'
export type {
  Claim,
  ClaimRequest,
  Journal,
  LiveTexts,
  RecordedState,
  RunFilter,
  RunRecord,
  StepRecord,
} from './journal.ts'
export { type Replay, type ReplayOptions, replayRun } from './replay-run.ts'
export { sqliteJournal, type SqliteJournalOptions } from './sqlite-journal.ts'

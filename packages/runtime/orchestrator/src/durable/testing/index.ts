export { type JournalBench, type Runner, testJournal, type TestJournalOptions } from './test-journal.ts'
export { type RunsBench, testRuns, type TestRunsOptions } from '../../runs/testing/test-runs.ts'

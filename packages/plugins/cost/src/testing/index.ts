export type { LedgerBench } from './ledger-bench.ts'
export { type LedgerSchedule, runLedgerSchedule, type ScheduleReport } from './ledger-schedule.ts'
export { type Runner, testLedger, type TestLedgerOptions } from './test-ledger.ts'

export { type JournalBench, type Runner, testJournal, type TestJournalOptions } from './test-journal.ts'

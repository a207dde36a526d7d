import type { Ledger, LedgerRecord } from './ledger.ts'
import { treeOf } from './ledger.ts'
import { reportSpending, type SpendingReport } from './ledger-report.ts'

async function* within(ledger: Ledger, runId: string): AsyncGenerator<LedgerRecord> {
  for await (const record of ledger.records({ tree: treeOf(runId) }))
    if (record.runId === runId || record.runId?.startsWith(`${runId}/`)) yield record
}

/** What a run has used and cost, with all that its tools have started; a line for each model, and their total. */
export const runCost = (ledger: Ledger, runId: string): Promise<SpendingReport> =>
  reportSpending(within(ledger, runId), { by: 'model' })

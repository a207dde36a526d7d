import { type LedgerRecord, type RecordFilter, treeOf } from './ledger.ts'

/** Whether a record is among those asked for. */
export const matchesFilter = (record: LedgerRecord, filter: RecordFilter): boolean => {
  const { since = 0, until = Infinity, tree, ...same } = filter
  if (record.at < since || record.at >= until) return false
  if (tree !== undefined && (record.runId === undefined || treeOf(record.runId) !== tree)) return false
  const { key, project, kind, provider, modelId } = same
  return (
    (key === undefined || key === record.key) &&
    (project === undefined || project === record.project) &&
    (kind === undefined || kind === record.kind) &&
    (provider === undefined || provider === record.provider) &&
    (modelId === undefined || modelId === record.modelId)
  )
}

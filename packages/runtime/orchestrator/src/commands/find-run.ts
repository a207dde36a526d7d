import { InvalidArgument } from '@ashlar/core/errors'
import type { Journal, RunRecord } from '../durable/journal.ts'

/** The run of that id. @throws InvalidArgument which names the latest when there is none */
export const findRun = async (journal: Journal, runId: string): Promise<RunRecord> => {
  const record = await journal.run(runId)
  if (record) return record
  const latest = (await journal.runs({ limit: 3 })).map((run) => run.runId)
  throw new InvalidArgument(
    'id',
    latest.length > 0 ? `a run of the journal, as ${latest.join(', ')}` : 'a run, and the journal has none',
    runId,
  )
}

import { complaint, runNode } from '../../tooling/command.ts'
import { checkCounts } from './check-counts.ts'
import type { BlockOrder, BlockReport } from './client/block.ts'
import { stagedModule } from './stage.ts'
import type { SubjectEntry } from './subjects.ts'
import type { Upstream } from './upstream/upstream.ts'
import type { Workload } from './workloads.ts'

/** How much of a workload is done: all of it, or just enough to see that it works. */
export interface Effort {
  /** Factor on the number of operations. */
  readonly scale: number
  /** Milliseconds for the warm-up, and as many for the measurement. */
  readonly maxMs: number
}

/** A block that ran: its report, and why it does not count if it does not. */
export interface Block {
  readonly report?: BlockReport
  readonly problems: readonly string[]
}

const environment = { ...process.env, NO_PROXY: '127.0.0.1', OPENAI_API_KEY: 'bench-key' }

/** Runs one workload of one subject in a new process, and checks what it did. */
export const runBlock = async (
  subject: SubjectEntry,
  workload: Workload,
  { upstream, effort }: { readonly upstream: Upstream; readonly effort: Effort },
): Promise<Block> => {
  const order: BlockOrder = {
    module: subject.module,
    workload: workload.name,
    baseURL: `${upstream.origin}/${workload.name}/v1`,
    warmup: Math.ceil(workload.warmup * effort.scale),
    operations: Math.ceil(workload.operations * effort.scale),
    maxMs: effort.maxMs,
  }
  await upstream.count()
  const result = await runNode([stagedModule('block'), JSON.stringify(order)], {
    env: environment,
    timeoutMs: 120_000,
  })
  const counted = await upstream.count()
  const found = /@report (.*)/.exec(result.stdout)?.[1]
  if (result.code !== 0 || found === undefined) return { problems: [complaint(subject.name, result)] }
  const report: BlockReport = JSON.parse(found)
  return { report, problems: checkCounts(workload, counted, report) }
}

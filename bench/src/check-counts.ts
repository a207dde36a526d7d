import type { BlockReport } from './client/block.ts'
import type { UpstreamCount } from './upstream/upstream.ts'
import type { Workload } from './workloads.ts'

/** What of a block's report is counted. */
export type Counted = Pick<BlockReport, 'operations' | 'lookups' | 'adds' | 'wrongAnswers' | 'deltas'>

/**
 * Problems with what a subject did in one block: a request too few or too many, a tool not called, an answer or a
 * streamed text that is not the one sent. A figure counts only when there are none.
 */
export const checkCounts = (workload: Workload, upstream: UpstreamCount, report: Counted): string[] => {
  const runs = report.operations * workload.concurrent
  const problems: string[] = []
  const expect = (what: string, expected: number, found: number): void => {
    if (expected !== found) problems.push(`${what}: expected ${expected}, counted ${found}`)
  }
  expect('upstream requests', runs * (workload.rounds + 1), upstream.requests)
  expect('requests the upstream has no answer for', 0, upstream.refused)
  expect('calls of lookup', runs * Math.ceil(workload.rounds / 2), report.lookups)
  expect('calls of add', runs * Math.floor(workload.rounds / 2), report.adds)
  expect('wrong answers', 0, report.wrongAnswers)
  if (workload.kind === 'stream' && report.deltas < 1) problems.push('no delta was handed on')
  return problems
}

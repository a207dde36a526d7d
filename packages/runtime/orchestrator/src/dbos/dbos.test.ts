import { InvalidArgument } from '@ashlar/core'
import { describe, expect, it } from 'vitest'
import { runIdOf, workflowIdOf } from './dbos-queue.ts'
import { dbos } from './index.ts'

describe('dbos', () => {
  it('refuses a wrong option', () => {
    for (const wrong of [() => dbos('mysql://x'), () => dbos('postgres://x', { name: 'X' })])
      expect(wrong).toThrow(InvalidArgument)
  })
  it('has a workflow of its own for each claim of each run, whatever its id', () => {
    const ids = ['order', 'order#1', 'order#2', 'order#2#1', '#1']
    const runs = ids.flatMap((runId) => [1, 2, 12].map((epoch) => ({ runId, epoch })))
    expect(new Set(runs.map(workflowIdOf)).size).toBe(runs.length)
    for (const run of runs) expect(runIdOf(workflowIdOf(run))).toBe(run.runId)
  })
})

import { LeaseLost } from '../durable/durable-errors.ts'
import type { Claim, Journal } from '../durable/journal.ts'

const leavable = (claim: Claim, runId: string, leaving: AbortSignal): Claim => ({
  ...claim,
  // What has begun is still recorded; nothing more begins, undoing included.
  write: async (step) => {
    if (leaving.aborted && step.state === 'started') throw new LeaseLost(runId)
    await claim.write(step)
  },
  end: async (state, result) => {
    const isLeft = leaving.aborted && (state === 'failed' || state === 'aborted')
    await (isLeft ? claim.end('running') : claim.end(state, result))
  },
})

/**
 * The journal of a worker, which takes only runs that are to be done, and gives back what is under way once it leaves:
 * at once and in state `running`, so that somebody else goes on.
 */
export const leavingJournal = (journal: Journal, leaving: AbortSignal): Journal => ({
  claim: async (request) => {
    if (leaving.aborted) throw new LeaseLost(request.runId)
    // One that ended, or was cancelled, since it was looked at is not begun again.
    return leavable(await journal.claim({ ...request, only: 'running' }), request.runId, leaving)
  },
  run: (runId) => journal.run(runId),
  runs: (filter) => journal.runs(filter),
  steps: (runId) => journal.steps(runId),
  live: (runId) => journal.live(runId),
  cancel: (runId) => journal.cancel(runId),
  remove: (runId) => journal.remove(runId),
  close: () => journal.close(),
})

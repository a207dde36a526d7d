import { DBOS } from '@dbos-inc/dbos-sdk'
import { systemClock } from '@ashlar/core/clock'
import type { Journal } from '../durable/journal.ts'
import type { DbosOutcome, Job } from './dispatch.ts'

export interface EngineOptions {
  readonly name: string
  readonly url: string
  readonly version: string
  readonly concurrency: number
  readonly leaseMs: number
  readonly journal: Journal
  readonly dispatch: (job: Job) => Promise<DbosOutcome>
}

/** DBOS, as far as runs need it. */
export interface Engine {
  enqueue(job: Job): Promise<void>
  result(runId: string): Promise<DbosOutcome>
  close(): Promise<void>
}

const workflowName = 'ashlar-run'

/** What DBOS says beside its work is for its own developers. */
const silent = { info: () => {}, debug: () => {}, warn: () => {}, error: () => {} }

/**
 * Gives the queue back what workers left that are gone: DBOS itself takes up only what a process of the same name
 * left. A worker is gone when nobody has renewed the lease of its run.
 */
const takeUp = async ({ name, version, leaseMs, journal }: EngineOptions): Promise<void> => {
  const pending = await DBOS.listWorkflows({
    workflowName,
    status: 'PENDING',
    applicationVersion: version,
    loadInput: false,
  })
  for (const { workflowID, executorId, updatedAt = 0, dequeuedAt = 0 } of pending) {
    if (executorId === DBOS.executorID) continue
    const record = await journal.run(workflowID)
    // One that was taken from the queue a moment ago has no record of its own yet.
    const heldUntil = Math.max(record?.leaseUntil ?? 0, Math.max(updatedAt, dequeuedAt) + leaseMs)
    if (heldUntil < systemClock.now()) await DBOS.resumeWorkflow(workflowID, { queueName: name })
  }
}

/** Launches DBOS in this process. */
export const openEngine = async (options: EngineOptions): Promise<Engine> => {
  const { name, url, version, concurrency, leaseMs, dispatch } = options
  const isWorker = concurrency > 0
  DBOS.setConfig({
    name,
    systemDatabaseUrl: url,
    systemDatabaseSchemaName: `${name}_dbos`,
    applicationVersion: version,
    executorID: crypto.randomUUID(),
    logger: silent,
    listenQueues: isWorker ? [name] : [],
  })
  const workflow = DBOS.registerWorkflow((job: Job) => dispatch(job), { name: workflowName })
  await DBOS.launch()
  await DBOS.registerQueue(name, {
    ...(isWorker && { workerConcurrency: concurrency }),
    minPollingIntervalMs: 200,
    onConflict: isWorker ? 'always_update' : 'never_update',
  })
  let timer: unknown
  const look = (): void => {
    timer = systemClock.setTimeout(() => {
      // A database that cannot be reached for a moment is looked at again.
      takeUp(options)
        .catch(() => {})
        .finally(look)
    }, leaseMs / 2)
  }
  if (isWorker) look()
  return {
    enqueue: async (job) => {
      await DBOS.startWorkflow(workflow, { workflowID: job.runId, queueName: name })(job)
    },
    result: (runId) => DBOS.retrieveWorkflow<DbosOutcome>(runId).getResult(),
    close: async () => {
      systemClock.clearTimeout(timer)
      await DBOS.shutdown({ deregister: true })
    },
  }
}

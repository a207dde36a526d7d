import { systemClock, wait } from '@ashlar/core/clock'
import type { Journal } from '../durable/journal.ts'
import { toQueued } from '../runs/queued-input.ts'
import { createSemaphore } from '../together/semaphore.ts'
import type { QueuedRun, RunQueue, Worker } from '../runs/runs-engine.ts'
import type { DbosSdk } from './load-dbos.ts'

export interface DbosQueueOptions {
  readonly sdk: DbosSdk
  readonly url: string
  /** Of the application, and its queue. */
  readonly name: string
  readonly journal: Journal
  readonly worker: Worker
}

const workflowName = 'ashlar-run'

/** What a workflow is given. */
interface Input {
  readonly runId: string
}

/** The highest is first here, the lowest there. */
const dbosPriority = (priority: number): number => 1_000_000 - priority

/**
 * The workflow of a run that is to be done: its id and the number of its claim, as one that is gone on with is another.
 * DBOS does a workflow once; whoever enqueues the same twice has one. A run may have a `#` in its id too.
 */
export const workflowIdOf = ({ runId, epoch }: Pick<QueuedRun, 'runId' | 'epoch'>): string =>
  `${runId}#${epoch}`

export const runIdOf = (workflowId: string): string => workflowId.replace(/#\d+$/, '')

/** Runs that are looked at at once, when workflows are missing: the oldest. */
const longestLook = 10_000

/** The workflows of runs. */
class DbosQueue implements RunQueue {
  readonly #options: DbosQueueOptions
  #timer: unknown
  constructor(options: DbosQueueOptions) {
    this.#options = options
    if (options.worker.concurrency > 0) this.#lookLater()
  }
  async add(run: QueuedRun): Promise<void> {
    const { sdk, name } = this.#options
    const input: Input = { runId: run.runId }
    await sdk.DBOS.enqueueWorkflowWithOptions(
      {
        workflowName,
        queueName: name,
        workflowID: workflowIdOf(run),
        appVersion: run.version,
        priority: dbosPriority(run.priority),
      },
      input,
    )
  }
  async drop(runId: string): Promise<void> {
    const { DBOS } = this.#options.sdk
    const open = await DBOS.listWorkflows({
      workflowName,
      status: ['ENQUEUED', 'PENDING'],
      workflow_id_prefix: runId,
      loadInput: false,
    })
    const ids = open.map(({ workflowID }) => workflowID).filter((id) => runIdOf(id) === runId)
    if (ids.length > 0) await DBOS.cancelWorkflows(ids)
  }
  async close(): Promise<void> {
    systemClock.clearTimeout(this.#timer)
    const { sdk, url, name } = this.#options
    const { executorID } = sdk.DBOS
    await sdk.DBOS.shutdown({ deregister: true })
    // What this process had is given back only now that it takes no more.
    const systemDatabaseSchemaName = `${name}_dbos`
    const client = await sdk.DBOSClient.create({
      systemDatabaseUrl: url,
      systemDatabaseSchemaName,
      applicationName: name,
      logger: silent,
    })
    try {
      const left = await client.listWorkflows({
        workflowName,
        status: 'PENDING',
        executorId: executorID,
        loadInput: false,
      })
      const ids = left.map(({ workflowID }) => workflowID)
      if (ids.length > 0) await client.resumeWorkflows(ids, { queueName: name })
    } finally {
      await client.destroy()
    }
  }
  #lookLater(): void {
    this.#timer = systemClock.setTimeout(() => {
      // A database that cannot be reached for a moment is looked at again.
      this.#takeUp()
        .catch(() => {})
        .finally(() => {
          if (!this.#options.worker.leaving.aborted) this.#lookLater()
        })
    }, this.#options.worker.leaseMs / 2)
  }
  /**
   * Gives the queue back what workers left that are gone: DBOS itself takes up only what a process of the same name
   * left. A worker is gone when nobody has renewed the lease of its run. A run that has no workflow – its process ended
   * before it was enqueued, or it was gone on with elsewhere – gets one.
   */
  async #takeUp(): Promise<void> {
    const { sdk, name, journal, worker } = this.#options
    const { version, leaseMs } = worker
    const due = await journal.runs({ version, isDue: true, limit: longestLook })
    const open = await sdk.DBOS.listWorkflows({
      workflowName,
      status: ['ENQUEUED', 'PENDING'],
      applicationVersion: version,
      loadInput: false,
    })
    const now = systemClock.now()
    for (const { workflowID, status, executorId, updatedAt = 0, dequeuedAt = 0 } of open) {
      if (status !== 'PENDING' || executorId === sdk.DBOS.executorID) continue
      const record = await journal.run(runIdOf(workflowID))
      // One that was taken from the queue a moment ago is not claimed yet.
      const heldUntil = Math.max(record?.leaseUntil ?? 0, Math.max(updatedAt, dequeuedAt) + leaseMs)
      if (heldUntil < now) await sdk.DBOS.resumeWorkflow(workflowID, { queueName: name })
    }
    const known = new Set(open.map(({ workflowID }) => runIdOf(workflowID)))
    for (const record of due)
      if (!known.has(record.runId) && worker.knows(record) && record.updatedAt + leaseMs < now)
        await this.add(toQueued(record))
  }
}

/** What DBOS says beside its work is for its own developers. */
const silent = { info: () => {}, debug: () => {}, warn: () => {}, error: () => {} }

/**
 * Does runs until the journal says that they are over: whoever lost one waits for the one that has it, and takes it up
 * should that one die too. No more at once than it may: the limit that DBOS knows is that of the worker that came last.
 */
const createFollower = ({ journal, worker }: DbosQueueOptions): ((input: Input) => Promise<void>) => {
  const { leaving, leaseMs, concurrency } = worker
  const places = createSemaphore(Math.max(1, concurrency))
  const pause = { clock: systemClock, signal: leaving }
  return async ({ runId }) => {
    while (!leaving.aborted) {
      await places.run(() => worker.work(runId), leaving).catch(() => {})
      const record = await journal.run(runId).catch(() => ({ state: 'running' }))
      if (!leaving.aborted && record?.state !== 'running') return
      await wait(Math.min(500, leaseMs / 4), pause).catch(() => {})
    }
    // For DBOS it never ends here, so that another worker has it.
    await new Promise(() => {})
  }
}

/** Launches DBOS in this process. */
export const launchDbos = async (options: DbosQueueOptions): Promise<RunQueue> => {
  const { sdk, url, name, worker } = options
  const { DBOS } = sdk
  const { version, concurrency } = worker
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
  DBOS.registerWorkflow(createFollower(options), { name: workflowName })
  await DBOS.launch()
  // Whoever only enqueues leaves the limit to the workers.
  if (isWorker)
    await DBOS.registerQueue(name, {
      workerConcurrency: concurrency,
      minPollingIntervalMs: 200,
      onConflict: 'always_update',
    })
  return new DbosQueue(options)
}

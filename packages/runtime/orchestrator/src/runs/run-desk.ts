import { InvalidArgument, isObject, type JsonObject, type JsonValue } from '@ashlar/core'
import { askToUndo } from '../durable/ask-to-undo.ts'
import { RunChanged, RunLeased } from '../durable/durable-errors.ts'
import type { Claim, ClaimRequest, Journal, RecordedState, RunFilter, RunRecord } from '../durable/journal.ts'
import type { PendingCall } from '../view/run-node.ts'
import { pendingOf } from '../view/run-view.ts'
import { type Approvals, approvalsOf, kindOf, priorityOf, toQueued } from './queued-input.ts'
import type { RunWaiters } from './run-waiters.ts'
import type { RunQueue } from './runs-engine.ts'

export interface StartOptions {
  /** The same again is the same run. Without `/`. @default a random UUID */
  readonly runId?: string
  /** From -1_000_000 to 1_000_000; of the runs that wait, the highest starts first. @default 0 */
  readonly priority?: number
}

/** How a run ended, or where it stands. */
export interface RunOutcome {
  readonly runId: string
  readonly state: Exclude<RecordedState, 'running'>
  /** The `RunResult` of an agent, the state of each task of a graph; why it failed. */
  readonly result: JsonValue
  /** What a paused run waits for: by call, or `task/call` of a graph. */
  readonly pending: readonly PendingCall[]
}

export interface RunDeskOptions {
  readonly journal: Journal
  readonly queue: RunQueue
  readonly waiters: RunWaiters
  readonly version: string
  readonly leaseMs: number
}

const limit = 1_000_000

/** @throws InvalidArgument */
const checkStart = ({ runId, priority = 0 }: StartOptions): void => {
  if (runId === '' || runId?.includes('/')) throw new InvalidArgument('runId', 'a text without /', runId)
  if (!Number.isInteger(priority) || Math.abs(priority) > limit)
    throw new InvalidArgument('priority', `a whole number from -${limit} to ${limit}`, priority)
}

/** Where runs are asked for. It does none: it writes down what is wanted, and tells the queue. */
export class RunDesk {
  readonly journal: Journal
  readonly #options: RunDeskOptions
  constructor(options: RunDeskOptions) {
    this.journal = options.journal
    this.#options = options
  }
  async start(name: string, input: JsonObject, options: StartOptions = {}): Promise<string> {
    checkStart(options)
    const { runId = crypto.randomUUID(), priority = 0 } = options
    const { version, leaseMs } = this.#options
    const given = { ...input, ...(priority !== 0 && { priority }) }
    const mustBeSame = (record: RunRecord): string => {
      if (record.name === name && kindOf(record) === kindOf({ input })) return runId
      throw new InvalidArgument(
        'runId',
        `an id that no other run has: this is a run of ${record.name}`,
        runId,
      )
    }
    const before = await this.journal.run(runId)
    if (before && before.epoch > 0) return mustBeSame(before)
    const request: ClaimRequest = { runId, name, version, leaseMs, input: given, only: 'new' }
    try {
      await this.#enqueue(await this.journal.claim(request), request)
      return runId
    } catch (error) {
      // Somebody else was first.
      const now =
        RunChanged.isInstance(error) || RunLeased.isInstance(error)
          ? await this.journal.run(runId)
          : undefined
      if (!now) throw error
      return mustBeSame(now)
    }
  }
  async result(runId: string, signal?: AbortSignal): Promise<RunOutcome> {
    for (;;) {
      signal?.throwIfAborted()
      const record = await this.#find(runId)
      const { state, result = null } = record
      if (state !== 'running') return { runId, state, result, pending: pendingOf(record) }
      await this.#options.waiters.wait(runId, signal)
    }
  }
  async resume(runId: string, approvals: Approvals): Promise<void> {
    const record = await this.#find(runId)
    const { state, result, input } = record
    const waits = pendingOf(record).map(({ callId }) => callId)
    const wrong = Object.keys(approvals).find((call) => !waits.includes(call))
    if (wrong !== undefined)
      throw new InvalidArgument('approvals', `what waits (${waits.join(', ') || 'nothing does'})`, wrong)
    if (state === 'running' || state === 'done')
      throw new InvalidArgument(
        'runId',
        `a run that paused, failed or was aborted: this one is ${state}`,
        runId,
      )
    const priority = priorityOf(record)
    // An agent goes on from where it paused; a graph from its tasks, some of which may wait with their answers.
    const isGraph = kindOf(record) === 'graph'
    const from = isGraph ? input : result
    const given = isGraph ? { ...approvalsOf(record), ...approvals } : approvals
    const kept = { approvals: given, ...(priority !== 0 && { priority }) }
    await this.#again(record, isObject(from) ? { ...from, ...kept } : (from ?? null))
  }
  async cancel(runId: string): Promise<boolean> {
    const record = await this.#find(runId)
    // Nobody may hold it: somebody has to take it up, and undo what it did.
    const epoch = await askToUndo(this.journal, record, this.#options.leaseMs)
    if (epoch !== undefined) {
      await this.#options.queue.add(toQueued({ ...record, epoch }))
      return true
    }
    const done = await this.journal.cancel(runId)
    if (done === 'cancelled') await this.#options.queue.drop(runId)
    if (done === 'cancelled') this.#options.waiters.wake(runId)
    return done !== undefined
  }
  list(filter?: RunFilter): Promise<RunRecord[]> {
    return this.journal.runs(filter)
  }
  async #again({ runId, name, version, state }: RunRecord, input: JsonValue): Promise<void> {
    const request = { runId, name, version, input, leaseMs: this.#options.leaseMs, only: state }
    await this.#enqueue(await this.journal.claim(request), request)
  }
  /** From here on any worker may have it. */
  async #enqueue({ epoch, end }: Claim, { runId, version, input }: ClaimRequest): Promise<void> {
    await end('running')
    await this.#options.queue.add(toQueued({ runId, epoch, version, input }))
  }
  /** @throws InvalidArgument when there is no such run */
  async #find(runId: string): Promise<RunRecord> {
    const record = await this.journal.run(runId)
    if (record) return record
    throw new InvalidArgument('runId', 'a run that is in the journal', runId)
  }
}

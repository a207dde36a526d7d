import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { InvalidArgument } from '@ashlar/core'
import { systemClock } from '@ashlar/core/clock'
import type { Journal } from '../durable/journal.ts'
import { sqliteJournal, type SqliteJournalOptions } from '../durable/sqlite-journal.ts'
import { toQueued } from './queued-input.ts'
import type { QueuedRun, RunQueue, RunsEngine, Worker } from './runs-engine.ts'

export interface EmbeddedOptions extends Pick<SqliteJournalOptions, 'retainMs' | 'synchronous'> {
  /** How often it looks for runs of other processes, in milliseconds; its own it does at once. @default 500 */
  readonly pollMs?: number
}

/** Runs of a name that are looked at at once: the oldest. Each is read with what it starts from. */
const longestLook = 1_000

/** Of its time, a process looks for a tenth at most, however much waits. */
const pausePerLook = 9

class EmbeddedQueue implements RunQueue {
  readonly #journal: Journal
  readonly #worker: Worker
  readonly #pollMs: number
  /** The highest priority first, and of one priority the oldest. */
  #waiting: QueuedRun[] = []
  readonly #running = new Map<string, Promise<void>>()
  #timer: unknown
  /** More waits than was looked at. */
  #isMore = false
  #isLooking = false
  constructor(journal: Journal, worker: Worker, pollMs: number) {
    this.#journal = journal
    this.#worker = worker
    this.#pollMs = pollMs
    if (worker.concurrency > 0) this.#lookLater(0)
  }
  async add(run: QueuedRun): Promise<void> {
    // It is in the journal, where those that do runs find it.
    if (this.#worker.concurrency === 0) return
    // Before the first of a lower priority.
    const at = this.#waiting.findIndex(({ priority }) => priority < run.priority)
    this.#waiting.splice(at === -1 ? this.#waiting.length : at, 0, run)
    this.#pump()
  }
  async drop(runId: string): Promise<void> {
    this.#waiting = this.#waiting.filter((run) => run.runId !== runId)
  }
  async close(): Promise<void> {
    systemClock.clearTimeout(this.#timer)
    this.#waiting = []
    await Promise.all(this.#running.values())
  }
  #pump(): void {
    const { concurrency, leaving } = this.#worker
    while (!leaving.aborted && this.#running.size < concurrency) {
      const run = this.#waiting.shift()
      if (!run) return this.#isMore ? this.#lookNow() : undefined
      if (!this.#running.has(run.runId)) this.#start(run.runId)
    }
  }
  #start(runId: string): void {
    const work = this.#worker.work(runId).finally(() => {
      this.#running.delete(runId)
      this.#pump()
    })
    this.#running.set(runId, work)
  }
  #lookLater(milliseconds: number): void {
    if (this.#worker.leaving.aborted) return
    this.#timer = systemClock.setTimeout(() => this.#lookNow(), milliseconds)
  }
  #lookNow(): void {
    if (this.#isLooking) return
    this.#isLooking = true
    systemClock.clearTimeout(this.#timer)
    const began = systemClock.now()
    this.#look()
      // A file that is busy for long is looked at again.
      .catch(() => {})
      .finally(() => {
        this.#isLooking = false
        this.#lookLater(Math.max(this.#pollMs, (systemClock.now() - began) * pausePerLook))
      })
  }
  /** Finds what others enqueued, and what processes left that died. */
  async #look(): Promise<void> {
    const { version, names, knows } = this.#worker
    const due = { version, isDue: true, limit: longestLook }
    const looks = await Promise.all(names.map((name) => this.#journal.runs({ ...due, name })))
    this.#isMore = looks.some(({ length }) => length === longestLook)
    const found = looks
      .flat()
      .filter(knows)
      .toSorted((a, b) => a.createdAt - b.createdAt)
      .map(toQueued)
    // What is beyond those that were looked at is known by those that were put in the queue here.
    const ids = new Set(found.map(({ runId }) => runId))
    const beyond = this.#isMore ? this.#waiting.filter(({ runId }) => !ids.has(runId)) : []
    this.#waiting = [...found, ...beyond]
      .toSorted((a, b) => b.priority - a.priority)
      .filter(({ runId }) => !this.#running.has(runId))
    this.#pump()
  }
}

/**
 * Runs in a file, done by the processes that have it open: queue, records and recovery are one SQLite journal, and no
 * server is needed. Takes over, when a lease is over, what a process left that died.
 * @throws InvalidArgument for a wrong option
 */
export const embedded = (file = '.ashlar/runs.db', options: EmbeddedOptions = {}): RunsEngine => {
  const { pollMs = 500, ...journal } = options
  if (!(pollMs >= 10)) throw new InvalidArgument('pollMs', 'milliseconds from 10', pollMs)
  return {
    openJournal: async () => {
      if (file !== ':memory:') await mkdir(dirname(file), { recursive: true })
      return sqliteJournal(file, journal)
    },
    serve: async (opened, worker) => new EmbeddedQueue(opened, worker, pollMs),
  }
}

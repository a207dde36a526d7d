import { DatabaseError, type DatabaseFailure } from './database-error.ts'
import type { Statement, WriteResult } from './sql-value.ts'
import type { Writer } from './writer.ts'

export interface WriteQueueOptions {
  readonly file: string
  readonly writer: Writer
  readonly maxQueuedWrites: number
  readonly maxQueuedBytes: number
}

interface QueuedWrite {
  readonly statements: readonly Statement[]
  readonly bytes: number
  readonly resolve: (results: readonly WriteResult[]) => void
  readonly reject: (error: unknown) => void
}

/** What goes to the writer at once: enough to share a commit, little enough to be copied without a pause. */
const maxBatchWrites = 1000
const maxBatchBytes = 1024 * 1024

const bytesOf = (statements: readonly Statement[]): number => {
  let bytes = 0
  for (const { params = [] } of statements)
    for (const value of params)
      if (typeof value === 'string') bytes += value.length
      else bytes += value instanceof Uint8Array ? value.byteLength : 8
  return bytes
}

/** Writes in the order they were made; those made while a batch is under way are the next batch. */
export class WriteQueue {
  readonly #options: WriteQueueOptions
  readonly #waiting: QueuedWrite[] = []
  readonly #flushes: { readonly at: number; readonly resolve: () => void }[] = []
  #waitingBytes = 0
  #added = 0
  #settled = 0
  #running = false

  constructor(options: WriteQueueOptions) {
    this.#options = options
  }

  async add(statements: readonly Statement[]): Promise<readonly WriteResult[]> {
    const bytes = bytesOf(statements)
    this.#checkRoom(bytes)
    this.#added += 1
    this.#waitingBytes += bytes
    return new Promise((resolve, reject) => {
      this.#waiting.push({ statements, bytes, resolve, reject })
      if (this.#running) return
      this.#running = true
      // Everything this turn of the event loop writes is one batch.
      setImmediate(() => void this.#run())
    })
  }

  async flush(): Promise<void> {
    const at = this.#added
    if (this.#settled < at) await new Promise<void>((resolve) => this.#flushes.push({ at, resolve }))
  }

  #checkRoom(bytes: number): void {
    const { file, maxQueuedWrites, maxQueuedBytes } = this.#options
    const writes = this.#added - this.#settled
    // One write alone may be of any size.
    if (writes < maxQueuedWrites && (writes === 0 || this.#waitingBytes + bytes <= maxQueuedBytes)) return
    const message = `${file}: ${writes} writes of ${this.#waitingBytes} bytes are waiting, at most ${maxQueuedWrites} of ${maxQueuedBytes} bytes may. Await the writes, or flush(), before making more.`
    throw new DatabaseError({ code: 'queue-full', file, message })
  }

  #takeBatch(): QueuedWrite[] {
    let count = 0
    for (let bytes = 0; count < this.#waiting.length && count < maxBatchWrites; count += 1) {
      bytes += this.#waiting[count]?.bytes ?? 0
      if (count > 0 && bytes > maxBatchBytes) break
    }
    return this.#waiting.splice(0, count)
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#takeBatch()
      await this.#execute(batch)
      this.#settled += batch.length
      for (const { bytes } of batch) this.#waitingBytes -= bytes
      while (this.#flushes[0] && this.#flushes[0].at <= this.#settled) this.#flushes.shift()?.resolve()
    }
    this.#running = false
  }

  #unanswered(): DatabaseFailure {
    const { file } = this.#options
    return { code: 'writer-failed', file, message: `${file}: the writer gave no answer` }
  }

  async #execute(batch: readonly QueuedWrite[]): Promise<void> {
    try {
      const outcomes = await this.#options.writer.execute(batch.map(({ statements }) => statements))
      for (const [index, { resolve, reject }] of batch.entries()) {
        const outcome = outcomes[index] ?? { failure: this.#unanswered() }
        if ('results' in outcome) resolve(outcome.results)
        else reject(new DatabaseError(outcome.failure))
      }
    } catch (error) {
      for (const { reject } of batch) reject(error)
    }
  }
}

import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { Recovery } from './database.ts'
import { DatabaseError } from './database-error.ts'
import type { Outcome } from './execute-batch.ts'
import type { ConnectionOptions } from './open-connection.ts'
import type { Statement } from './sql-value.ts'
import type { FromWriter, ToWriter, WriterData } from './writer-message.ts'
import type { Writer } from './writer.ts'

/** Beside this file, built or not. */
const threadUrl = new URL(
  import.meta.url.endsWith('.ts') ? './writer-thread.ts' : './writer-thread.js',
  import.meta.url,
)

interface Waiting {
  readonly resolve: (message: FromWriter) => void
  readonly reject: (error: unknown) => void
}

/** One thread: a question at a time, and whoever waits is told when the thread dies. */
class WriterThread {
  readonly #file: string
  readonly #worker: Worker
  #waiting: Waiting | undefined
  #dead: DatabaseError | undefined

  constructor(options: ConnectionOptions) {
    this.#file = options.file
    const workerData: WriterData = { ashlarWriter: options }
    // A program given with --eval has flags that a file must not have. The others are inherited: named here, those of
    // V8 (--max-old-space-size) would be refused.
    const isEval = process.execArgv.some((flag) => /^--(?:input-type|eval|print)\b|^-[ep]/.test(flag))
    this.#worker = new Worker(threadUrl, {
      workerData,
      name: 'ashlar-sqlite',
      ...(isEval && { execArgv: [] }),
    })
    this.#worker.on('message', (message: FromWriter) => this.#settle(({ resolve }) => resolve(message)))
    this.#worker.on('error', (cause) => this.#die(cause))
    this.#worker.on('exit', () => this.#die(undefined))
  }

  get dead(): boolean {
    return this.#dead !== undefined
  }

  async ask(message?: ToWriter): Promise<FromWriter> {
    if (this.#dead) throw this.#dead
    // Only while it is waited for does the thread keep the process alive.
    this.#worker.ref()
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject }
      if (message) this.#worker.postMessage(message, [])
    })
  }

  async close(): Promise<void> {
    if (this.#dead) return
    this.#worker.ref()
    const exited = once(this.#worker, 'exit')
    this.#worker.postMessage({ type: 'close' } satisfies ToWriter, [])
    await exited
  }

  #settle(settle: (waiting: Waiting) => void): void {
    const waiting = this.#waiting
    this.#waiting = undefined
    this.#worker.unref()
    if (waiting) settle(waiting)
  }

  #die(cause: unknown): void {
    const why = cause instanceof Error ? `: ${cause.message}` : ''
    const message = `${this.#file}: the thread that writes has ended${why}. What it had not acknowledged may not be written.`
    const error = new DatabaseError({ code: 'writer-failed', file: this.#file, message }, { cause })
    this.#dead ??= error
    this.#settle(({ reject }) => reject(error))
  }
}

const open = async (options: ConnectionOptions): Promise<[WriterThread, Recovery | undefined]> => {
  const thread = new WriterThread(options)
  const answer = await thread.ask()
  if (answer.type === 'refused') {
    await thread.close()
    throw new DatabaseError(answer.failure)
  }
  return [thread, answer.type === 'opened' ? answer.recovery : undefined]
}

/** A writer in a thread of its own; one that has died is replaced at the next batch. @throws DatabaseError */
export const openThreadWriter = async (options: ConnectionOptions): Promise<Writer> => {
  const [first, recovery] = await open(options)
  let thread = first
  return {
    recovery,
    execute: async (writes: readonly (readonly Statement[])[]): Promise<readonly Outcome[]> => {
      if (thread.dead) [thread] = await open(options)
      const answer = await thread.ask({ type: 'execute', writes })
      return answer.type === 'executed' ? answer.outcomes : []
    },
    close: () => thread.close(),
  }
}

import { AshlarError } from './ashlar-error.ts'
import { textOf } from './message.ts'
import type { AgentEvent, RunResult } from './run.ts'
import type { RunStop } from './run-stop.ts'

/**
 * One run: awaitable for its result, iterable (once) for its events. The first use starts it and decides: only
 * awaited, the models are asked without deltas. Awaiting a half-read run reads the rest; iterating after
 * awaiting throws; after `break`, awaiting rejects with `RunAborted`. An unused run does nothing.
 */
export interface AgentRun<Output = undefined>
  extends PromiseLike<RunResult<Output>>, AsyncIterable<AgentEvent> {
  readonly runId: string
  /** The text alone, as it streams, or at once where it does not; counts as the one iteration. */
  readonly text: AsyncIterable<string>
  catch<T = never>(
    onrejected?: ((reason: unknown) => T | PromiseLike<T>) | null,
  ): Promise<RunResult<Output> | T>
  finally(onfinally?: (() => void) | null): Promise<RunResult<Output>>
}

/** A run in motion. */
export interface Execution<Output> {
  /** Sets the run up. */
  readonly open: () => Promise<AsyncIterator<AgentEvent>>
  /** The result of a run that ended. @throws RunIncomplete when output was asked for and there is none */
  readonly conclude: (result: RunResult<unknown>) => RunResult<Output>
  /** What the caller sees of a failure. */
  readonly toError: (error: unknown) => unknown
  readonly stop: RunStop
  /** Whether anything but its own end can end the run. */
  readonly abortable: boolean
}

type Outcome<Output> = { readonly result: RunResult<Output> } | { readonly error: unknown }
type Step = IteratorResult<AgentEvent, undefined>

const done: IteratorReturnResult<undefined> = { done: true, value: undefined }

/** Milliseconds after an abort until a model or hook that ignores it is left behind. */
const grace = 500

const left = (): DOMException => new DOMException('The run was left', 'AbortError')

/** Reads the events of a run and remembers how it ended. */
class RunReader<Output> implements AsyncIterableIterator<AgentEvent, undefined> {
  readonly #execution: Execution<Output>
  #opening: Promise<AsyncIterator<AgentEvent>> | undefined
  #source: AsyncIterator<AgentEvent> | undefined
  /** What each reading that goes on does when it is given up. */
  readonly #waits: Set<(reason: unknown) => void> = new Set()
  #timer: ReturnType<typeof setTimeout> | undefined
  #closed = false
  #left: Promise<Step> | undefined
  outcome: Outcome<Output> | undefined
  constructor(execution: Execution<Output>) {
    this.#execution = execution
    if (execution.abortable) execution.stop.on(() => this.#waits.size > 0 && this.#giveUpLater())
  }
  [Symbol.asyncIterator](): this {
    return this
  }
  next(): Promise<Step> {
    if (this.#closed) return this.#end()
    const step = this.#source ? this.#source.next() : this.#start()
    if (this.#execution.abortable) return this.#orAborted(step, this.#take, this.#fail)
    return step.then(this.#take, this.#fail)
  }
  /** Reads to the end. Where nothing else can end the run, no event costs a promise here. */
  async drain(): Promise<void> {
    if (this.#execution.abortable) {
      while (!(await this.next()).done);
      return
    }
    try {
      let step = await this.#start()
      for (; !step.done; step = (await this.#source?.next()) ?? done) this.#take(step)
      this.#take(step)
    } catch (error) {
      this.#fail(error)
    }
  }
  async return(): Promise<Step> {
    if (this.#closed) return this.#end()
    this.#closed = true
    return (this.#left = this.#leave())
  }
  #end(): Promise<Step> {
    return this.#left ?? Promise.resolve(done)
  }
  async #start(): Promise<IteratorResult<AgentEvent>> {
    const source = await (this.#opening ??= this.#execution.open())
    // Left meanwhile: what has not begun need not end.
    if (this.#closed) return done
    return (this.#source = source).next()
  }
  readonly #take = (step: IteratorResult<AgentEvent>): Step | Promise<Step> => {
    if (this.#closed) return this.#end()
    try {
      if (step.done) {
        if (!this.outcome)
          throw new AshlarError('no-result', 'The run ended without a run-end event: a plugin kept it')
        this.#close()
        return done
      }
      if (step.value.type === 'run-end')
        this.outcome ??= { result: this.#execution.conclude(step.value.result) }
      return step
    } catch (error) {
      return this.#fail(error)
    }
  }
  readonly #fail = (error: unknown): Promise<Step> => {
    if (this.#closed) return this.#end()
    const shown = this.outcome ? error : this.#execution.toError(error)
    this.outcome ??= { error: shown }
    this.#close()
    throw shown
  }
  async #leave(): Promise<Step> {
    const { stop, toError } = this.#execution
    // A source that is being read takes note of `return` only at its next event.
    if (this.#waits.size > 0) stop.abort(left())
    try {
      const leaving = this.#source?.return?.()
      if (leaving)
        await this.#orAborted(
          leaving,
          () => done,
          (error) => {
            if (!stop.aborted || error !== stop.reason) throw error
            return done
          },
        )
    } finally {
      stop.abort(left())
      this.outcome ??= { error: toError(undefined) }
      this.#close()
    }
    return done
  }
  #close(): void {
    this.#closed = true
    const { stop } = this.#execution
    stop.release()
    if (!(this.outcome && 'result' in this.outcome)) {
      stop.abort(left())
      this.#source?.return?.()?.catch(() => {})
    }
    clearTimeout(this.#timer)
    for (const giveUp of this.#waits) giveUp(undefined)
  }
  #giveUpLater(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      for (const giveUp of this.#waits) giveUp(this.#execution.stop.reason)
    }, grace)
  }
  /** What becomes of the step; or of the abort, where the source ignores it for a while. */
  #orAborted<T>(
    step: Promise<T>,
    take: (value: T) => Step | Promise<Step>,
    fail: (error: unknown) => Step | Promise<Step>,
  ): Promise<Step> {
    return new Promise((resolve, reject) => {
      const settle = <V>(how: (value: V) => Step | Promise<Step>, value: V): void => {
        if (!this.#waits.delete(giveUp)) return
        try {
          resolve(how(value))
        } catch (error) {
          reject(error)
        }
      }
      const giveUp = (reason: unknown): void => settle(fail, reason)
      this.#waits.add(giveUp)
      if (this.#execution.stop.aborted) this.#giveUpLater()
      step.then((value) => settle(take, value), giveUp)
    })
  }
}

/** The text of a run, whole where it does not stream. Not a generator: leaving it need not wait for an event. */
const readText = (reader: RunReader<unknown>, streamed = false): AsyncIterator<string, undefined> => ({
  next: async () => {
    for (;;) {
      const { done: ended, value } = await reader.next()
      if (ended) return done
      if (value.type === 'text-delta') {
        streamed = true
        return { done: false, value: value.text }
      }
      if (value.type !== 'message' || value.message.role !== 'assistant') continue
      const text = streamed ? '' : textOf(value.message)
      streamed = false
      if (text) return { done: false, value: text }
    }
  },
  return: async () => (await reader.return(), done),
})

/** A run nobody has used yet. A class, as what has getters is slow to make otherwise, and slow to be let go. */
class UsedRun<Output> implements AgentRun<Output> {
  readonly #id: () => string
  readonly #start: (iterated: boolean) => Execution<Output>
  #reader: RunReader<Output> | undefined
  #awaited: Promise<RunResult<Output>> | undefined
  constructor(id: () => string, start: (iterated: boolean) => Execution<Output>) {
    this.#id = id
    this.#start = start
  }
  get runId(): string {
    return this.#id()
  }
  get text(): AsyncIterable<string> {
    return { [Symbol.asyncIterator]: () => readText(this[Symbol.asyncIterator]()) }
  }
  [Symbol.asyncIterator](): RunReader<Output> {
    if (!this.#reader) return (this.#reader = new RunReader(this.#start(true)))
    throw new AshlarError(
      'run-used',
      'A run can be iterated once, and before it is awaited. Start another with agent.run().',
    )
  }
  then<T = RunResult<Output>, U = never>(
    onfulfilled?: ((result: RunResult<Output>) => T | PromiseLike<T>) | null,
    onrejected?: ((reason: unknown) => U | PromiseLike<U>) | null,
  ): Promise<T | U> {
    return this.#promise().then(onfulfilled, onrejected)
  }
  catch<T = never>(
    onrejected?: ((reason: unknown) => T | PromiseLike<T>) | null,
  ): Promise<RunResult<Output> | T> {
    return this.#promise().catch(onrejected)
  }
  finally(onfinally?: (() => void) | null): Promise<RunResult<Output>> {
    return this.#promise().finally(onfinally)
  }
  #promise(): Promise<RunResult<Output>> {
    return (this.#awaited ??= this.#settle())
  }
  async #settle(): Promise<RunResult<Output>> {
    const rest = (this.#reader ??= new RunReader(this.#start(false)))
    try {
      await rest.drain()
    } catch {
      // The outcome has it.
    }
    if (rest.outcome && 'result' in rest.outcome) return rest.outcome.result
    throw rest.outcome?.error
  }
}

/** Makes a run of what `start` begins; `start` is called at the first use. */
export const createAgentRun = <Output>(
  id: () => string,
  start: (iterated: boolean) => Execution<Output>,
): AgentRun<Output> => new UsedRun(id, start)

import { AshlarError } from './ashlar-error.ts'
import { textOf } from './message.ts'
import type { AgentEvent, RunResult } from './run.ts'
import { done, type Execution, RunReader } from './run-reader.ts'

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

/** The text of a run, whole where it does not stream. Not a generator: leaving it need not wait for an event. */
const readText = (reader: RunReader<unknown>): AsyncIterator<string, undefined> => {
  let streamed = false
  const next = (): Promise<IteratorResult<string, undefined>> => reader.next().then(take)
  const take = ({
    done: ended,
    value,
  }: IteratorResult<AgentEvent, undefined>): IteratorResult<string, undefined> | ReturnType<typeof next> => {
    if (ended) return done
    if (value.type === 'text-delta') {
      streamed = true
      return { done: false, value: value.text }
    }
    if (value.type !== 'message' || value.message.role !== 'assistant') return next()
    const text = streamed ? '' : textOf(value.message)
    streamed = false
    return text ? { done: false, value: text } : next()
  }
  return { next, return: async () => (await reader.return(), done) }
}

/**
 * What runs at its first use. A class: V8 gives each literal with getters a map of its own in the old generation, and
 * that keeps the whole run until the next full collection.
 */
class LazyRun<Output> implements AgentRun<Output> {
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
    return (this.#awaited ??= (this.#reader ??= new RunReader(this.#start(false))).result())
  }
}

/** Makes a run of what `start` begins; `start` is called at the first use. */
export const createAgentRun = <Output>(
  id: () => string,
  start: (iterated: boolean) => Execution<Output>,
): AgentRun<Output> => new LazyRun(id, start)

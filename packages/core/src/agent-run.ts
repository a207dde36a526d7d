import { AshlarError } from './ashlar-error.ts'
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
  /** The text alone, as it streams; counts as the one iteration. */
  readonly text: AsyncIterable<string>
  catch<T = never>(
    onrejected?: ((reason: unknown) => T | PromiseLike<T>) | null,
  ): Promise<RunResult<Output> | T>
  finally(onfinally?: (() => void) | null): Promise<RunResult<Output>>
}

/** A run in motion. */
export interface Execution<Output> {
  /** Sets the run up. May throw, as the first `next` may. */
  readonly open: () => AsyncIterator<AgentEvent>
  /** The result of a run that ended. @throws RunIncomplete when output was asked for and there is none */
  readonly conclude: (result: RunResult<unknown>) => RunResult<Output>
  /** What the caller sees of a failure; of having been left when there is none. */
  readonly toError: (error: unknown) => unknown
  readonly stop: RunStop
  /** Whether somebody outside can abort the run. */
  readonly abortable: boolean
}

type Outcome<Output> = { readonly result: RunResult<Output> } | { readonly error: unknown }
type Step = IteratorResult<AgentEvent, undefined>

const done: Step = { done: true, value: undefined }

/** Milliseconds after an abort until a model or hook that ignores it is left behind. */
const grace = 500

/** Reads the events of a run and remembers how it ended. */
class RunReader<Output> implements AsyncIterableIterator<AgentEvent, undefined> {
  readonly #execution: Execution<Output>
  #source: AsyncIterator<AgentEvent> | undefined
  #closed = false
  outcome: Outcome<Output> | undefined
  constructor(execution: Execution<Output>) {
    this.#execution = execution
  }
  [Symbol.asyncIterator](): this {
    return this
  }
  async next(): Promise<Step> {
    if (this.#closed) return done
    const { open, conclude } = this.#execution
    try {
      const source = (this.#source ??= open())
      const step = await (this.#execution.abortable ? this.#orAborted(source.next()) : source.next())
      if (this.#closed) return done
      if (step.done) {
        if (!this.outcome)
          throw new AshlarError('no-result', 'The run ended without a run-end event: a plugin kept it')
        this.#close()
        return done
      }
      if (step.value.type === 'run-end') this.outcome ??= { result: conclude(step.value.result) }
      return step
    } catch (error) {
      const shown = this.outcome ? error : this.#execution.toError(error)
      this.outcome ??= { error: shown }
      this.#close()
      throw shown
    }
  }
  async return(): Promise<Step> {
    if (this.#closed) return done
    this.#closed = true
    try {
      await this.#source?.return?.()
    } finally {
      this.outcome ??= { error: this.#execution.toError(undefined) }
      this.#close()
    }
    return done
  }
  #close(): void {
    this.#closed = true
    const { stop } = this.#execution
    stop.release()
    if (this.outcome && 'result' in this.outcome) return
    stop.abort(new DOMException('The run was left', 'AbortError'))
    this.#source?.return?.()?.catch(() => {})
  }
  /** The step, or the abort where the source ignores it for a while. */
  #orAborted<T>(step: Promise<T>): Promise<T> {
    const { stop } = this.#execution
    return new Promise((resolve, reject) => {
      let timer: ReturnType<typeof setTimeout> | undefined
      const off = stop.on(() => (timer = setTimeout(reject, grace, stop.reason)))
      const settled = (): void => {
        off()
        clearTimeout(timer)
      }
      step.then(
        (value) => {
          settled()
          resolve(value)
        },
        (error) => {
          settled()
          reject(error)
        },
      )
    })
  }
}

/** Makes a run of what `start` begins; `start` is called at the first use. */
export const createAgentRun = <Output>(
  runId: string,
  start: (deltas: boolean) => Execution<Output>,
): AgentRun<Output> => {
  let reader: RunReader<Output> | undefined
  let awaited: Promise<RunResult<Output>> | undefined
  let iterated = false

  const settle = async (): Promise<RunResult<Output>> => {
    const rest = (reader ??= new RunReader(start(false)))
    try {
      while (!(await rest.next()).done);
    } catch {
      // The outcome has it.
    }
    if (rest.outcome && 'result' in rest.outcome) return rest.outcome.result
    throw rest.outcome?.error
  }
  const promise = (): Promise<RunResult<Output>> => (awaited ??= settle())
  const iterate = (): RunReader<Output> => {
    if (!reader) {
      iterated = true
      return (reader = new RunReader(start(true)))
    }
    throw new AshlarError(
      'run-used',
      iterated
        ? 'A run can be iterated once. Start another with agent.run().'
        : 'This run was awaited, so its events are gone. Iterate it first, then await it.',
    )
  }
  return {
    runId,
    [Symbol.asyncIterator]: iterate,
    text: {
      async *[Symbol.asyncIterator]() {
        for await (const event of iterate()) if (event.type === 'text-delta') yield event.text
      },
    },
    then: (onfulfilled, onrejected) => promise().then(onfulfilled, onrejected),
    catch: (onrejected) => promise().catch(onrejected),
    finally: (onfinally) => promise().finally(onfinally),
  }
}

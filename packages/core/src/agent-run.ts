import { AshlarError } from './ashlar-error.ts'
import type { AgentEvent, RunResult } from './run.ts'

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
  readonly events: AsyncIterable<AgentEvent>
  /** The result of a run that ended. @throws RunIncomplete when output was asked for and there is none */
  readonly conclude: (result: RunResult<unknown>) => RunResult<Output>
  /** What the caller sees of a failure. */
  readonly toError: (error: unknown) => unknown
  readonly aborted: AbortSignal
  /** Stops what still runs and lets go of the signals. */
  readonly release: (concluded: boolean) => void
}

type Outcome<Output> = { readonly result: RunResult<Output> } | { readonly error: unknown }

/** Milliseconds after an abort until a model or hook that ignores it is left behind. */
const grace = 500

/** The same events, but an abort that the source ignores for a while ends the iteration all the same. */
const abandonable = <T>(events: AsyncIterable<T>, aborted: AbortSignal): AsyncIterable<T> => ({
  [Symbol.asyncIterator]: () => {
    const source = events[Symbol.asyncIterator]()
    let giveUp: ((reason: unknown) => void) | undefined
    let timer: ReturnType<typeof setTimeout> | undefined
    const arm = (): void => {
      if (giveUp && aborted.aborted) timer = setTimeout(giveUp, grace, aborted.reason)
    }
    const settled = (): void => {
      giveUp = undefined
      if (timer !== undefined) clearTimeout(timer)
    }
    aborted.addEventListener('abort', arm, { once: true })
    const next = (): Promise<IteratorResult<T>> =>
      new Promise((resolve, reject) => {
        giveUp = reject
        arm()
        source.next().then(
          (step) => {
            settled()
            resolve(step)
          },
          (error) => {
            settled()
            reject(error)
          },
        )
      })
    return { next, return: async () => (await source.return?.()) ?? { done: true, value: undefined } }
  },
})

async function* observe<Output>(
  execution: Execution<Output>,
  settle: (outcome: Outcome<Output>) => void,
): AsyncGenerator<AgentEvent, void> {
  let concluded = false
  let failed = false
  try {
    for await (const event of abandonable(execution.events, execution.aborted)) {
      if (event.type === 'run-end') {
        settle({ result: execution.conclude(event.result) })
        concluded = true
      }
      yield event
    }
    if (!concluded)
      throw new AshlarError('no-result', 'The run ended without a run-end event: a plugin kept it')
  } catch (error) {
    failed = true
    const shown = concluded ? error : execution.toError(error)
    settle({ error: shown })
    throw shown
  } finally {
    execution.release(concluded)
    if (!concluded && !failed) settle({ error: execution.toError(undefined) })
  }
}

/** Makes a run of what `start` begins; `start` is called at the first use. */
export const createAgentRun = <Output>(
  runId: string,
  start: (deltas: boolean) => Execution<Output>,
): AgentRun<Output> => {
  let events: AsyncGenerator<AgentEvent, void> | undefined
  let use: 'none' | 'iterated' | 'awaited' = 'none'
  let outcome: Outcome<Output> | undefined
  let settled: Promise<RunResult<Output>> | undefined

  const begin = (as: 'iterated' | 'awaited'): AsyncGenerator<AgentEvent, void> => {
    use = as
    events ??= observe(start(as === 'iterated'), (end) => (outcome ??= end))
    return events
  }
  const settle = async (): Promise<RunResult<Output>> => {
    const rest = events ?? begin('awaited')
    try {
      while (!(await rest.next()).done);
    } catch (error) {
      outcome ??= { error }
    }
    if (outcome && 'result' in outcome) return outcome.result
    throw outcome?.error
  }
  const promise = (): Promise<RunResult<Output>> => (settled ??= settle())
  const iterate = (): AsyncGenerator<AgentEvent, void> => {
    if (use === 'none' && !settled) return begin('iterated')
    throw new AshlarError(
      'run-used',
      use === 'iterated'
        ? 'A run can be iterated once. Start another with agent.run().'
        : 'This run was awaited, so its events are gone. Iterate it first, then await it.',
    )
  }
  return {
    runId,
    [Symbol.asyncIterator]: iterate,
    text: {
      async *[Symbol.asyncIterator]() {
        for await (const event of { [Symbol.asyncIterator]: iterate })
          if (event.type === 'text-delta') yield event.text
      },
    },
    then: (onfulfilled, onrejected) => promise().then(onfulfilled, onrejected),
    catch: (onrejected) => promise().catch(onrejected),
    finally: (onfinally) => promise().finally(onfinally),
  }
}

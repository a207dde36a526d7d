import { InvalidArgument, type LanguageModel, type ModelRequest } from '@ashlar/core'
import { checkModel, checkNames, checkNumbers } from './check-options.ts'
import { type Clock, systemClock } from '@ashlar/core/clock'
import { type OpenedStream, startStream } from './model-stream.ts'
import { createWatchdog } from './watchdog.ts'
import { wrapModel } from './wrap-model.ts'

export interface TimeoutOptions {
  /** Milliseconds for the whole answer, the time its reader takes included. */
  readonly totalMs?: number
  /** Milliseconds until the answer begins. */
  readonly firstEventMs?: number
  /** Milliseconds without an event while the reader waits for one. */
  readonly betweenEventsMs?: number
  readonly clock?: Clock
}

/**
 * Fails with a `timeout` when an answer takes too long to begin, to go on, or in all; the call is aborted. In the
 * middle of an answer the error carries the parts that had arrived and what they used. The total is also passed on
 * as the request's deadline, so that nothing inside waits past it.
 *
 * @throws InvalidArgument when an option is wrong, or there is none
 */
export const timeout = (model: LanguageModel, options: TimeoutOptions): LanguageModel => {
  checkModel(model)
  checkNames(options, ['totalMs', 'firstEventMs', 'betweenEventsMs', 'clock'])
  const rule = { min: 0, above: true }
  checkNumbers(options, { totalMs: rule, firstEventMs: rule, betweenEventsMs: rule })
  const { totalMs, firstEventMs, betweenEventsMs, clock = systemClock } = options
  if (totalMs === undefined && firstEventMs === undefined && betweenEventsMs === undefined)
    throw new InvalidArgument('options', 'totalMs, firstEventMs or betweenEventsMs', 'none of them')

  const open = async (request: ModelRequest): Promise<OpenedStream> => {
    const watchdog = createWatchdog({ model, request, clock, totalMs })
    const deadline = Math.min(request.deadline ?? Infinity, clock.now() + (totalMs ?? Infinity))
    const guarded: ModelRequest = {
      ...request,
      signal: watchdog.signal,
      meter: watchdog.meter,
      ...(deadline < Infinity && { deadline }),
    }
    const opening = startStream(model, guarded, watchdog.watcher)
    const begin = watchdog.guard({
      read: () => opening,
      patience: { limitMs: firstEventMs, of: 'began' },
    })
    const { first, rest } = await begin().catch((error: unknown) => {
      // Should it begin after all, nobody is there to read it.
      opening
        .then(
          (opened) => opened.rest.return?.(),
          () => undefined,
        )
        .catch(() => undefined)
      throw error
    })
    if (betweenEventsMs === undefined && totalMs === undefined) return { first, rest }
    const next = watchdog.guard({
      read: () => rest.next(),
      patience: { limitMs: betweenEventsMs, of: 'went on' },
    })
    return {
      first,
      rest: { next, return: () => rest.return?.() ?? Promise.resolve({ done: true, value: undefined }) },
    }
  }
  return wrapModel('timeout', { inner: [model], open })
}

import { InvalidArgument, type LanguageModel, type ModelEvent, type ModelRequest } from '@ashlar/core'
import { checkFunctions, checkModel, checkNames } from './check-options.ts'
import { type Clock, systemClock } from '@ashlar/core/clock'
import { startStream, type StreamEnd } from './model-stream.ts'
import { wrapModel } from './wrap-model.ts'

/** One call and how it went. */
export interface RecordedCall {
  readonly provider: string
  readonly modelId: string
  /** What was asked: plain data, without signal, meter and retry budget. */
  readonly request: Omit<ModelRequest, 'signal' | 'meter' | 'retryBudget'>
  /** Every event, in order. */
  readonly events: readonly ModelEvent[]
  /** `left`: its reader did not read on. */
  readonly outcome: 'finish' | 'error' | 'aborted' | 'left'
  readonly error?: unknown
  /** Milliseconds since the epoch. */
  readonly startedAt: number
  /** Milliseconds to the first event, where there was one. */
  readonly firstEventMs?: number
  readonly durationMs: number
}

export interface RecordOptions {
  /** Gets every call when it has ended; the stream is done when the sink is. Mind what secrets a conversation holds. */
  readonly sink: (call: RecordedCall) => void | Promise<void>
  /** Told when the sink fails, which never fails a call. */
  readonly onError?: (error: unknown) => void
  readonly clock?: Clock
}

/**
 * Gives every call to a sink: what was asked, what came, and how it ended.
 * @throws InvalidArgument when an option is wrong
 */
export const record = (model: LanguageModel, options: RecordOptions): LanguageModel => {
  checkModel(model)
  checkNames(options, ['sink', 'onError', 'clock'])
  if (options.sink === undefined) throw new InvalidArgument('sink', 'a function', undefined)
  checkFunctions(options, ['sink', 'onError'])
  const { sink, onError = () => undefined, clock = systemClock } = options

  const createRecording = (asked: ModelRequest) => {
    const { signal, meter: _meter, retryBudget: _budget, ...request } = asked
    const { provider, modelId } = model
    const startedAt = clock.now()
    const events: ModelEvent[] = []
    let firstEventMs: number | undefined
    const event = (next: ModelEvent): void => {
      firstEventMs ??= clock.now() - startedAt
      events.push(next)
    }
    const end = async (how: StreamEnd): Promise<void> => {
      const isAborted = how.type === 'error' && signal?.aborted === true
      const call: RecordedCall = {
        provider,
        modelId,
        request,
        events,
        outcome: isAborted ? 'aborted' : how.type,
        ...(how.type === 'error' && { error: how.error }),
        startedAt,
        ...(firstEventMs !== undefined && { firstEventMs }),
        durationMs: clock.now() - startedAt,
      }
      try {
        await sink(call)
      } catch (error) {
        onError(error)
      }
    }
    return { event, end }
  }
  return wrapModel('record', {
    inner: [model],
    open: (request) => startStream(model, request, createRecording(request)),
  })
}

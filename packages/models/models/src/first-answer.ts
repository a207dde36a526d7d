import { type LanguageModel, ModelError, type ModelRequest } from '@ashlar/core'
import type { Attempt } from '@ashlar/core/model'
import { attemptsOf, noneAnswered, withAttempts } from './attempts.ts'
import type { Clock } from '@ashlar/core/clock'
import { followSignal } from './follow-signal.ts'
import { type OpenedStream, startStream } from './model-stream.ts'
import { watchUsage } from './watch-usage.ts'

export interface FirstAnswerOptions {
  readonly request: ModelRequest
  /** Milliseconds until the next model is asked as well; 0 asks all at once. */
  readonly staggerMs: number
  readonly clock: Clock
}

const abandoned = 'abandoned: another call answered first'

/** One of the calls under way. */
interface Lane {
  readonly model: LanguageModel
  readonly stop: (reason: unknown) => void
  readonly usage: () => Attempt['usage']
}

/** Aborts nothing by itself; what it used is known once it has ended. */
const createLane = (
  model: LanguageModel,
  request: ModelRequest,
): Lane & { opening: Promise<OpenedStream> } => {
  const { controller, release } = followSignal(request.signal)
  const { meter, usage } = watchUsage(request.meter)
  const own: ModelRequest = { ...request, signal: controller.signal, meter }
  const opening = startStream(model, own, { end: release })
  return { model, usage, stop: (reason) => controller.abort(reason), opening }
}

/** What happened to the calls of one request. */
interface Field {
  readonly lanes: Set<Lane>
  readonly errors: ModelError[]
  readonly attempts: Attempt[]
}

const stopAll = ({ lanes }: Field, reason: unknown): void => {
  for (const lane of lanes) lane.stop(reason)
}

const noteAbandoned = ({ attempts }: Field, { model, usage }: Lane): void => {
  const { provider, modelId } = model
  const used = usage()
  attempts.push({ provider, modelId, error: abandoned, ...(used && { usage: used }) })
}

/**
 * The stream whose first event comes first; the other calls are aborted. Every call but the first takes a try from
 * the request's budget. Fails as soon as no call is left, with the errors of all.
 */
export const firstAnswer = (
  models: readonly LanguageModel[],
  { request, staggerMs, clock }: FirstAnswerOptions,
): Promise<OpenedStream> => {
  const { promise, resolve, reject } = Promise.withResolvers<OpenedStream>()
  const field: Field = { lanes: new Set(), errors: [], attempts: [] }
  let timer: unknown
  let isOver = false
  let launched = 0

  const settle = (reason: unknown): void => {
    isOver = true
    clock.clearTimeout(timer)
    stopAll(field, reason)
  }
  const won = (lane: Lane, opened: OpenedStream): void => {
    field.lanes.delete(lane)
    if (isOver) {
      noteAbandoned(field, lane)
      // It answered all the same: nobody reads it, so that what goes wrong when it is left is nobody's concern.
      void opened.rest.return?.().catch(() => undefined)
      return
    }
    settle(new DOMException(abandoned, 'AbortError'))
    resolve(launched > 1 ? withAttempts(opened, field.attempts) : opened)
  }
  const lost = (lane: Lane, error: unknown): void => {
    field.lanes.delete(lane)
    if (isOver) return noteAbandoned(field, lane)
    if (!ModelError.isInstance(error) || request.signal?.aborted) {
      settle(error)
      return reject(error)
    }
    field.errors.push(error)
    field.attempts.push(...attemptsOf(error))
    if (field.lanes.size > 0) return
    settle(error)
    reject(noneAnswered(field.errors))
  }
  const launchNext = (): void => {
    const model = models[launched]
    if (!model || (launched > 0 && request.retryBudget && !request.retryBudget.take())) return
    launched++
    const lane = createLane(model, request)
    field.lanes.add(lane)
    lane.opening.then(
      (opened) => won(lane, opened),
      (error: unknown) => lost(lane, error),
    )
    if (staggerMs === 0) launchNext()
    else if (launched < models.length) timer = clock.setTimeout(launchNext, staggerMs)
  }
  launchNext()
  return promise
}

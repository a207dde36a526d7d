import { type LanguageModel, ModelError, type ModelRequest } from '@ashlar/core'
import type { Attempt } from '@ashlar/core/model'
import { attemptsOf, noneAnswered, withAttempts } from './attempts.ts'
import type { Clock } from './clock.ts'
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

/**
 * The stream whose first event comes first; the other calls are aborted. Every call but the first takes a try from
 * the request's budget. Fails as soon as no call is left, with the errors of all.
 */
export const firstAnswer = (
  models: readonly LanguageModel[],
  { request, staggerMs, clock }: FirstAnswerOptions,
): Promise<OpenedStream> => {
  const { promise, resolve, reject } = Promise.withResolvers<OpenedStream>()
  const lanes = new Set<Lane>()
  const errors: ModelError[] = []
  const attempts: Attempt[] = []
  let timer: unknown
  let isOver = false
  let launched = 0

  const settle = (): void => {
    isOver = true
    clock.clearTimeout(timer)
  }
  const won = (lane: Lane, opened: OpenedStream): void => {
    lanes.delete(lane)
    if (isOver) return lost(lane, undefined, opened)
    settle()
    for (const other of lanes) other.stop(new DOMException(abandoned, 'AbortError'))
    resolve(launched > 1 ? withAttempts(opened, attempts) : opened)
  }
  const lost = (lane: Lane, error: unknown, opened?: OpenedStream): void => {
    lanes.delete(lane)
    const usage = lane.usage()
    const { provider, modelId } = lane.model
    if (isOver) attempts.push({ provider, modelId, error: abandoned, ...(usage && { usage }) })
    // It answered all the same: nobody reads it, so that what goes wrong when it is left is nobody's concern.
    void opened?.rest.return?.().catch(() => undefined)
    if (isOver) return
    if (!ModelError.isInstance(error) || request.signal?.aborted) {
      settle()
      for (const other of lanes) other.stop(error)
      return reject(error)
    }
    errors.push(error)
    attempts.push(...attemptsOf(error))
    if (lanes.size > 0) return
    settle()
    reject(noneAnswered(errors))
  }
  const launch = (model: LanguageModel): void => {
    launched++
    const { controller, release } = followSignal(request.signal)
    const { meter, usage } = watchUsage(request.meter)
    const lane: Lane = { model, usage, stop: (reason) => controller.abort(reason) }
    lanes.add(lane)
    const opening = startStream(model, { ...request, signal: controller.signal, meter }, { end: release })
    opening.then(
      (opened) => won(lane, opened),
      (error: unknown) => lost(lane, error),
    )
  }
  const launchNext = (): void => {
    const model = models[launched]
    if (!model || (launched > 0 && request.retryBudget && !request.retryBudget.take())) return
    launch(model)
    if (staggerMs === 0) launchNext()
    else if (launched < models.length) timer = clock.setTimeout(launchNext, staggerMs)
  }
  launchNext()
  return promise
}

import { type LanguageModel, type Meter, ModelError, type ModelRequest } from '@ashlar/core'
import { restateError } from './attempts.ts'
import { type Clock, longestTimer } from './clock.ts'
import { followSignal } from './follow-signal.ts'
import type { StreamWatcher } from './model-stream.ts'
import { createPartialAnswer } from './partial-answer.ts'
import { watchUsage } from './watch-usage.ts'

export interface WatchdogOptions {
  readonly model: LanguageModel
  readonly request: ModelRequest
  readonly clock: Clock
  readonly totalMs: number | undefined
}

/** How long to wait for something, and what to call it. */
export interface Patience {
  readonly limitMs: number | undefined
  readonly of: 'began' | 'went on'
}

/** The time of one call. */
export interface Watchdog {
  readonly signal: AbortSignal
  readonly meter: Meter
  /** Sees what has arrived, and when the call is over. */
  readonly watcher: StreamWatcher
  /** Passes the promise on, unless time is up first: then the call is aborted. */
  guard<T>(promise: Promise<T>, patience: Patience): Promise<T>
}

/** How long an aborted call has to say what it used, before the error goes without. */
const graceMs = 100

/** One timer a call, moved on when it fires rather than with every event. */
export const createWatchdog = ({ model, request, clock, totalMs = Infinity }: WatchdogOptions): Watchdog => {
  const { controller, release } = followSignal(request.signal)
  const { meter, usage } = watchUsage(request.meter)
  const seen = createPartialAnswer()
  const totalAt = clock.now() + totalMs
  let timer: unknown
  let timerDue = Infinity
  let waitDue = Infinity
  let patience: Patience = { limitMs: undefined, of: 'began' }
  let expired: ModelError | undefined
  let onExpired: (() => void) | undefined
  let isOver = false

  const complete = (error: ModelError): ModelError => {
    const partial = seen.all()
    const used = usage()
    return restateError(error, { ...(partial.length > 0 && { partial }), ...(used && { usage: used }) })
  }
  const expire = (limitMs: number, what: string): void => {
    const { provider, modelId } = model
    const message = `${provider}/${modelId}: the answer ${what} ${limitMs} ms`
    expired = new ModelError(message, { kind: 'timeout', provider, modelId })
    controller.abort(expired)
    onExpired?.()
  }
  const arm = (): void => {
    const due = Math.min(totalAt, waitDue)
    if (isOver || due >= timerDue) return
    clock.clearTimeout(timer)
    timerDue = due
    timer = clock.setTimeout(check, Math.min(longestTimer, Math.max(0, due - clock.now())))
  }
  const check = (): void => {
    timerDue = Infinity
    if (clock.now() >= totalAt) expire(totalMs, 'was not complete after')
    else if (clock.now() >= waitDue)
      expire(patience.limitMs ?? 0, patience.of === 'began' ? 'did not begin within' : 'did not go on for')
    else arm()
  }
  const end = (): void => {
    isOver = true
    clock.clearTimeout(timer)
    release()
  }
  const guard = <T>(promise: Promise<T>, next: Patience): Promise<T> =>
    new Promise((resolve, reject) => {
      patience = next
      waitDue = isOver || next.limitMs === undefined ? Infinity : clock.now() + next.limitMs
      arm()
      let grace: unknown
      const fail = (error: unknown): void => {
        clock.clearTimeout(grace)
        waitDue = Infinity
        end()
        reject(expired && error === expired ? complete(expired) : error)
      }
      onExpired = () => {
        grace = clock.setTimeout(() => fail(expired), graceMs)
      }
      if (expired) onExpired()
      promise.then((value) => {
        clock.clearTimeout(grace)
        waitDue = Infinity
        onExpired = undefined
        resolve(value)
      }, fail)
    })
  return { signal: controller.signal, meter, guard, watcher: { event: seen.event, end } }
}

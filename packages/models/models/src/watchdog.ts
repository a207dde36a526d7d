import { type LanguageModel, type Meter, ModelError, type ModelRequest, type Usage } from '@ashlar/core'
import type { ModelErrorFacts } from '@ashlar/core/errors'
import { restateError } from './attempts.ts'
import { type Clock, longestTimer } from '@ashlar/core/clock'
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

/** What is read with how much patience. */
export interface Guarded<T> {
  readonly read: () => Promise<T>
  readonly patience: Patience
}

/** The time of one call. */
export interface Watchdog {
  readonly signal: AbortSignal
  readonly meter: Meter
  /** Sees what has arrived, and when the call is over. */
  readonly watcher: StreamWatcher
  /** Gives a function that reads, unless time is up first: then the call is aborted. It reads one at a time. */
  guard<T>(guarded: Guarded<T>): () => Promise<T>
}

/** How long an aborted call has to say what it used, before the error goes without. */
const graceMs = 100

/** One timer a call, moved on when it fires rather than with every event. */
const createAlarm = (clock: Clock, { dueAt, ring }: { dueAt: () => number; ring: () => void }) => {
  let timer: unknown
  let firesAt = Infinity
  let isOff = false
  const set = (): void => {
    const due = dueAt()
    if (isOff || due >= firesAt) return
    clock.clearTimeout(timer)
    firesAt = due
    timer = clock.setTimeout(fire, Math.min(longestTimer, Math.max(0, due - clock.now())))
  }
  const fire = (): void => {
    firesAt = Infinity
    if (clock.now() >= dueAt()) ring()
    else set()
  }
  const off = (): void => {
    isOff = true
    clock.clearTimeout(timer)
  }
  return { set, off }
}

const lateError = (model: LanguageModel, what: string): ModelError => {
  const { provider, modelId } = model
  const message = `${provider}/${modelId}: the answer ${what} ms`
  return new ModelError(message, { kind: 'timeout', provider, modelId })
}

/** The error with what had arrived and what that used. */
const withPartial = (
  error: ModelError,
  { partial, usage }: { readonly partial: ModelErrorFacts['partial']; readonly usage: Usage | undefined },
): ModelError => restateError(error, { ...(partial?.length && { partial }), ...(usage && { usage }) })

const inWords = { began: 'did not begin within', 'went on': 'did not go on for' } as const

/** Where a call stands. */
interface Standing {
  waitUntil: number
  patience: Patience
  expired?: ModelError
  onExpired?: (() => void) | undefined
}

interface GuardOptions<T> extends Guarded<T> {
  readonly clock: Clock
  /** A promise is being waited for. */
  readonly onWait: () => void
  /** The call is over; gives the error to throw. */
  readonly onFailure: (error: unknown) => unknown
}

/** Its functions are made once, not with every event; all that is made then is a promise. */
const createGuard = <T>(
  standing: Standing,
  { read, patience, clock, onWait, onFailure }: GuardOptions<T>,
): (() => Promise<T>) => {
  let current: Promise<T> | undefined
  let resolve: ((value: T) => void) | undefined
  let reject: ((error: unknown) => void) | undefined
  let grace: unknown
  const hold = (onValue: (value: T) => void, onError: (error: unknown) => void): void => {
    resolve = onValue
    reject = onError
  }
  const stop = (): void => {
    if (standing.expired) clock.clearTimeout(grace)
    standing.waitUntil = Infinity
    standing.onExpired = undefined
    current = undefined
  }
  const succeed = (value: T): void => {
    stop()
    resolve?.(value)
  }
  const fail = (error: unknown): void => {
    stop()
    reject?.(onFailure(error))
  }
  const giveGrace = (): void => {
    grace = clock.setTimeout(() => fail(standing.expired), graceMs)
  }
  const readOne = (): Promise<T> => {
    if (current) return current.then(readOne)
    const waited = (current = new Promise(hold))
    standing.patience = patience
    standing.waitUntil = patience.limitMs === undefined ? Infinity : clock.now() + patience.limitMs
    onWait()
    standing.onExpired = giveGrace
    if (standing.expired) giveGrace()
    read().then(succeed, fail)
    return waited
  }
  return readOne
}

/** Watches over one call. */
export const createWatchdog = ({ model, request, clock, totalMs = Infinity }: WatchdogOptions): Watchdog => {
  const { controller, release } = followSignal(request.signal)
  const { meter, usage } = watchUsage(request.meter)
  const seen = createPartialAnswer()
  const totalAt = clock.now() + totalMs
  const standing: Standing = { waitUntil: Infinity, patience: { limitMs: undefined, of: 'began' } }
  const alarm = createAlarm(clock, {
    dueAt: () => Math.min(totalAt, standing.waitUntil),
    ring: () => {
      const { of, limitMs } = standing.patience
      const isTotal = clock.now() >= totalAt
      standing.expired = lateError(
        model,
        isTotal ? `was not complete after ${totalMs}` : `${inWords[of]} ${limitMs}`,
      )
      controller.abort(standing.expired)
      standing.onExpired?.()
    },
  })
  const end = (): void => {
    alarm.off()
    release()
  }
  const onFailure = (error: unknown): unknown => {
    end()
    const { expired } = standing
    return expired && error === expired
      ? withPartial(expired, { partial: seen.all(), usage: usage() })
      : error
  }
  return {
    signal: controller.signal,
    meter,
    watcher: { event: seen.event, end },
    guard: (guarded) => createGuard(standing, { ...guarded, clock, onWait: alarm.set, onFailure }),
  }
}

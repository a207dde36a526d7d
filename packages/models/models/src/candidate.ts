import type { LanguageModel } from '@ashlar/core'
import type { Clock } from '@ashlar/core/clock'

/** What a balancer knows of one of its models. */
export interface Candidate {
  readonly model: LanguageModel
  readonly weight: number
  /** Calls under way. */
  readonly busy: number
  /** Failures since the last success. */
  readonly failures: number
  /** When it failed last, in milliseconds since the epoch. */
  readonly failedAt: number
  /** Time to the first event in milliseconds, newer calls counting more; halves with time so that nobody is shunned for ever. */
  latencyMs(): number
}

/** A candidate whose calls are noted. */
export interface CountedCandidate extends Candidate {
  started(): void
  began(afterMs: number): void
  failed(afterMs: number): void
  ended(): void
}

/** How fast the past is forgotten (the decay of Finagle's peak EWMA). */
const decayMs = 10_000
/** What a failure costs in the order of latencies. */
const penaltyMs = 5000

export const createCandidate = (
  model: LanguageModel,
  { weight, clock }: { readonly weight: number; readonly clock: Clock },
): CountedCandidate => {
  let latency = 0
  let observedAt = clock.now()
  let busy = 0
  let failures = 0
  let failedAt = -Infinity
  const keeps = (): number => Math.exp((observedAt - clock.now()) / decayMs)
  const observe = (sample: number): void => {
    const kept = keeps()
    latency = sample > latency ? sample : latency * kept + sample * (1 - kept)
    observedAt = clock.now()
  }
  return {
    model,
    weight,
    get busy() {
      return busy
    },
    get failures() {
      return failures
    },
    get failedAt() {
      return failedAt
    },
    latencyMs: () => latency * keeps(),
    started: () => void busy++,
    began(afterMs) {
      failures = 0
      observe(afterMs)
    },
    failed(afterMs) {
      failures++
      failedAt = clock.now()
      observe(afterMs + penaltyMs)
    },
    ended: () => void busy--,
  }
}

import type { Clock } from '@ashlar/core/clock'

/** Calls pass, calls are refused, or one call tries whether the other side is back. */
export type BreakerState = 'closed' | 'open' | 'half-open'

/** Leave to make one call; its outcome counts only for the state it was given in. */
export interface Pass {
  readonly isProbe: boolean
  readonly generation: number
}

export interface CircuitOptions {
  readonly failures: number
  readonly windowMs: number
  readonly cooldownMs: number
  readonly clock: Clock
  readonly onStateChange: (state: BreakerState) => void
}

/** The state machine of a breaker. */
export interface Circuit {
  readonly state: BreakerState
  /** A pass, or the milliseconds until it makes sense to ask again. */
  enter(): Pass | number
  end(pass: Pass, outcome: CallOutcome): void
}

/** How a call ended, for the circuit: `abandoned` says nothing about the other side. */
export type CallOutcome = 'succeeded' | 'failed' | 'abandoned'

export const createCircuit = (options: CircuitOptions): Circuit => {
  const { failures, windowMs, cooldownMs, clock, onStateChange } = options
  let state: BreakerState = 'closed'
  let openedAt = 0
  /** While a probe is under way; one that nobody reads to its end does not block for ever. */
  let probingUntil = 0
  let generation = 0
  let recent: number[] = []

  const change = (next: BreakerState): void => {
    if (next !== 'half-open') {
      generation++
      recent = []
      probingUntil = 0
    }
    if (next === 'open') openedAt = clock.now()
    state = next
    onStateChange(next)
  }
  const coolsFor = (): number => openedAt + cooldownMs - clock.now()
  const fail = (): void => {
    const now = clock.now()
    recent = recent.filter((at) => at > now - windowMs)
    recent.push(now)
    if (recent.length >= failures) change('open')
  }

  return {
    get state() {
      return state === 'open' && coolsFor() <= 0 ? 'half-open' : state
    },
    enter() {
      if (state === 'closed') return { isProbe: false, generation }
      if (state === 'open' && coolsFor() > 0) return coolsFor()
      if (clock.now() < probingUntil) return probingUntil - clock.now()
      if (state === 'open') change('half-open')
      probingUntil = clock.now() + cooldownMs
      return { isProbe: true, generation }
    },
    end(pass, outcome) {
      if (pass.generation !== generation) return
      if (outcome === 'abandoned') {
        if (pass.isProbe) probingUntil = 0
      } else if (pass.isProbe) change(outcome === 'succeeded' ? 'closed' : 'open')
      else if (outcome === 'succeeded') recent = []
      else fail()
    },
  }
}

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
  succeeded(pass: Pass): void
  failed(pass: Pass): void
  /** The call said nothing about the other side. */
  abandoned(pass: Pass): void
}

export const createCircuit = (options: CircuitOptions): Circuit => {
  const { failures, windowMs, cooldownMs, clock, onStateChange } = options
  let state: BreakerState = 'closed'
  let openedAt = 0
  let isProbing = false
  let generation = 0
  let recent: number[] = []

  const change = (next: BreakerState): void => {
    if (next !== 'half-open') {
      generation++
      recent = []
      isProbing = false
    }
    if (next === 'open') openedAt = clock.now()
    state = next
    onStateChange(next)
  }
  const coolsFor = (): number => openedAt + cooldownMs - clock.now()
  const counts = ({ generation: given }: Pass): boolean => given === generation

  return {
    get state() {
      return state === 'open' && coolsFor() <= 0 ? 'half-open' : state
    },
    enter() {
      if (state === 'closed') return { isProbe: false, generation }
      if (state === 'open' && coolsFor() > 0) return coolsFor()
      if (isProbing) return cooldownMs
      if (state === 'open') change('half-open')
      isProbing = true
      return { isProbe: true, generation }
    },
    succeeded(pass) {
      if (!counts(pass)) return
      if (pass.isProbe) change('closed')
      else recent = []
    },
    failed(pass) {
      if (!counts(pass)) return
      if (pass.isProbe) return change('open')
      const now = clock.now()
      recent = recent.filter((at) => at > now - windowMs)
      recent.push(now)
      if (recent.length >= failures) change('open')
    },
    abandoned(pass) {
      if (counts(pass) && pass.isProbe) isProbing = false
    },
  }
}

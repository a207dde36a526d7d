import type { BreakerState, Pass } from './circuit.ts'
import type { CallOutcome, CircuitRules, CircuitStore } from './circuit-store.ts'

export interface SharedCircuitOptions {
  readonly store: CircuitStore
  readonly name: string
  readonly rules: CircuitRules
  readonly onStateChange: (state: BreakerState) => void
}

/** A circuit that is kept in a store, as one of those who share it sees it. */
export interface SharedCircuit {
  /** What the store said last. */
  readonly state: BreakerState
  enter(): Promise<Pass | number>
  end(pass: Pass, outcome: CallOutcome): void
}

export const createSharedCircuit = (options: SharedCircuitOptions): SharedCircuit => {
  const { store, name, rules, onStateChange } = options
  let state: BreakerState = 'closed'
  const see = (next: BreakerState | undefined): void => {
    if (!next || next === state) return
    state = next
    onStateChange(next)
  }
  return {
    get state() {
      return state
    },
    async enter() {
      const answer = await store.enter(name, rules)
      see(answer.state)
      return answer.pass
    },
    // The call does not wait for this.
    end: (pass, outcome) => void store.end(name, { pass, outcome, rules }).then(see, () => undefined),
  }
}

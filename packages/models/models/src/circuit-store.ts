import { type Clock, systemClock } from '@ashlar/core/clock'
import { type BreakerState, type CallOutcome, type Circuit, createCircuit, type Pass } from './circuit.ts'

export type { CallOutcome } from './circuit.ts'

/** When a circuit opens, and for how long. */
export interface CircuitRules {
  /** Failures in a row. */
  readonly failures: number
  /** Milliseconds after which a failure no longer counts. */
  readonly windowMs: number
  /** Milliseconds it stays open. */
  readonly cooldownMs: number
}

/** Leave to call, or the milliseconds until it makes sense to ask again; and the state after that. */
export interface CircuitAnswer {
  readonly state: BreakerState
  readonly pass: Pass | number
}

/**
 * Where several breakers keep one circuit: in one process, or on a server for many. `testCircuitStore` of
 * `@ashlar/models/testing` checks one.
 */
export interface CircuitStore {
  /** Asks for leave to make a call under a name. Does not throw. */
  enter(name: string, rules: CircuitRules): Promise<CircuitAnswer>
  /** Tells how the call ended; gives the state after that, where it is known. Does not throw. */
  end(name: string, ended: EndedCall): Promise<BreakerState | undefined>
}

export interface EndedCall {
  readonly pass: Pass
  readonly outcome: CallOutcome
  readonly rules: CircuitRules
}

/** Keeps circuits in this process, for models that fail together. */
export const memoryCircuits = ({ clock = systemClock }: { readonly clock?: Clock } = {}): CircuitStore => {
  const circuits = new Map<string, Circuit>()
  const circuitOf = (name: string, rules: CircuitRules): Circuit => {
    const circuit = circuits.get(name) ?? createCircuit({ ...rules, clock, onStateChange: () => undefined })
    circuits.set(name, circuit)
    return circuit
  }
  return {
    async enter(name, rules) {
      const circuit = circuitOf(name, rules)
      const pass = circuit.enter()
      return { pass, state: circuit.state }
    },
    async end(name, { pass, outcome, rules }) {
      const circuit = circuitOf(name, rules)
      circuit.end(pass, outcome)
      return circuit.state
    },
  }
}

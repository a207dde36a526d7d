import { type LanguageModel, ModelError, type ModelErrorKind, type ModelRequest } from '@ashlar/core'
import { type Causes, isAmong } from './check-kinds.ts'
import { checkFunctions, checkModel, checkNames, checkNumbers, checkStore } from './check-options.ts'
import { type BreakerState, createCircuit, type Pass } from './circuit.ts'
import type { CallOutcome, CircuitStore } from './circuit-store.ts'
import { createSharedCircuit } from './shared-circuit.ts'
import { type Clock, systemClock } from '@ashlar/core/clock'
import { type OpenedStream, startStream, type StreamEnd } from './model-stream.ts'
import { wrapModel } from './wrap-model.ts'

export type { BreakerState } from './circuit.ts'
export {
  type CallOutcome,
  type CircuitAnswer,
  type CircuitRules,
  type CircuitStore,
  type EndedCall,
  memoryCircuits,
} from './circuit-store.ts'

export interface BreakerOptions {
  /** Failures in a row that open the breaker. @default 5 */
  readonly failures?: number
  /** Older failures do not count, in milliseconds. @default 60_000 */
  readonly windowMs?: number
  /** How long no call is made, in milliseconds. @default 30_000 */
  readonly cooldownMs?: number
  /** The failures that count. @default overloaded, network and timeout */
  readonly on?: Causes
  /** Told of every change; what it throws is ignored. */
  readonly onStateChange?: (state: BreakerState) => void
  /**
   * One circuit with every breaker of the same store and name: `memoryCircuits()` for several models of a process,
   * `redisCircuits(url)` for several processes.
   * @default a circuit of its own
   */
  readonly store?: CircuitStore
  /** What breaks together, such as a vendor. @default provider and model */
  readonly name?: string
  readonly clock?: Clock
}

/** A model behind a circuit breaker. */
export interface Breaker extends LanguageModel {
  /** With a store: what that said last. */
  readonly state: BreakerState
}

const byDefault: readonly ModelErrorKind[] = ['overloaded', 'network', 'timeout']

/**
 * Stops calling a model that keeps failing. After `failures` in a row it is open: calls fail at once with an
 * `overloaded` error that is not `retryable`, so that a retry does not spin and a fallback goes on. After the cooldown
 * it is half-open: one call probes, the others are still refused until it ends, for a cooldown at most; an answer closes
 * it, a failure opens it again. A failure in the middle of a stream counts, an abort does not.
 *
 * @throws InvalidArgument when an option is wrong
 */
export const breaker = (model: LanguageModel, options: BreakerOptions = {}): Breaker => {
  checkModel(model)
  checkNames(options, ['failures', 'windowMs', 'cooldownMs', 'on', 'onStateChange', 'store', 'name', 'clock'])
  checkNumbers(options, {
    failures: { min: 1, whole: true },
    windowMs: { min: 0, above: true },
    cooldownMs: { min: 0, above: true },
  })
  checkFunctions(options, ['onStateChange'])
  checkStore(options, ['enter', 'end'])
  const { failures = 5, windowMs = 60_000, cooldownMs = 30_000, clock = systemClock } = options
  const isFailure = isAmong(options.on, byDefault)
  const onStateChange = (state: BreakerState): void => {
    try {
      options.onStateChange?.(state)
    } catch {
      // Telling must not change what is told of.
    }
  }
  const { provider, modelId } = model
  const { store, name = `${provider}/${modelId}` } = options
  const rules = { failures, windowMs, cooldownMs }
  const circuit = store
    ? createSharedCircuit({ store, name, rules, onStateChange })
    : createCircuit({ ...rules, clock, onStateChange })

  const outcomeOf = (pass: Pass, end: StreamEnd, { signal }: ModelRequest): CallOutcome | undefined => {
    if (end.type === 'finish') return 'succeeded'
    if (end.type === 'left' || signal?.aborted || !ModelError.isInstance(end.error)) return 'abandoned'
    if (isFailure(end.error)) return 'failed'
    // It answered, if only with a refusal: that is what a probe asks.
    return pass.isProbe ? 'succeeded' : undefined
  }
  const record = (pass: Pass, end: StreamEnd, request: ModelRequest): void => {
    const outcome = outcomeOf(pass, end, request)
    if (outcome) circuit.end(pass, outcome)
  }
  const open = async (request: ModelRequest): Promise<OpenedStream> => {
    request.signal?.throwIfAborted()
    const entered = circuit.enter()
    const pass = entered instanceof Promise ? await entered : entered
    if (typeof pass !== 'number')
      return startStream(model, request, { end: (end) => record(pass, end, request) })
    throw new ModelError(
      `${provider}/${modelId}: not called, its circuit breaker is open; ask again in ${pass} ms`,
      { kind: 'overloaded', provider, modelId, retryable: false, retryAfterMs: pass, attempts: [] },
    )
  }
  return {
    ...wrapModel('breaker', { inner: [model], open }),
    get state() {
      return circuit.state
    },
  }
}

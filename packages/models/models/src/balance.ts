import { InvalidArgument, type LanguageModel, ModelError, type ModelRequest } from '@ashlar/core'
import { createStrategy, type Strategy } from './balance-strategy.ts'
import { createCandidate } from './candidate.ts'
import { checkFunctions, checkModels, checkNames, checkNumbers } from './check-options.ts'
import { type Clock, systemClock } from '@ashlar/core/clock'
import { type OpenedStream, startStream, type StreamEnd } from './model-stream.ts'
import { wrapModel } from './wrap-model.ts'

export type { Strategy } from './balance-strategy.ts'

export interface BalanceOptions {
  /**
   * - `round-robin`: each in turn
   * - `weighted`: in turn, as often as `weights` say
   * - `least-busy`: the fewest calls under way
   * - `p2c-ewma`: of two at random, the one with the lower latency times load
   * - `cost`: the lowest `costOf`
   * - `health-first`: in turn, those first that have not failed lately and whose breaker is not open
   * - `random`
   * - `{ sticky }`: the requests of one session to one model, which keeps the vendor's prompt cache warm
   * @default 'round-robin'
   */
  readonly strategy?: Strategy
  /** One for each model, for `weighted`. */
  readonly weights?: readonly number[]
  /** What a request costs with a model, in any unit; unknown is dearest. For `cost`. */
  readonly costOf?: (model: LanguageModel, request: ModelRequest) => number | undefined
  /** How long a failed model comes last with `health-first`, in milliseconds. @default 30_000 */
  readonly unhealthyMs?: number
  readonly clock?: Clock
  /** At least 0 and below 1. @default Math.random */
  readonly random?: () => number
}

const checkWeights = (count: number, { strategy, weights }: BalanceOptions): void => {
  if (strategy !== 'weighted' && weights === undefined) return
  const isGood =
    Array.isArray(weights) && weights.length === count && weights.every((one) => one > 0 && one < Infinity)
  if (!isGood || strategy !== 'weighted')
    throw new InvalidArgument('weights', `${count} numbers above 0, with the strategy 'weighted'`, weights)
}

/**
 * Spreads requests over models. Each request goes to one: put it into `retry` to ask another after a failure, with a
 * strategy that sees failures (`health-first`, `p2c-ewma`) or takes turns.
 *
 * @throws InvalidArgument when an option is wrong, the list is empty, or a model is in it twice
 */
export const balance = (models: readonly LanguageModel[], options: BalanceOptions = {}): LanguageModel => {
  checkModels(models)
  checkNames(options, ['strategy', 'weights', 'costOf', 'unhealthyMs', 'clock', 'random'])
  checkNumbers(options, { unhealthyMs: { min: 0 } })
  checkFunctions(options, ['costOf', 'random'])
  checkWeights(models.length, options)
  const { strategy = 'round-robin', weights, costOf, unhealthyMs = 30_000, clock = systemClock } = options
  const { random = Math.random } = options
  const choose = createStrategy(strategy, { random, now: clock.now, unhealthyMs, costOf })
  const [first, ...others] = models.map((model, index) =>
    createCandidate(model, { weight: weights?.[index] ?? 1, clock }),
  )
  if (!first) throw new InvalidArgument('models', 'at least one model', 'an empty list')
  const candidates = [first, ...others] as const

  const open = async (request: ModelRequest): Promise<OpenedStream> => {
    const chosen = choose(candidates, request)
    const candidate = candidates.find((one) => one === chosen) ?? first
    const startedAt = clock.now()
    const end = (how: StreamEnd): void => {
      candidate.ended()
      const isFault = how.type === 'error' && ModelError.isInstance(how.error) && !request.signal?.aborted
      if (isFault) candidate.failed(clock.now() - startedAt)
    }
    candidate.started()
    const opened = await startStream(candidate.model, request, { end })
    candidate.began(clock.now() - startedAt)
    return opened
  }
  return wrapModel('balance', { inner: models, open })
}

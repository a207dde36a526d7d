import {
  type FinishEvent,
  type LanguageModel,
  ModelError,
  type ModelEvent,
  type ModelRequest,
} from '@ashlar/core'
import type { Attempt } from '@ashlar/core/model'
import { BudgetExceeded } from './budget-exceeded.ts'
import type { BudgetMeter } from './budget-meter.ts'
import type { PricedModel } from './pricing.ts'

/** Another model answered than the one that was asked, as there was no room for that. */
export interface Degraded {
  readonly runId: string | undefined
  readonly from: PricedModel
  readonly to: PricedModel
  /** Why: which budget, what is spent of it, and what was needed. */
  readonly reason: BudgetExceeded
  /** Every model asked in vain, the first included. The answer's `attempts` begin with them. */
  readonly attempts: readonly Attempt[]
}

/** What may be spent on one call, and what happens when there is no room for it. */
export interface SpendingOptions {
  /**
   * The models asked instead when there is no room, in turn: a cheaper one, or one that answers from a cache. From the
   * first refusal on, one that fails before its first event is passed over as well. When none answers, the call fails
   * with the last `BudgetExceeded`, whose `cause` is what failed after it. Each has to have a price.
   * @default none
   */
  readonly atLimit?: readonly LanguageModel[]
  /** Told when one of them has begun to answer. @default nobody */
  readonly onDegraded?: (degraded: Degraded) => void
  /**
   * For requests that set no limit: all that a model may write is reserved, which is much where it may write much.
   * @default the model's own limit, or less where the budget has no room for that
   */
  readonly maxOutputTokens?: number
  /**
   * The shortest answer worth having, in tokens. A call without a limit is made with one of half of what there is room
   * for, down to this; cut there, it ends with `length`. `false`: there is room for all it may write, or it is refused.
   * @default 1024
   */
  readonly minOutputTokens?: number | false
}

/** The request, with a limit where it has none. */
export const withOutputLimit = (request: ModelRequest, maxOutputTokens: number | undefined): ModelRequest =>
  maxOutputTokens === undefined || request.maxOutputTokens !== undefined
    ? request
    : { ...request, maxOutputTokens }

export interface MeteredCall {
  readonly meter: BudgetMeter
  /** The model, and those that are asked instead when there is no room for it. */
  readonly models: readonly LanguageModel[]
  /** Starts the call; it has to pass `meter` on in the request. */
  readonly open: (model: LanguageModel) => AsyncIterable<ModelEvent>
  readonly signal: AbortSignal | undefined
  readonly runId: string | undefined
  readonly onDegraded: ((degraded: Degraded) => void) | undefined
  readonly onError: (error: unknown) => void
}

const attemptsOf = ({ provider, modelId }: LanguageModel, error: unknown): readonly Attempt[] => {
  if (ModelError.isInstance(error) && error.attempts) return error.attempts
  const usage = ModelError.isInstance(error) ? error.usage : undefined
  const message = error instanceof Error ? error.message : String(error)
  return [{ provider, modelId, error: message, ...(usage && { usage }) }]
}

const finishAfter = (finish: FinishEvent, earlier: readonly Attempt[]): FinishEvent => {
  const { response, usage, attempts } = finish
  const { provider, modelId } = response
  return { ...finish, attempts: [...earlier, ...(attempts ?? [{ provider, modelId, usage }])] }
}

const name = ({ provider, modelId }: PricedModel): PricedModel => ({ provider, modelId })

/** What a call has come to that had no room. */
class Refused {
  readonly attempts: Attempt[] = []
  #reason: BudgetExceeded
  constructor(reason: BudgetExceeded) {
    this.#reason = reason
  }
  get reason(): BudgetExceeded {
    return this.#reason
  }
  add(model: LanguageModel, error: unknown): void {
    this.attempts.push(...attemptsOf(model, error))
    if (BudgetExceeded.isInstance(error)) this.#reason = error
    else this.#reason.cause ??= error
  }
}

/** Tells of another model that answers; whoever is told cannot harm it. */
const tellDegraded = (call: MeteredCall, to: LanguageModel, { reason, attempts }: Refused): void => {
  const [from = to] = call.models
  try {
    call.onDegraded?.({ runId: call.runId, from: name(from), to: name(to), reason, attempts: [...attempts] })
  } catch (error) {
    call.onError(error)
  }
}

/** The answer of the first model the budget has room for; when it ends, the ledger knows what it cost. */
export async function* meteredStream(call: MeteredCall): AsyncGenerator<ModelEvent> {
  const { meter, models, open, signal } = call
  let refused: Refused | undefined
  try {
    for (const model of models) {
      let begun = false
      try {
        for await (const event of open(model)) {
          if (refused && !begun) tellDegraded(call, model, refused)
          begun = true
          yield refused && event.type === 'finish' ? finishAfter(event, refused.attempts) : event
        }
        return
      } catch (error) {
        if (begun || signal?.aborted) throw error
        if (!refused && !BudgetExceeded.isInstance(error)) throw error
        refused ??= BudgetExceeded.isInstance(error) ? new Refused(error) : undefined
        refused?.add(model, error)
      }
    }
  } finally {
    await meter.settled()
  }
  throw refused?.reason
}

import type { LanguageModel, ModelEvent, ModelRequest } from '@ashlar/core'
import { BudgetExceeded } from './budget-exceeded.ts'
import type { BudgetMeter } from './budget-meter.ts'

/** What may be spent on one call, and what happens when there is no room for it. */
export interface SpendingOptions {
  /**
   * The models asked instead when there is no room, in turn: a cheaper one, or one that answers from a cache. When there
   * is none for any, the call fails with the `BudgetExceeded` of the last.
   * @default none
   */
  readonly atLimit?: readonly LanguageModel[]
  /**
   * For requests that set no limit: all that a model may write is reserved, which is much where it may write much.
   * @default the model's own limit
   */
  readonly maxOutputTokens?: number
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
}

/** The answer of the first model the budget has room for; when it ends, the ledger knows what it cost. */
export async function* meteredStream({ meter, models, open }: MeteredCall): AsyncGenerator<ModelEvent> {
  try {
    for (const [index, model] of models.entries()) {
      let begun = false
      try {
        for await (const event of open(model)) {
          begun = true
          yield event
        }
        return
      } catch (error) {
        if (begun || index === models.length - 1 || !BudgetExceeded.isInstance(error)) throw error
      }
    }
  } finally {
    await meter.settled()
  }
}

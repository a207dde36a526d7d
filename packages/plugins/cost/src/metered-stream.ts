import type { LanguageModel, ModelEvent } from '@ashlar/core'
import { BudgetExceeded } from './budget-exceeded.ts'
import type { BudgetMeter } from './budget-meter.ts'

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

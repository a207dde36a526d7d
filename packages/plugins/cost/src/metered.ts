import type { LanguageModel } from '@ashlar/core'
import type { AtLimit } from './budget.ts'
import { type BudgetOptions, createBudget } from './create-budget.ts'
import type { Charge } from './ledger.ts'
import { meteredStream } from './metered-stream.ts'

/** Options of `metered`: a limit of its own is for everything in the ledger unless it says `per`. */
export interface MeteredOptions extends BudgetOptions, AtLimit, Pick<Charge, 'runId'> {}

/**
 * A model under a budget, with no agent: its upstream calls are reserved and settled, and refused with `BudgetExceeded`
 * when there is no room.
 * @throws InvalidArgument for wrong options
 */
export const metered = (model: LanguageModel, options: MeteredOptions): LanguageModel => {
  const { runId, key, project, kind, atLimit = [] } = options
  const spending = createBudget({ ...options, per: options.per ?? 'all' })
  const charge: Charge = {
    ...(runId !== undefined && { runId }),
    ...(key !== undefined && { key }),
    ...(project !== undefined && { project }),
    ...(kind !== undefined && { kind }),
  }
  spending.meter(charge)
  return {
    provider: model.provider,
    modelId: model.modelId,
    stream: (request) => {
      const meter = spending.meter(charge, request.meter)
      return meteredStream({
        meter,
        models: [model, ...atLimit],
        open: (each) => each.stream({ ...request, meter }),
      })
    },
  }
}

import type { EmbeddingModel, LanguageModel } from '@ashlar/core'
import { checkAtLimit } from './at-limit.ts'
import { type Budget, type BudgetOptions, createBudget, warnOf } from './create-budget.ts'
import type { Charge } from './ledger.ts'
import { meteredStream, type SpendingOptions, withOutputLimit } from './metered-stream.ts'
import { checkRoom, withinRoom } from './within-room.ts'

/** Options of `metered`: a limit of its own is for everything in the ledger unless it says `per`. */
export interface MeteredOptions extends BudgetOptions, SpendingOptions, Pick<Charge, 'runId'> {}

/** A model under a budget. */
export interface MeteredModel extends LanguageModel, Pick<Budget, 'flush'> {}

const chargeOf = ({ runId, key, project, kind }: Charge): Charge => ({
  ...(runId !== undefined && { runId }),
  ...(key !== undefined && { key }),
  ...(project !== undefined && { project }),
  ...(kind !== undefined && { kind }),
})

/**
 * A model under a budget, with no agent: its upstream calls are reserved and settled, and refused with `BudgetExceeded`
 * when there is no room.
 * @throws InvalidArgument for wrong options
 */
export const metered = (model: LanguageModel, options: MeteredOptions): MeteredModel => {
  const { atLimit = [], maxOutputTokens, runId, onDegraded, onError = warnOf } = options
  checkAtLimit(atLimit, options)
  const room = checkRoom(options)
  const charge = chargeOf(options)
  const spending = createBudget({ ...options, per: options.per ?? 'all' })
  spending.meter(charge)
  return {
    provider: model.provider,
    modelId: model.modelId,
    flush: (timeoutMs) => spending.flush(timeoutMs),
    stream: (asked) => {
      const request = withOutputLimit(asked, maxOutputTokens)
      const meter = spending.meter(charge, request.meter)
      return meteredStream({
        meter,
        models: [model, ...atLimit],
        open: (each) => withinRoom({ ...request, meter }, (roomy) => each.stream(roomy), room),
        signal: request.signal,
        runId,
        onDegraded,
        onError,
      })
    },
  }
}

/** An embedding model under a budget; every request it is split into is reserved and settled. */
export const meteredEmbeddings = (
  model: EmbeddingModel,
  options: BudgetOptions & Pick<Charge, 'runId'>,
): EmbeddingModel => {
  const charge = chargeOf(options)
  const spending = createBudget({ ...options, per: options.per ?? 'all' })
  spending.embeddingMeter(charge)
  return {
    provider: model.provider,
    modelId: model.modelId,
    embed: async (texts, asked = {}) => {
      const meter = spending.embeddingMeter(charge, asked.meter)
      try {
        return await model.embed(texts, { ...asked, meter })
      } finally {
        await meter.settled()
      }
    },
  }
}

import type * as Cost from '@ashlar/cost'
import type { Journal } from '../durable/journal.ts'
import { answersIn } from '../view/recorded-answer.ts'

/** `@ashlar/cost`, where it is installed. */
const loadCost = async (): Promise<typeof Cost | undefined> => {
  try {
    return await import('@ashlar/cost')
  } catch {
    return undefined
  }
}

/**
 * What the recorded answers of a run cost by the list prices, as `$0.0123`; with `+` where a price is unknown. Undefined
 * without `@ashlar/cost`. What failed tries cost is not in the journal.
 */
export const costOfRun = async (
  journal: Pick<Journal, 'steps'>,
  runId: string,
): Promise<string | undefined> => {
  const cost = await loadCost()
  if (!cost) return undefined
  const prices = cost.createPriceBook()
  let pico = 0n
  let isPartial = false
  for (const { usage, provider, modelId } of answersIn(await journal.steps(runId)))
    try {
      pico += cost.costOf(usage, { provider, modelId, prices }).pico
    } catch (error) {
      if (!cost.UnknownPrice.isInstance(error)) throw error
      isPartial = true
    }
  return `${cost.formatUsd(pico)}${isPartial ? '+' : ''}`
}

import { InvalidArgument, type LanguageModel } from '@ashlar/core'
import { createPriceBook } from './price-book.ts'
import type { Pricing, PricingOptions } from './pricing.ts'
import { UnknownPrice } from './unknown-price.ts'

/**
 * A model without a price would be refused when it is needed, so it is refused now. Prices that are no list cannot be
 * asked without a call.
 * @throws InvalidArgument naming the model that has none
 */
export const checkAtLimit = (
  atLimit: readonly LanguageModel[],
  options: PricingOptions & { readonly pricing?: Pricing },
): void => {
  if (options.pricing || atLimit.length === 0) return
  const { prices = createPriceBook(), tier, region } = options
  const served = { ...(tier && { tier }), ...(region !== undefined && { region }) }
  for (const [index, { provider, modelId }] of atLimit.entries())
    try {
      prices.find({ provider, modelId, ...served })
    } catch (error) {
      if (!UnknownPrice.isInstance(error)) throw error
      const wanted = 'a model with a price: give it in the overrides, or name its provider as `free`'
      throw new InvalidArgument(`atLimit[${index}]`, wanted, `${provider}/${modelId}`)
    }
}

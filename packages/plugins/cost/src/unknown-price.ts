import { AshlarError } from '@ashlar/core'

export interface UnknownPriceFacts {
  readonly provider: string
  readonly modelId: string
  /** What is not known: the model, its price for a kind of token, a tier, or how much it may write. */
  readonly missing: string
  /** What to do. @default to give it in the price overrides, or to choose another model */
  readonly remedy?: string
}

/** What a call costs, or may cost, is not known. It is never taken to be nothing: give the price in the overrides. */
export class UnknownPrice extends AshlarError {
  readonly provider: string
  readonly modelId: string
  readonly missing: string
  override name = 'UnknownPrice'
  constructor({ provider, modelId, missing, remedy }: UnknownPriceFacts) {
    const advice = remedy ?? 'give it in the price overrides, or choose another model'
    super('unknown-price', `${provider}/${modelId}: ${missing} is not known; ${advice}`)
    this.provider = provider
    this.modelId = modelId
    this.missing = missing
  }
  static override isInstance(error: unknown): error is UnknownPrice {
    return AshlarError.isInstance(error) && error.name === 'UnknownPrice'
  }
}

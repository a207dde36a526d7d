import { AshlarError } from '@ashlar/core'

/** A cassette is missing, damaged, or does not have what is asked of it; the message shows the difference. */
export class CassetteError extends AshlarError {
  override name = 'CassetteError'
  constructor(message: string, options?: ErrorOptions) {
    super('cassette', message, options)
  }
  static override isInstance(error: unknown): error is CassetteError {
    return AshlarError.isInstance(error) && error.name === 'CassetteError'
  }
}

import { AshlarError } from '@ashlar/core'

/** A script does not fit the run: it ran out of turns, or turns were left over. */
export class ScriptError extends AshlarError {
  override name = 'ScriptError'
  constructor(message: string, options?: ErrorOptions) {
    super('script', message, options)
  }
  static override isInstance(error: unknown): error is ScriptError {
    return AshlarError.isInstance(error) && error.name === 'ScriptError'
  }
}

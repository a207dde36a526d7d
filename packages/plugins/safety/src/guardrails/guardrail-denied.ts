import { AshlarError } from '@ashlar/core'
import type { GuardrailStage } from './guardrail.ts'

/** A guardrail refused; the cause of the `PluginError` (input) or `ModelError` (output) that ends the run. */
export class GuardrailDenied extends AshlarError {
  readonly guardrail: string
  readonly stage: GuardrailStage
  readonly reason: string
  override name = 'GuardrailDenied'
  constructor(guardrail: string, stage: GuardrailStage, reason: string) {
    super('guardrail-denied', `Guardrail "${guardrail}" refused the ${stage}: ${reason}`)
    this.guardrail = guardrail
    this.stage = stage
    this.reason = reason
  }
  static override isInstance(error: unknown): error is GuardrailDenied {
    return AshlarError.isInstance(error) && error.name === 'GuardrailDenied'
  }
}

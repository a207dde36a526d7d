import { createRedactor, type Redactor, type RedactOptions } from '../redact/redactor.ts'
import type { MaskGuardrail } from './guardrail.ts'

/** Masks secrets and personal data wherever a run keeps or shows them. Takes options, or a redactor. */
export const redaction = (options: RedactOptions | Redactor = {}): MaskGuardrail => ({
  name: 'redaction',
  priority: -100,
  mask: 'stream' in options ? options : createRedactor(options),
})

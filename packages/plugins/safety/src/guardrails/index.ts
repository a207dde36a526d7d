export { findInjection, type InjectionMarker } from './find-injection.ts'
export type {
  CheckGuardrail,
  Guardrail,
  GuardrailReport,
  GuardrailStage,
  GuardrailSubject,
  GuardrailVerdict,
  MaskGuardrail,
} from './guardrail.ts'
export { GuardrailDenied } from './guardrail-denied.ts'
export { guardrails, type GuardrailsOptions } from './guardrails.ts'
export { injectionMarkers, type InjectionMarkersOptions } from './injection-markers.ts'
export { judge, type JudgeOptions } from './judge.ts'
export { maxSize, type MaxSizeOptions } from './max-size.ts'
export { outputSchema } from './output-schema.ts'
export { redaction } from './redaction.ts'
export { createReview, type Review, type ReviewOptions } from './review.ts'

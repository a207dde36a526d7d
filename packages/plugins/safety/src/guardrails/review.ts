import { InvalidArgument } from '@ashlar/core'
import type {
  CheckGuardrail,
  Guardrail,
  GuardrailReport,
  GuardrailStage,
  GuardrailSubject,
  GuardrailVerdict,
  MaskGuardrail,
} from './guardrail.ts'
import { GuardrailDenied } from './guardrail-denied.ts'

export interface ReviewOptions {
  /** Hears of everything that was refused or changed; what it throws changes nothing. */
  readonly onReport?: ((report: GuardrailReport) => void) | undefined
}

/** Masks, one after the other. */
export interface Masks {
  readonly text: (text: string) => string
  readonly value: (value: unknown) => unknown
  readonly error: (error: unknown) => unknown
  /** A text in pieces. */
  readonly stream: () => { readonly push: (chunk: string) => string; readonly end: () => string }
}

/** Guardrails in order. */
export interface Review {
  readonly masks: Masks
  /** Whether anything looks at the whole of a text of that stage. */
  readonly checks: (stage: GuardrailStage) => boolean
  /** The subject as it may go on. @throws GuardrailDenied */
  readonly check: (subject: GuardrailSubject) => Promise<GuardrailSubject>
}

const stages: readonly GuardrailStage[] = ['input', 'call', 'result', 'output']

const problemOf = (guardrail: Guardrail): string | undefined => {
  if (typeof guardrail.name !== 'string' || guardrail.name === '') return 'a name'
  if (guardrail.priority !== undefined && !Number.isFinite(guardrail.priority))
    return 'a number as its priority'
  if ('mask' in guardrail)
    return typeof guardrail.mask?.text === 'function' ? undefined : 'a redactor as its mask'
  if (typeof guardrail.check !== 'function') return 'a check or a mask'
  const { stages: given } = guardrail
  if (!Array.isArray(given) || given.length === 0 || !given.every((stage) => stages.includes(stage)))
    return `stages of ${stages.join(', ')}`
  return undefined
}

const chain = (masks: readonly MaskGuardrail[]): Masks => ({
  text: (text) => masks.reduce((shown, { mask }) => mask.text(shown), text),
  value: (value) => masks.reduce((shown, { mask }) => mask.value(shown), value),
  error: (error) => masks.reduce((shown, { mask }) => mask.error(shown), error),
  stream: () => {
    const streams = masks.map(({ mask }) => mask.stream())
    return {
      push: (chunk) => streams.reduce((shown, stream) => (shown === '' ? '' : stream.push(shown)), chunk),
      end: () =>
        streams.reduce((shown, stream) => (shown === '' ? '' : stream.push(shown)) + stream.end(), ''),
    }
  },
})

const isVerdict = (given: GuardrailVerdict | undefined): given is GuardrailVerdict =>
  given?.verdict === 'allow' ||
  given?.verdict === 'deny' ||
  (given?.verdict === 'modify' && ('input' in given || typeof given.text === 'string'))

const verdictOf = async (guardrail: CheckGuardrail, subject: GuardrailSubject): Promise<GuardrailVerdict> => {
  try {
    const verdict: GuardrailVerdict | undefined = await guardrail.check(subject)
    return isVerdict(verdict) ? verdict : { verdict: 'deny', reason: 'it gave no verdict' }
  } catch {
    subject.signal.throwIfAborted()
    // Its message may quote what it looked at.
    return { verdict: 'deny', reason: 'it failed' }
  }
}

/**
 * Puts guardrails in the order of their priority.
 * @throws InvalidArgument naming the guardrail that is not one
 */
export const createReview = (guardrails: readonly Guardrail[], { onReport }: ReviewOptions = {}): Review => {
  for (const [index, guardrail] of guardrails.entries()) {
    const problem = problemOf(guardrail)
    if (problem)
      throw new InvalidArgument(`guardrails[${index}]`, `a guardrail with ${problem}`, guardrail.name)
  }
  const ordered = guardrails.toSorted((a, b) => (a.priority ?? 0) - (b.priority ?? 0))
  const report = (about: GuardrailReport): void => {
    try {
      onReport?.(about)
    } catch {
      // Whoever listens does not decide.
    }
  }
  const masks = chain(ordered.filter((one) => 'mask' in one))
  const checking = ordered.filter((one) => 'check' in one)
  const at = (stage: GuardrailStage): CheckGuardrail[] => checking.filter((one) => one.stages.includes(stage))
  return {
    masks,
    checks: (stage) => at(stage).length > 0,
    check: async (given) => {
      let subject = given
      for (const guardrail of at(given.stage)) {
        const verdict = await verdictOf(guardrail, subject)
        if (verdict.verdict === 'allow') continue
        const { stage, tool } = subject
        const reason = masks.text(verdict.reason)
        report({
          guardrail: guardrail.name,
          stage,
          verdict: verdict.verdict,
          reason,
          ...(tool !== undefined && { tool }),
        })
        if (verdict.verdict === 'deny') throw new GuardrailDenied(guardrail.name, stage, reason)
        if ('input' in verdict) {
          const { input } = verdict
          subject = { ...subject, input, text: JSON.stringify(input) ?? 'null' }
        } else if (verdict.text !== undefined) subject = { ...subject, text: masks.text(verdict.text) }
      }
      return subject
    },
  }
}

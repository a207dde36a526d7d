import type { Message } from '@ashlar/core'
import type { Redactor } from '../redact/redactor.ts'

/** Where a guardrail looks: what the user says, a call of a tool, what it gave, what the model answers. */
export type GuardrailStage = 'input' | 'call' | 'result' | 'output'

/** What is looked at. */
export interface GuardrailSubject {
  readonly stage: GuardrailStage
  /** What it says; of a call, its input as JSON. */
  readonly text: string
  /** Of a call: its input. */
  readonly input?: unknown
  /** Of a call and a result: the tool's name. */
  readonly tool?: string
  /** Of an output: the model calls no tools, so this is its answer. */
  readonly isFinal?: boolean
  readonly agent: string
  readonly signal: AbortSignal
}

/** Passes on, refuses, or passes on something else: `text`, or the `input` of a call. */
export type GuardrailVerdict =
  | { readonly verdict: 'allow' }
  | { readonly verdict: 'deny'; readonly reason: string }
  | { readonly verdict: 'modify'; readonly text?: string; readonly input?: unknown; readonly reason: string }

interface Named {
  readonly name: string
  /** Lower ones come first; of equals, the first in the list. @default 0 */
  readonly priority?: number
}

/** Looks at the whole of a text and judges. One that throws has denied. */
export interface CheckGuardrail extends Named {
  readonly stages: readonly GuardrailStage[]
  readonly check: (subject: GuardrailSubject) => GuardrailVerdict | Promise<GuardrailVerdict>
}

/** Only masks: everything that a run keeps or shows, the pieces of a stream and errors included. */
export interface MaskGuardrail extends Named {
  readonly mask: Pick<Redactor, 'text' | 'value' | 'error' | 'stream'>
}

/** One thing that is looked after. */
export type Guardrail = CheckGuardrail | MaskGuardrail

/** What a guardrail did; `text` is not in it. */
export interface GuardrailReport {
  readonly guardrail: string
  readonly stage: GuardrailStage
  readonly verdict: 'deny' | 'modify'
  readonly reason: string
  readonly tool?: string
}

/** The messages that are new to a run: those after the last answer of the model. */
export const isNew = (messages: readonly Message[], index: number): boolean =>
  index > messages.findLastIndex(({ role }) => role === 'assistant')

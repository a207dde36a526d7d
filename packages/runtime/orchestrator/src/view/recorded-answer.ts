import { isObject, type JsonValue, type Usage } from '@ashlar/core'
import type { StepRecord } from '../durable/journal.ts'

/** A recorded answer of a model. */
export interface Answer {
  readonly key: string
  readonly parts: readonly Readonly<Record<string, JsonValue | undefined>>[]
  readonly usage: Usage
  readonly provider: string
  readonly modelId: string
}

const isUsage = (value: unknown): value is Usage =>
  isObject(value) && typeof value['inputTokens'] === 'number' && typeof value['outputTokens'] === 'number'

const textOr = (value: unknown): string => (typeof value === 'string' ? value : '')

const toAnswer = ({ key, value }: StepRecord): Answer | undefined => {
  if (!Array.isArray(value)) return undefined
  const parts: Answer['parts'][number][] = []
  for (const event of value) {
    if (!isObject(event)) continue
    const { type, part, usage, response } = event
    if (type === 'part' && isObject(part)) parts.push(part)
    if (type !== 'finish' || !isUsage(usage)) continue
    const { provider, modelId } = isObject(response) ? response : {}
    return { key, parts, usage, provider: textOr(provider), modelId: textOr(modelId) }
  }
  return undefined
}

/** The answers among the steps of a run, in the order in which they came. */
export const answersIn = (steps: readonly StepRecord[]): Answer[] =>
  steps.flatMap((step) => (step.key.includes(':model/') ? (toAnswer(step) ?? []) : []))

/** What the model wrote for its reader. */
export const textOfAnswer = ({ parts }: Pick<Answer, 'parts'>): string =>
  parts.flatMap(({ type, text }) => (type === 'text' && typeof text === 'string' ? [text] : [])).join('')

export const tokensOf = (answers: readonly Answer[]): number =>
  answers.reduce((sum, { usage }) => sum + usage.inputTokens + usage.outputTokens, 0)

import { describeIssues, type Schema, toValidator } from '@ashlar/core/schema'
import type { CheckGuardrail } from './guardrail.ts'

/**
 * Refuses an answer that is not JSON of this schema (any Standard Schema, or JSON Schema). To have it asked for again
 * instead, use the `output` of the run; this is for what must never leave otherwise.
 */
export const outputSchema = (schema: Schema): CheckGuardrail => {
  const validate = toValidator(schema)
  return {
    name: 'output-schema',
    stages: ['output'],
    check: async ({ text, isFinal }) => {
      if (isFinal !== true) return { verdict: 'allow' }
      let value: unknown
      try {
        value = JSON.parse(text)
      } catch {
        return { verdict: 'deny', reason: 'the answer is not JSON' }
      }
      const { issues } = await validate(value)
      if (!issues) return { verdict: 'allow' }
      return { verdict: 'deny', reason: `the answer does not fit its schema: ${describeIssues(issues)}` }
    },
  }
}

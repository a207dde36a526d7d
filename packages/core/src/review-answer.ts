import type { Verdict } from './loop.ts'
import { describeIssues } from './schema-result.ts'
import type { Validator } from './schema.ts'

const fence = /^```(?:json)?\s*\n([\s\S]*?)\n?```$/

/** The JSON of an answer, with or without a Markdown fence around it. @throws SyntaxError when there is none */
const parse = (text: string): unknown => {
  const trimmed = text.trim()
  return JSON.parse(fence.exec(trimmed)?.[1] ?? trimmed)
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** Checks a final answer: the value, or the problem put as a request to the model. */
export const reviewAnswer = async (validate: Validator, text: string): Promise<Verdict> => {
  const problem = (what: string): Verdict => ({
    problem: `Your answer does not fit the required JSON schema: ${what}. Answer again with only the JSON.`,
  })
  let value: unknown
  try {
    value = parse(text)
  } catch (error) {
    return problem(`it is not JSON (${messageOf(error)})`)
  }
  const result = await validate(value)
  return result.issues ? problem(describeIssues(result.issues)) : { output: result.value }
}

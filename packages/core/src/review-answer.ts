import type { Verdict } from './loop.ts'
import type { Checked } from './schema-result.ts'

const fence = /^```(?:json)?\s*\n([\s\S]*?)\n?```$/

/** The JSON of an answer, with or without a Markdown fence around it. @throws SyntaxError when there is none */
const parse = (text: string): unknown => {
  const trimmed = text.trim()
  return JSON.parse(fence.exec(trimmed)?.[1] ?? trimmed)
}

/** Checks a final answer: the value, or the problem put as a request to the model. */
export const reviewAnswer = async (
  check: (value: unknown) => Promise<Checked>,
  text: string,
): Promise<Verdict> => {
  const problem = (what: string): Verdict => ({
    problem: `Your answer does not fit the required JSON schema: ${what}. Answer again with only the JSON.`,
  })
  let value: unknown
  try {
    value = parse(text)
  } catch (error) {
    return problem(`it is not JSON (${String(error)})`)
  }
  const checked = await check(value)
  return 'problem' in checked ? problem(checked.problem) : { output: checked.value }
}

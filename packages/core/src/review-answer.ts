import type { Verdict } from './loop.ts'
import { toChecked } from './schema-result.ts'
import type { Validator } from './schema.ts'

/** What is fenced in Markdown: from the first fence to the last, then block by block. */
const fences = [/```(?:json)?\s*\n([\s\S]*)```/g, /```(?:json)?\s*\n([\s\S]*?)```/g]

/** The JSON of an answer, alone or in a Markdown fence, with or without prose around it. @throws SyntaxError */
const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch (error) {
    for (const [, block = ''] of fences.flatMap((fence) => [...text.matchAll(fence)]))
      try {
        return JSON.parse(block)
      } catch {
        // The next may be.
      }
    throw error
  }
}

/** Checks a final answer: the value, or the problem put as a request to the model. */
export const reviewAnswer = async (text: string, validate: Validator): Promise<Verdict> => {
  const problem = (what: string): Verdict => ({
    problem: `Your answer does not fit the required JSON schema: ${what}. Answer again with only the JSON.`,
  })
  let value: unknown
  try {
    value = parse(text)
  } catch (error) {
    return problem(`it is not JSON (${String(error)})`)
  }
  const checked = toChecked(await validate(value))
  return 'problem' in checked ? problem(checked.problem) : { output: checked.value }
}

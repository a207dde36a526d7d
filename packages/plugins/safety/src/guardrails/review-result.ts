import type { UserPart } from '@ashlar/core'
import { textOf, withTextOf } from './part-text.ts'

/** What a tool gave: a text, and parts beside it. */
export interface ToolParts {
  readonly output: string
  readonly content: UserPart[]
}

type Check = (text: string) => Promise<string>

/** The part as a check lets it pass. @throws what the check throws */
export const reviewPart = async (part: UserPart, check: Check): Promise<UserPart> => {
  const text = textOf(part)
  if (text === undefined) return part
  const shown = await check(text)
  return shown === text ? part : withTextOf(part, shown)
}

const joined = ({ output, content }: ToolParts): string =>
  [output, ...content.map((part) => textOf(part))]
    .filter((text) => text !== undefined && text !== '')
    .join('\n')

/**
 * What a tool gave as a check lets it pass. All its texts are looked at as one: what is spread over parts is seen, and
 * a limit holds for the whole. What is changed in single parts stays in them; else one text stands for all of them.
 * @throws what the check throws: nothing of the result is let through
 */
export const reviewResult = async (given: ToolParts, check: Check): Promise<ToolParts> => {
  const whole = joined(given)
  if (given.output === whole) return { ...given, output: await check(whole) }
  const shown = await check(whole)
  if (shown === whole) return given
  const content: UserPart[] = []
  for (const part of given.content) content.push(await reviewPart(part, check))
  const apart = { output: given.output === '' ? '' : await check(given.output), content }
  if (joined(apart) === shown) return apart
  return { output: shown, content: given.content.filter((part) => textOf(part) === undefined) }
}

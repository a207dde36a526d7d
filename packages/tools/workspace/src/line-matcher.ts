import { createBounded } from './bounded.ts'
import { WorkspaceError } from './workspace-error.ts'

export interface LineMatcherOptions {
  /** The pattern is plain text. @default false */
  readonly literal?: boolean | undefined
  /** @default false */
  readonly ignoreCase?: boolean | undefined
  /** Milliseconds for one batch of lines. */
  readonly patternMs: number
}

/** Where a pattern was found. */
export interface LineHit {
  /** Of the line, from 0. */
  readonly index: number
  /** Of its first match in the line, from 0. */
  readonly at: number
}

/** Finds the lines that match. @throws WorkspaceError when that takes too long */
export type LineMatcher = (lines: readonly string[]) => LineHit[]

const batchLines = 2_000

const escape = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')

/** As a Unicode pattern where it is one; without the flag needless escapes such as `\-` are allowed. */
const compile = (source: string, flags: string): RegExp => {
  try {
    return new RegExp(source, `u${flags}`)
  } catch {
    return new RegExp(source, flags)
  }
}

/**
 * Compiles a JavaScript regular expression, tried on each line by itself and stopped when it takes too long.
 * @throws WorkspaceError when it is empty, too long, or no regular expression
 */
export const createLineMatcher = (pattern: string, options: LineMatcherOptions): LineMatcher => {
  const { literal = false, ignoreCase = false, patternMs } = options
  const fail = (code: 'invalid-pattern' | 'slow-pattern', what: string): WorkspaceError =>
    new WorkspaceError(`The pattern ${JSON.stringify(pattern.slice(0, 200))} ${what}`, {
      code,
      path: pattern,
    })
  if (pattern === '') throw fail('invalid-pattern', 'is empty. Give some text to look for.')
  if (pattern.length > 1_000) throw fail('invalid-pattern', 'is longer than 1,000 characters.')
  const bounded = createBounded(patternMs, () =>
    fail('slow-pattern', 'takes too long. Avoid nested repetition such as (a+)+, or set literal.'),
  )
  const inline = !literal && pattern.startsWith('(?i)')
  const source = literal ? escape(pattern) : inline ? pattern.slice(4) : pattern
  let expression = /(?:)/
  try {
    expression = compile(source, ignoreCase || inline ? 'i' : '')
    bounded(() => expression.test(''))
  } catch (error) {
    if (WorkspaceError.isInstance(error) || !(error instanceof Error)) throw error
    throw fail('invalid-pattern', `is no regular expression: ${error.message}. For plain text set literal.`)
  }
  const hitsIn = (lines: readonly string[], from: number): LineHit[] =>
    lines
      .slice(from, from + batchLines)
      .map((line, offset) => ({ index: from + offset, at: line.search(expression) }))
      .filter(({ at }) => at >= 0)
  return (lines) => {
    const hits: LineHit[] = []
    for (let from = 0; from < lines.length; from += batchLines)
      hits.push(...bounded(() => hitsIn(lines, from)))
    return hits
  }
}

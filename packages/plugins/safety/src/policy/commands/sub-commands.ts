import { each } from './named-judges.ts'
import { ask } from '../outcome.ts'
import { hasOption } from '../parse-options.ts'
import type { Judge } from '../shell.ts'
import { tool, tools } from '../tool.ts'

/** A tool by its subcommands: the names (several share a line) and the options each is safe with; operands stay in the project. */
export const verbs = (
  table: Readonly<Record<string, string>>,
  { options = '', others = [] }: { options?: string; others?: readonly (readonly [string, Judge])[] } = {},
): Judge =>
  tools(
    options,
    new Map([
      ...Object.entries(table).flatMap(([names, own]) =>
        each(names, tool({ options: own, operands: 'names' })),
      ),
      ...others,
    ]),
  )

/** What names the program, or one of its goals: any other asks. */
export const oneOf = (allowed: string, judge: Judge, why: string): Judge => {
  const known = new Set(allowed.split(/\s+/))
  return (call, shell) =>
    known.has(call.args[0]?.text ?? '')
      ? judge({ ...call, args: call.args.slice(1) }, shell)
      : ask('unknown-command', why)
}

/** A formatter: it rewrites files unless one of these options makes it only look. */
export const onlyWith = (needed: readonly string[], options: string, singleDash = false): Judge =>
  tool({
    options,
    singleDash,
    operands: 'names',
    refine: (parsed) =>
      hasOption(parsed, ...needed) ? undefined : ask('changes-files', 'It rewrites source files.'),
  })

/** A linter that rewrites files with one of these options. */
export const notWith = (fixes: readonly string[], options: string): Judge =>
  tool({
    options: `${options} ${fixes.join(' ')}`,
    operands: 'names',
    refine: (parsed) =>
      hasOption(parsed, ...fixes) ? ask('changes-files', 'It rewrites source files.') : undefined,
  })

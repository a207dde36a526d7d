import { each } from './named-judges.ts'
import { ask, worst } from '../outcome.ts'
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

const outputs = new Set(
  'dist build out output public target site _site _build html .vitepress .output www coverage storybook-static book docs/api docs/html docs/_build'.split(
    ' ',
  ),
)

/** A folder that a build makes anew: what was in it is deleted first. */
const isOutput = (path: string): boolean => {
  const parts = path
    .replace(/^\.\//, '')
    .split('/')
    .filter((part) => part !== '')
  return (
    parts.length > 0 &&
    !parts.includes('..') &&
    (outputs.has(parts.join('/')) ||
      parts.some((part, index) => outputs.has(part) && (index === parts.length - 1 || index === 0)))
  )
}

/** A builder that empties the folder these options name: any but a usual one asks. */
export const empties =
  (names: readonly string[], judge: Judge): Judge =>
  (call, shell) => {
    const found = judge(call, shell)
    const values = call.args.flatMap(({ text }, index) => {
      const before = call.args[index - 1]?.text ?? ''
      if (names.includes(before)) return [text]
      const name = names.find(
        (start) => text.startsWith(start.startsWith('--') ? `${start}=` : start) && text !== start,
      )
      return name === undefined ? [] : [text.slice(name.length).replace(/^=/, '')]
    })
    return values.every(isOutput)
      ? found
      : worst([found, ask('deletes', 'What is in the folder it writes to would be deleted.')], found.output)
  }

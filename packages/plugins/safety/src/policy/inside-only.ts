import { type Field, HOLE } from './field.ts'
import { ask, type Outcome, worst } from './outcome.ts'
import { readPath } from './path-rules.ts'
import type { Judge, Shell } from './shell.ts'

const leaves = (text: string): boolean =>
  text.startsWith('/') || text.startsWith('../') || text === '..' || text.includes('/../')

/** An argument of a tool that loads code by name: a path out of the project, an address, or a configuration in place. */
const judgeArgument = (field: Field, shell: Shell): readonly Outcome[] => {
  const parts = [field.text, field.text.slice(field.text.indexOf('=') + 1)]
  const found: Outcome[] = []
  for (const text of parts) {
    if (leaves(text))
      found.push(readPath({ text, ...(field.unknown && { unknown: field.unknown }) }, shell, 'names'))
    if (text.includes('://')) found.push(ask('network', 'It names an address.'))
    if (text.startsWith('{') && text.includes('"'))
      found.push(ask('inline-config', 'The configuration given in place may load code.'))
  }
  if (
    field.text.includes(HOLE) &&
    (field.unknown === 'data' || field.unknown === 'env' || field.unknown === 'remote')
  )
    found.push(ask('unknown-value', 'An argument is only known when it runs.'))
  return found
}

/** For tools that load what their arguments name: nothing from outside the project. */
export const insideOnly =
  (judge: Judge): Judge =>
  (call, shell) => {
    const found = judge(call, shell)
    if (found.verdict !== 'allow') return found
    return worst([found, ...call.args.flatMap((field) => judgeArgument(field, shell))], found.output)
  }

import { type Field, HOLE } from '../field.ts'
import { allow, ask, deny, type Outcome, worst } from '../outcome.ts'
import type { ParsedArguments } from '../parse-options.ts'
import { readPath } from '../path-rules.ts'
import { aimsAtSecret, isSecretFileName } from '../sensitive-path.ts'
import type { Call, Shell } from '../shell.ts'

/** The path in `revision:path`, `:path`, a pathspec or a plain path; undefined when it is left out on purpose. */
const pathIn = (text: string): string | undefined => {
  if (text.startsWith(':!') || text.startsWith(':^')) return undefined
  if (text.startsWith(':('))
    return text.slice(1).startsWith('(exclude') ? undefined : text.slice(text.indexOf(')') + 1)
  if (text.startsWith(':/')) return text.slice(2)
  return text.slice(text.indexOf(':') + 1)
}

const leaves = (path: string): boolean =>
  path.startsWith('/') || path === '..' || path.startsWith('../') || path.includes('/../')

const judgeOperand = (field: Field, shell: Shell): Outcome => {
  if (field.unknown === 'env' || field.unknown === 'remote' || field.unknown === 'secret')
    return ask(
      'unknown-value',
      `What "${field.text.replaceAll(HOLE, '…')}" names is only known when it runs.`,
    )
  const path = pathIn(field.text)
  if (path === undefined) return allow()
  const name = path.split('/').at(-1) ?? ''
  if (isSecretFileName(name) || (field.pattern !== undefined && aimsAtSecret(name)))
    return deny('secret', `"${path}" holds credentials; they would reach the model.`)
  return leaves(path) ? readPath({ text: path }, shell, 'names') : allow()
}

/** Operands of git: revisions and paths. Only what is a path can leave the project or be a secret. */
export const judgeRevisions = (parsed: ParsedArguments, _call: Call, shell: Shell): Outcome =>
  worst(parsed.operands.map((field) => judgeOperand(field, shell)))

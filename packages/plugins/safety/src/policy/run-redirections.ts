import type { Redirect, Redirection, RedirectOperator, Word } from 'unbash'
import type { Interpreter } from './interpreter.ts'
import { createExpander, type Expander } from './expand-word.ts'
import type { Field, Scalar } from './field.ts'
import { allow, ask, type Outcome, type Stream, worst } from './outcome.ts'
import { judgeCode } from './judge-code.ts'
import { readPath } from './path-rules.ts'
import { placesOf } from './project-path.ts'
import type { Surroundings } from './shell.ts'
import { writePath } from './write-rules.ts'

/** What redirections come to. */
export interface Redirected {
  readonly outcome: Outcome
  readonly stdin: Stream
  /** Standard output still goes where it went. */
  readonly keepsOutput: boolean
  /** Remembers what was written where, and judges it. */
  readonly wrote: (output: Stream) => Outcome
}

const fromText = (value: Scalar | undefined, newline: boolean): Stream => {
  if (!value || value.unknown)
    return { origin: value?.unknown === 'secret' || value?.unknown === 'remote' ? value.unknown : 'data' }
  return { origin: 'words', text: newline ? `${value.text}\n` : value.text }
}

const languages: Readonly<Record<string, 'node' | 'python' | 'other'>> = {
  js: 'node',
  mjs: 'node',
  cjs: 'node',
  ts: 'node',
  tsx: 'node',
  py: 'python',
  rb: 'other',
  pl: 'other',
  php: 'other',
}

/** Code that is put where tests and tools find it: dangerous text in it needs a person. */
const judgeWrittenCode = (path: string, { text }: Stream, shell: Interpreter): Outcome => {
  const language = languages[path.slice(path.lastIndexOf('.') + 1)]
  if (text === undefined || !language) return allow()
  return judgeCode(text, language, shell).verdict === 'deny'
    ? ask('dangerous-code', 'The code that is written would be refused on the command line.')
    : allow()
}

const isDescriptor = (text: string): boolean =>
  text === '-' || Number.isInteger(Number(text.endsWith('-') ? text.slice(0, -1) : text))

interface Draft {
  readonly shell: Interpreter
  readonly expander: Expander
  readonly found: Outcome[]
  /** Files that get standard output. */
  readonly targets: string[]
  stdin: Stream
  keepsOutput: boolean
}

const openFile = (target: Field, operator: RedirectOperator, draft: Draft): void => {
  const { shell, found } = draft
  if (operator !== '<' && operator !== '<&') {
    found.push(
      writePath(target, shell, { appends: operator === '>>' || operator === '&>>' || operator === '<>' }),
    )
    return
  }
  found.push(readPath(target, shell))
  const written = placesOf(target, shell).map(({ path }) => shell.state.written.get(path))
  draft.stdin = target.stream ?? written.find((stream) => stream !== undefined) ?? { origin: 'data' }
}

const redirect = (redirection: Redirect, target: Word, draft: Draft): void => {
  const { operator, descriptor } = redirection
  const number = descriptor?.type === 'FileDescriptor' ? descriptor.value : undefined
  const isStdout = operator !== '<' && (number ?? 1) === 1
  for (const field of draft.expander.text(target)) {
    const copies =
      (operator === '>&' || operator === '<&') && field.unknown === undefined && isDescriptor(field.text)
    if (copies) {
      if (operator === '>&' && isStdout) draft.keepsOutput = field.text !== '-'
      continue
    }
    openFile(field, operator, draft)
    if (!isStdout) continue
    draft.keepsOutput = false
    draft.targets.push(...placesOf(field, draft.shell).map(({ path }) => path))
  }
}

const runOne = (redirection: Redirection, draft: Draft): void => {
  draft.shell.spend()
  if (redirection.type === 'HereDoc') {
    const { body, closing } = redirection
    const [value] = body.parts ? draft.expander.document(body.parts) : [{ text: body.text }]
    if (!closing) draft.found.push(ask('parse-error', 'A here-document has no end.'))
    draft.stdin = fromText(value, false)
  } else if (!redirection.target) draft.found.push(ask('parse-error', 'A redirection has no target.'))
  else if (redirection.type === 'HereString')
    draft.stdin = fromText(draft.expander.text(redirection.target)[0], true)
  else redirect(redirection, redirection.target, draft)
}

/** Judges the files a command's redirections open. */
export const runRedirections = (
  redirections: readonly Redirection[],
  around: Surroundings,
  shell: Interpreter,
): Redirected => {
  const expander = createExpander(shell)
  const draft: Draft = { shell, expander, found: [], targets: [], stdin: around.stdin, keepsOutput: true }
  for (const redirection of redirections) runOne(redirection, draft)
  const { found, targets, stdin, keepsOutput } = draft
  const wrote = (output: Stream): Outcome => {
    for (const path of targets) shell.state.written.set(path, output)
    const written = targets.map((path) => judgeWrittenCode(path, output, shell))
    if (written.some(({ verdict }) => verdict !== 'allow')) return worst(written)
    const hides = output.decoded && targets.length > 0
    return hides ? ask('hidden-code', 'What was encoded is written to a file.') : allow()
  }
  return { outcome: worst([...found, expander.outcome ?? allow()]), stdin, keepsOutput, wrote }
}

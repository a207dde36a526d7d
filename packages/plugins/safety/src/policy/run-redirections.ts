import type { Redirection } from 'unbash'
import type { Interpreter } from './interpreter.ts'
import { createExpander } from './expand-word.ts'
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

/** Judges the files a command's redirections open. */
export const runRedirections = (
  redirections: readonly Redirection[],
  around: Surroundings,
  shell: Interpreter,
): Redirected => {
  const expander = createExpander(shell)
  const found: Outcome[] = []
  const targets: string[] = []
  let { stdin } = around
  let keepsOutput = true
  const open = (target: Field, operator: string, isStdout: boolean): void => {
    if (operator === '<') {
      found.push(readPath(target, shell))
      stdin = target.stream ??
        placesOf(target, shell)
          .map(({ path }) => shell.state.written.get(path))
          .find((stream) => stream !== undefined) ?? { origin: 'data' }
    } else {
      found.push(
        writePath(target, shell, { appends: operator === '>>' || operator === '&>>' || operator === '<>' }),
      )
      for (const { path } of isStdout ? placesOf(target, shell) : []) targets.push(path)
    }
  }
  for (const redirection of redirections) {
    shell.spend()
    if (redirection.type === 'HereDoc') {
      const { body, closing } = redirection
      const [value] = body.parts ? expander.document(body.parts) : [{ text: body.text }]
      if (!closing) found.push(ask('parse-error', 'A here-document has no end.'))
      stdin = fromText(value, false)
      continue
    }
    if (!redirection.target) {
      found.push(ask('parse-error', 'A redirection has no target.'))
      continue
    }
    if (redirection.type === 'HereString') {
      stdin = fromText(expander.text(redirection.target)[0], true)
      continue
    }
    const { operator, descriptor } = redirection
    const number = descriptor?.type === 'FileDescriptor' ? descriptor.value : undefined
    const isStdout = operator !== '<' && (number ?? 1) === 1
    const copies = operator === '>&' || operator === '<&'
    for (const target of expander.text(redirection.target)) {
      if (copies && target.unknown === undefined && isDescriptor(target.text)) {
        if (operator === '>&' && (number ?? 1) === 1) keepsOutput = target.text !== '-'
        continue
      }
      if (isStdout) keepsOutput = false
      open(target, operator === '<&' ? '<' : operator, isStdout)
    }
  }
  const wrote = (output: Stream): Outcome => {
    for (const path of targets) shell.state.written.set(path, output)
    const written = targets.map((path) => judgeWrittenCode(path, output, shell))
    if (written.some(({ verdict }) => verdict !== 'allow')) return worst(written)
    return output.decoded && targets.length > 0
      ? ask('hidden-code', 'What was encoded is written to a file.')
      : allow()
  }
  return { outcome: worst([...found, expander.outcome ?? allow()]), stdin, keepsOutput, wrote }
}

import { type Field, HOLE } from './field.ts'
import { ask, deny, noInput, type Outcome, type Stream, worst } from './outcome.ts'
import { scanForSecrets } from './path-rules.ts'
import { placesOf } from './project-path.ts'
import type { Shell } from './shell.ts'

/** A program text that is read from a pipe, a file or a variable and then run by a shell. */
export const runStream = (stream: Stream, shell: Shell, rule: string): Outcome => {
  if (stream.decoded)
    return worst([
      deny('hidden-code', 'Code that was encoded to hide it would run.'),
      ...(stream.text === undefined ? [] : [shell.runSource(stream.text, { stdin: noInput })]),
    ])
  if (stream.text !== undefined)
    return worst([
      ask(rule, 'A shell runs text it is handed.'),
      shell.runSource(stream.text, { stdin: noInput }),
    ])
  if (stream.origin === 'remote') return deny('remote-code', 'Code from the network would run unseen.')
  return ask(rule, 'A shell runs text that the policy has not seen.')
}

/** What an earlier part of the command wrote to the file this argument names. */
export const writtenTo = (field: Field, shell: Shell): Stream | undefined =>
  field.stream ??
  placesOf(field, shell)
    .map(({ path }) => shell.state.written.get(path))
    .find((stream) => stream !== undefined)

const mostBytes = 65_536

/** A script is run from a file: judged by its text where the text is there to be read. */
export const runFile = (field: Field, shell: Shell, language: 'shell' | 'other'): Outcome => {
  const written = writtenTo(field, shell)
  const why = `"${field.text.replaceAll(HOLE, '…')}" runs code that was not checked.`
  if (written && (language === 'shell' || written.text === undefined))
    return worst([ask('runs-file', why), runStream(written, shell, 'runs-file')])
  const secret = scanForSecrets([field], shell)
  if (language === 'other' || field.unknown || field.pattern !== undefined)
    return worst([ask('runs-file', why), secret])
  const texts = placesOf(field, shell).map(({ real }) => shell.host.files.text(real, mostBytes))
  const judged = texts.map((text) =>
    text === undefined ? ask('runs-file', why) : shell.runSource(text, { stdin: noInput }),
  )
  // The file may change before it runs: what is in it now can only make the verdict worse.
  return worst([ask('runs-file', why), secret, ...judged])
}

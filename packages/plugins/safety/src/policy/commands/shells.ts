import { type Field, HOLE, literal } from '../field.ts'
import { allow, ask, deny, noInput, type Outcome, silence, someData, worse, worst } from '../outcome.ts'
import { runFile, runStream } from '../run-file.ts'
import type { Call, Judge, Shell } from '../shell.ts'
import { askAbout, isHelp } from '../tool.ts'

const judgeText = (
  field: Field,
  rest: readonly Field[],
  { call, shell }: { call: Call; shell: Shell },
): Outcome => {
  if (field.unknown === 'remote') return deny('remote-code', 'Code from the network would run unseen.')
  if (field.unknown === 'secret') return deny('secret', 'A credential would be run as code.')
  const found = shell.runSource(field.text.replaceAll(HOLE, ' "$__unknown__" '), { stdin: call.stdin }, rest)
  return field.unknown
    ? worst([ask('dynamic-script', 'The script is only known when it runs.'), found])
    : found
}

const silentFlags = new Set('ilexuvnpfbhk')

/** Where a shell's own options end, and what they ask of it. */
const readShellOptions = (
  args: readonly Field[],
): { at: number; inline: boolean; checksOnly: boolean; known: boolean } => {
  let inline = false
  let checksOnly = false
  let known = true
  let at = 0
  for (; at < args.length; at++) {
    const text = args[at]?.text ?? ''
    if (text === '--' || text === '-') return { at: at + 1, inline, checksOnly, known }
    if (text === '--norc' || text === '--noprofile' || text === '--posix' || text === '--login') continue
    if (text === '-o' || text === '+o' || text === '-O' || text === '+O') {
      at++
      continue
    }
    if (text.startsWith('--')) {
      known = false
      if (text === '--rcfile' || text === '--init-file') at++
      continue
    }
    if (!text.startsWith('-') && !text.startsWith('+')) break
    for (const flag of text.slice(1)) {
      if (flag === 'c') inline = true
      else if (flag === 'n' && text.startsWith('-')) checksOnly = true
      else if (flag === 'o') at++
      else if (flag === 's') continue
      else if (!silentFlags.has(flag)) known = false
    }
  }
  return { at, inline, checksOnly, known }
}

const sh: Judge = (call, shell) => {
  if (isHelp(call)) return allow()
  const { at, inline, checksOnly, known } = readShellOptions(call.args)
  const [first, ...rest] = call.args.slice(at)
  const options = known
    ? allow()
    : ask('unknown-option', `${call.name} is not known to be safe with its options.`)
  const startup = call.args.findIndex((field) => field.text === '--rcfile' || field.text === '--init-file')
  const file = startup < 0 ? undefined : call.args[startup + 1]
  if (file) return worst([runFile(file, shell, 'shell'), options])
  if (inline && first) {
    const before = shell.state.variables.get('0')
    if (rest[0]) shell.state.variables.set('0', [[rest[0]]])
    const found = judgeText(first, rest.slice(1), { call, shell })
    if (before) shell.state.variables.set('0', before)
    else shell.state.variables.delete('0')
    return worse({ ...found }, options)
  }
  if (checksOnly && first) return worst([options, askNothing(first, call, shell)])
  if (
    call.args.some(
      (field) => field.text.startsWith('-') && !field.text.startsWith('--') && field.text.includes('s'),
    ) ||
    !first
  ) {
    if (call.stdin.origin === 'none' && !call.stdin.text)
      return ask('interactive', 'A shell without a script takes orders from a terminal.')
    return worst([options, runStream(call.stdin, shell, 'pipe-to-shell')])
  }
  if (first.text === '/dev/stdin' || first.text === '/dev/fd/0')
    return runStream(call.stdin, shell, 'pipe-to-shell')
  return worst([
    options,
    first.unknown === 'remote'
      ? deny('remote-code', 'The network would choose the script.')
      : runFile(first, shell, 'shell'),
  ])
}

/** `bash -n` only parses. */
const askNothing = (file: Field, call: Call, shell: Shell): Outcome => {
  const found = askAbout('unknown-option', '', { call: { ...call, args: [file] }, shell })
  return found.verdict === 'deny' ? found : allow()
}

const evaluate: Judge = (call, shell) => {
  const joined: Field = call.args.reduce<Field>(
    (all, field) => ({
      text: all.text === '' ? field.text : `${all.text} ${field.text}`,
      ...((all.unknown ?? field.unknown) && {
        unknown:
          all.unknown === 'remote' || field.unknown === undefined ? (all.unknown ?? 'data') : field.unknown,
      }),
    }),
    literal(''),
  )
  return worst([ask('eval', 'Text is built and then run.'), judgeText(joined, [], { call, shell })])
}

const source: Judge = (call, shell) => {
  const [file] = call.args
  if (!file) return ask('runs-file', 'It names no file.')
  if (file.text === '/dev/stdin') return runStream(call.stdin, shell, 'runs-file')
  return runFile(file, shell, 'shell')
}

/** Keeps what is defined: `alias ll='…'`. */
const alias: Judge = (call, shell) => {
  const found = call.args.map((field) => {
    const at = field.text.indexOf('=')
    if (at < 0) return allow()
    shell.state.aliases.set(field.text.slice(0, at), field.text.slice(at + 1))
    return worst([
      ask('alias', 'An alias changes what a later word runs.'),
      shell.runSource(field.text.slice(at + 1), { stdin: noInput }),
    ])
  })
  return worst(found, someData)
}

const trap: Judge = (call, shell) => {
  const [script] = call.args.filter((field) => field.text !== '--')
  if (!script || script.text === '-' || script.text === '' || script.text === '-l' || script.text === '-p')
    return allow()
  return worst([ask('trap', 'A trap runs a command later.'), judgeText(script, [], { call, shell })])
}

export const shellJudges: Readonly<Record<string, Judge>> = {
  sh,
  bash: sh,
  zsh: sh,
  dash: sh,
  ksh: sh,
  ash: sh,
  fish: (call, shell) =>
    worst([
      ask('unknown-command', 'fish is another language.'),
      ...call.args.map((field) =>
        field.text.includes(' ') ? shell.runSource(field.text, { stdin: noInput }) : allow(),
      ),
    ]),
  rbash: sh,
  eval: evaluate,
  source,
  '.': source,
  alias,
  unalias: () => allow(silence),
  trap,
}

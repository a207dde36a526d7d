import { type Field, literal } from '../field.ts'
import { allow, ask, deny, noInput, type Outcome, worst } from '../outcome.ts'
import { hasOption, type ParsedArguments } from '../parse-options.ts'
import { readPath } from '../path-rules.ts'
import { isSecretName } from '../secret-name.ts'
import type { Call, Judge, Shell } from '../shell.ts'
import { tool } from '../tool.ts'
import { writePath } from '../write-rules.ts'
import { readAwkProgram } from './awk-program.ts'
import { readSedScript } from './sed-script.ts'

/** Verdict about strings that become commands. */
const judgeCommands = (name: string, commands: readonly string[], shell: Shell): Outcome => {
  const found = commands
    .map((command) => shell.runSource(command, { stdin: noInput }))
    .find(({ verdict }) => verdict === 'deny')
  return found ?? deny('option-runs', `The ${name} script runs other programs.`)
}

const judgeSedScript = (script: Field, shell: Shell): Outcome => {
  if (script.unknown || script.pattern !== undefined)
    return ask('dynamic-script', 'The sed script is only known when it runs.')
  const effects = readSedScript(script.text)
  if (!effects) return ask('not-understood', 'The sed script was not understood.')
  if (effects.runs) return judgeCommands('sed', effects.commands, shell)
  return worst([
    ...effects.reads.map((path) => readPath(literal(path), shell)),
    ...effects.writes.map((path) =>
      worst([ask('script-writes', 'The sed script writes a file.'), writePath(literal(path), shell)]),
    ),
  ])
}

const scripts = (parsed: ParsedArguments, names: readonly string[]): readonly Field[] =>
  parsed.options
    .filter((option) => names.includes(option.name))
    .flatMap((option) => (option.value ? [option.value] : []))

const sed: Judge = tool({
  options: `-nErszu -e= -l= -f~ -i~ --quiet --silent --regexp-extended --expression= --separate --posix --debug --sandbox --null-data --unbuffered --in-place~ --file~ --line-length=`,
  operands: 'text',
  refine: (parsed, _call, shell) => {
    const given = scripts(parsed, ['-e', '--expression'])
    const [first, ...rest] = parsed.operands
    const fromFile = hasOption(parsed, '-f', '--file')
    const inPlace = hasOption(parsed, '-i', '--in-place')
    const files = given.length > 0 || fromFile ? parsed.operands : rest
    const programs = given.length > 0 ? given : first && !fromFile ? [first] : []
    return worst([
      ...programs.map((script) => judgeSedScript(script, shell)),
      ...files.map((field) => readPath(field, shell)),
      ...(inPlace ? files.map((field) => writePath(field, shell)) : []),
    ])
  },
})

const judgeAwkProgram = (program: Field, shell: Shell): Outcome => {
  if (program.unknown || program.pattern !== undefined)
    return ask('dynamic-script', 'The awk program is only known when it runs.')
  const effects = readAwkProgram(program.text)
  if (!effects) return ask('not-understood', 'The awk program was not understood.')
  if (effects.runs) return judgeCommands('awk', effects.strings, shell)
  const files = effects.strings.filter((text) => text !== '' && !text.includes(' ')).map(literal)
  if (effects.writes)
    return worst([
      ask('script-writes', 'The awk program writes files.'),
      ...files.map((field) => writePath(field, shell)),
    ])
  if (effects.reads)
    return worst([
      ask('script-reads', 'The awk program reads other files.'),
      ...files.map((field) => readPath(field, shell)),
    ])
  if (effects.environment)
    return effects.strings.some(isSecretName)
      ? deny('secret', 'The awk program prints a credential.')
      : ask('environment', 'The awk program reads the environment.')
  return allow()
}

const awk: Judge = tool({
  options:
    '-F= -v= -f~ -e~ --field-separator= --assign= --csv -b --re-interval --posix --file~ -i~ -l~ --include~ --load~ -E~',
  operands: 'text',
  refine: (parsed, _call, shell) => {
    const fromFile = hasOption(parsed, '-f', '--file', '-E')
    const [program, ...rest] = parsed.operands
    const files = (fromFile ? parsed.operands : rest).filter((field) => !/^[A-Za-z_]\w*=/.test(field.text))
    return worst([
      ...(program && !fromFile ? [judgeAwkProgram(program, shell)] : []),
      ...files.map((field) => readPath(field, shell)),
    ])
  },
})

/** tr, rev: known text stays known. */
const changesText =
  (judge: Judge, change: (text: string, call: Call) => string | undefined): Judge =>
  (call, shell) => {
    const found = judge(call, shell)
    const text = call.stdin.text === undefined ? undefined : change(call.stdin.text, call)
    return text === undefined ? found : { ...found, output: { ...call.stdin, text, decoded: true } }
  }

const reversed = (text: string): string =>
  text
    .split('\n')
    .map((line) => [...line].toReversed().join(''))
    .join('\n')

const characters = (set: string): string | undefined => {
  let result = ''
  for (let at = 0; at < set.length; at++) {
    if (set[at] === '\\' || set[at] === '[') return undefined
    const high = set[at + 1] === '-' ? set.codePointAt(at + 2) : undefined
    const low = set.codePointAt(at) ?? 0
    if (high === undefined) result += set[at]
    else {
      if (high < low || high - low > 256) return undefined
      for (let code = low; code <= high; code++) result += String.fromCodePoint(code)
      at += 2
    }
  }
  return result
}

const translated = (text: string, { args }: Call): string | undefined => {
  const deletes = args[0]?.text === '-d'
  const from = characters(args[deletes ? 1 : 0]?.text ?? '')
  const to = characters(args[1]?.text ?? '')
  if (args.length !== 2 || from === undefined || to === undefined) return undefined
  return [...text]
    .map((character) => {
      const at = from.indexOf(character)
      return at < 0 ? character : deletes ? '' : (to[at] ?? to.at(-1) ?? '')
    })
    .join('')
}

export const scriptedTextJudges: Readonly<Record<string, Judge>> = {
  sed,
  gsed: sed,
  awk,
  gawk: awk,
  mawk: awk,
  nawk: awk,
  rev: changesText(tool({}), reversed),
  tr: changesText(
    tool({ options: '-cdstC --delete --squeeze-repeats --complement --truncate-set1', operands: 'text' }),
    translated,
  ),
}

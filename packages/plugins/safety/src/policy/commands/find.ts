import { type Field, literal } from '../field.ts'
import { allow, ask, noInput, type Outcome, worst } from '../outcome.ts'
import { readPath } from '../path-rules.ts'
import { aimsAtSecret, isSecretFileName } from '../sensitive-path.ts'
import type { Call, Judge, Shell } from '../shell.ts'
import { askAbout, isHelp } from '../tool.ts'
import { destroyPath, writePath } from '../write-rules.ts'

const words = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/))
const plain =
  words(`-print -print0 -ls -prune -quit -true -false -depth -d -mount -xdev -noleaf -daystart -follow -empty -readable -writable -executable -not -a -and -o -or
  -nouser -nogroup -nowarn -warn -ignore_readdir_race ! ( ) , \\( \\) -L -H -P -E -X`)
const valued =
  words(`-name -iname -path -ipath -wholename -iwholename -regex -iregex -lname -ilname -type -xtype -size -mtime -atime -ctime -mmin -amin -cmin -maxdepth -mindepth
  -perm -user -group -uid -gid -links -inum -printf -regextype -fstype -used -context`)
const compared = words('-newer -anewer -cnewer -newermt -newerat -newerct -newermm -samefile')
const runs = words('-exec -execdir -ok -okdir')
const named = words('-name -iname -path -ipath -wholename -regex')

interface Search {
  readonly starts: readonly Field[]
  readonly names: readonly Field[]
  readonly outcomes: Outcome[]
}

/** The command of `-exec … ;` with the found paths in place of `{}`. */
const runEach = (argv: readonly Field[], search: Search, shell: Shell): Outcome => {
  const found: Field = { text: './\0', unknown: 'path' }
  const places = [...search.starts, ...(search.names.some(isSecretName) ? [literal('.env')] : [])]
  const outcomes = places.map((start) => {
    // In the project what is found stays in it; elsewhere the start stands for all below it.
    const isInside = readPath(start, shell, 'names').verdict === 'allow' && start.text !== '.env'
    const each = isInside ? found : start
    return shell.runCommand(
      argv.map((field) =>
        field.text === '{}'
          ? each
          : field.text.includes('{}')
            ? { text: field.text.replaceAll('{}', each.text), ...(each.unknown && { unknown: each.unknown }) }
            : field,
      ),
      { stdin: noInput },
    )
  })
  return worst(outcomes)
}

const isSecretName = (field: Field): boolean => {
  const name = field.text.split('/').at(-1) ?? ''
  return isSecretFileName(name) || aimsAtSecret(name)
}

const endOf = (args: readonly Field[], from: number): number => {
  const end = args.findIndex((field, index) => index >= from && (field.text === ';' || field.text === '+'))
  return end < 0 ? args.length : end
}

/** One expression; where the next begins. */
const judgeExpression = (
  args: readonly Field[],
  at: number,
  { search, shell }: { search: Search; shell: Shell },
): number => {
  const name = args[at]?.text ?? ''
  const value = args[at + 1]
  if (plain.has(name) || name.startsWith('-O')) return at + 1
  if (valued.has(name) || name.startsWith('-newer')) {
    if (value && (compared.has(name) || name.startsWith('-newer')))
      search.outcomes.push(name.endsWith('t') ? allow() : readPath(value, shell, 'names'))
    return at + 2
  }
  if (runs.has(name)) {
    const end = endOf(args, at + 1)
    search.outcomes.push(runEach(args.slice(at + 1, end), search, shell))
    if (name.startsWith('-ok')) search.outcomes.push(ask('interactive', 'find would ask on the terminal.'))
    return end + 1
  }
  if (name === '-delete') {
    search.outcomes.push(...search.starts.map((start) => deleteBelow(start, shell)))
    return at + 1
  }
  if (name.startsWith('-fprint') || name === '-fls') {
    search.outcomes.push(
      ask('option', `find ${name} writes a file.`),
      ...(value ? [writePath(value, shell)] : []),
    )
    return at + (name === '-fprintf' ? 3 : 2)
  }
  search.outcomes.push(ask('unknown-option', `find is not known to be safe with "${name}".`))
  return at + 1
}

/** The folder itself stays, unless it is one nobody may empty. */
const deleteBelow = (start: Field, shell: Shell): Outcome => {
  const isProject = readPath(start, shell, 'names').verdict === 'allow'
  return isProject ? ask('deletes', 'find would delete what it finds.') : destroyPath(start, shell, true)
}

export const find: Judge = (call: Call, shell: Shell) => {
  if (isHelp(call)) return allow()
  const { args } = call
  const leading = args.findIndex((field) => !['-L', '-H', '-P', '-E', '-X'].includes(field.text))
  const first = args.findIndex(
    (field, index) =>
      index >= Math.max(leading, 0) &&
      (field.text.startsWith('-') || field.text === '(' || field.text === '!'),
  )
  const given = args.slice(Math.max(leading, 0), first < 0 ? args.length : first)
  const starts = given.length > 0 ? given : [literal('.')]
  const expressions = first < 0 ? [] : args.slice(first)
  const names = expressions.filter((_, index) => named.has(expressions[index - 1]?.text ?? ''))
  const search: Search = { starts, names, outcomes: starts.map((start) => readPath(start, shell, 'names')) }
  if (
    args.some((field) => field.text.startsWith('\0') && field.unknown !== 'path' && field.unknown !== 'name')
  )
    search.outcomes.push(
      askAbout('dynamic-option', 'find is given an expression that is only known when it runs.', {
        call,
        shell,
      }),
    )
  for (let at = 0; at < expressions.length;) at = judgeExpression(expressions, at, { search, shell })
  // Elsewhere, what is found stands for the place it was looked for in.
  const outside = starts.filter((start) => readPath(start, shell, 'names').verdict !== 'allow')
  if (outside.length > 0)
    return worst(search.outcomes, { origin: 'data', text: outside.map((field) => field.text).join('\n') })
  return worst(search.outcomes, { origin: names.some(isSecretName) ? 'secret' : 'paths' })
}

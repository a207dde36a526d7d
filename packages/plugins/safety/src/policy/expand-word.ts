import { type Assignment, parse, type Word, type WordPart } from 'unbash'
import { expandBraces } from './expand-braces.ts'
import { expandParameter } from './expand-parameter.ts'
import {
  type Field,
  hole,
  HOLE,
  type Scalar,
  toScalar as outputScalar,
  type Unknown,
  worseUnknown,
} from './field.ts'
import { escapeGlob } from './glob-pattern.ts'
import { ask, noInput, type Outcome, silence, someData, worse } from './outcome.ts'
import { combine, type Piece, quoted, toFields, toScalar } from './pieces.ts'
import type { Shell, Variable } from './shell.ts'
import { checkArithmetic } from './check-arithmetic.ts'
import { lookUp } from './variables.ts'

/** Expands words for one command and gathers the verdicts of the scripts inside them. */
export interface Expander {
  /** The argument lists the words may become, and what the scripts in them come to. */
  fields(words: readonly (Word | Assignment)[], declares?: boolean): readonly (readonly Field[])[]
  /** A word where the shell neither splits nor looks for files (a redirection's target, an assigned value). */
  text(word: Word): readonly Field[]
  /** A word as a glob: quoted parts are escaped. */
  pattern(word: Word): readonly Scalar[]
  /** The text of a here-document. */
  document(parts: readonly WordPart[]): readonly Scalar[]
  /** The worst verdict so far. */
  readonly outcome: Outcome | undefined
}

const unknownField: readonly Field[] = [{ text: HOLE, unknown: 'env' }]

type Alternatives = readonly (readonly Piece[])[]

/** `~` and `~user`, unless a character of the name is quoted. */
const tildes = (raw: string, text: string, shell: Shell): string => {
  const home = shell.host.home
  if (!raw.startsWith('~') || (raw.split('/')[0] ?? '').includes('\\')) return text
  const slash = text.indexOf('/')
  const user = slash < 0 ? text.slice(1) : text.slice(1, slash)
  const rest = slash < 0 ? '' : text.slice(slash)
  if (!/^(?:[\w.-]*|\+)$/.test(user)) return text
  if (user === '') return home + rest
  if (user === '+') return (shell.state.folders[0] ?? HOLE) + rest
  if (user === '-') return HOLE + rest
  return (user === 'root' ? '/root' : `/home/${user}`) + rest
}

export const createExpander = (shell: Shell): Expander => {
  let outcome: Outcome | undefined
  const note = (found: Outcome): void => {
    outcome = outcome ? worse(outcome, found) : found
  }

  /** The values of a variable as pieces. */
  const fromVariable = (variable: Variable, name: string, inQuotes: boolean): Alternatives =>
    (name === '*' ? separators() : [' ']).flatMap((marks) => {
      const between = name === '*' ? marks.slice(0, 1) : ' '
      return variable.map((items) => {
        if (inQuotes && name === '*')
          return [quoted(items.map((item) => item.text).join(between), worstOf(items))]
        const as = inQuotes ? 'quoted' : 'split'
        const last = items.length - 1
        return items.map((item, index): Piece => ({
          text: item.text,
          ...(inQuotes && item.pattern !== undefined && { pattern: item.pattern }),
          as: item.pattern !== undefined && inQuotes ? 'glob' : as,
          ...(item.unknown && { unknown: item.unknown }),
          ...(index < last && { ends: between }),
        }))
      })
    })

  const fromScript = (part: WordPart & { type: 'CommandExpansion' }, inQuotes: boolean): Alternatives => {
    if (!part.script) {
      note(ask('not-understood', 'A command substitution could not be read.'))
      return [[quoted(HOLE, 'data')]]
    }
    const found = shell.runScript(part.script, { stdin: someData, piped: true })
    note(found)
    return [[{ ...outputScalar(found.output ?? someData), as: inQuotes ? 'quoted' : 'split' }]]
  }

  const fromProcess = (part: WordPart & { type: 'ProcessSubstitution' }): Alternatives => {
    const found = part.script
      ? shell.runScript(part.script, { stdin: part.operator === '>' ? someData : noInput, piped: true })
      : ask('not-understood', 'A process substitution could not be read.')
    note(found)
    return [
      [{ ...quoted('/dev/fd/63'), stream: part.operator === '<' ? (found.output ?? someData) : silence }],
    ]
  }

  const operands = {
    text: (word: Word) => expander.text(word),
    pattern: (word: Word) => expander.pattern(word),
  }

  const many = (parts: readonly WordPart[], inQuotes: boolean): Alternatives =>
    combine(parts.map((part) => one(part, inQuotes))) ?? [[tooMany(inQuotes)]]
  const tooMany = (inQuotes: boolean): Piece => ({ ...hole('env'), as: inQuotes ? 'quoted' : 'split' })

  const one = (part: WordPart, inQuotes: boolean): Alternatives => {
    shell.spend()
    switch (part.type) {
      case 'Literal':
      case 'SingleQuoted':
      case 'AnsiCQuoted':
        return [[quoted(part.value)]]
      case 'DoubleQuoted':
      case 'LocaleString':
        return many(part.parts, true).map((pieces) =>
          pieces.length > 0 || part.parts.length > 0 ? pieces : [quoted('')],
        )
      case 'Glob':
        return [
          [{ as: 'glob', text: part.kind === 'star' ? '*' : part.kind === 'question' ? '?' : part.text }],
        ]
      case 'SimpleExpansion': {
        const name = part.text.slice(1)
        return fromVariable(lookUp(name, shell.host, shell.state), name, inQuotes)
      }
      case 'ParameterExpansion': {
        if (part.operation?.type === 'Transform' || part.operation?.type === 'Unknown')
          note(ask('not-understood', `The expansion ${part.text} may run what the variable holds.`))
        const spread = part.index?.text === '*' ? '*' : part.parameter
        return fromVariable(expandParameter(part, shell, operands), spread, inQuotes)
      }
      case 'CommandExpansion':
        return fromScript(part, inQuotes)
      case 'ArithmeticExpansion':
        note(checkArithmetic(part.expression, shell))
        return [[quoted(HOLE, 'name')]]
      case 'ProcessSubstitution':
        return fromProcess(part)
      case 'ExtendedGlob':
        for (const inner of part.parts ?? []) one(inner, true)
        return [[{ as: 'glob', text: '*' }]]
      case 'BraceExpansion':
        return part.parts
          ? many(part.parts, inQuotes).map((inner) => [quoted('{'), ...inner, quoted('}')])
          : [[quoted(part.text)]]
      default:
        note(ask('not-understood', 'A part of a word is of a kind the policy does not know.'))
        return [[quoted(HOLE, 'env')]]
    }
  }

  const pieces = (word: Word): Alternatives => {
    const { parts } = word
    if (!parts) {
      const text = tildes(word.text, word.value, shell)
      return [[quoted(text, text.includes(HOLE) ? 'env' : undefined)]]
    }
    const [first, ...rest] = parts
    if (first?.type !== 'Literal' || !first.text.startsWith('~')) return many(parts, false)
    const isWhole = rest.length === 0 || first.value.includes('/')
    const text = isWhole ? tildes(first.text, first.value, shell) : first.value
    return many(rest, false).map((more) => [quoted(text, text.includes(HOLE) ? 'env' : undefined), ...more])
  }

  const separators = (): readonly string[] => [
    ...new Set(lookUp('IFS', shell.host, shell.state).map(([item]) => item?.text ?? '')),
  ]

  const split = (word: Word): readonly (readonly Field[])[] =>
    pieces(word).flatMap((alternative) => separators().map((marks) => toFields(alternative, marks)))

  const fieldsOf = (word: Word): readonly (readonly Field[])[] => {
    if (!word.parts?.some((part) => part.type === 'BraceExpansion')) return split(word)
    const texts = expandBraces(withoutContinuations(word.text))
    if (!texts) return [unknownField]
    const options = texts
      .filter((text) => text !== '')
      .map((text) => {
        const found = onlyWord(text)
        return found ? split(found) : [unknownField]
      })
    return combine(options) ?? [unknownField]
  }

  /** `export name=value`: the value is not split, unless braces make several of it. */
  const declared = (assignment: Assignment): readonly (readonly Field[])[] => {
    if (assignment.value.type !== 'Word' || expandBraces(assignment.text)?.length !== 1)
      return fieldsOf(asWord(assignment))
    const name = `${assignment.name}${assignment.append ? '+' : ''}=`
    return expander.text(assignment.value).map((field) => [{ ...field, text: name + field.text }])
  }

  const expander: Expander = {
    fields: (words, declares = false) => {
      const options = words.map((word) => {
        if (word.type === 'Word') return fieldsOf(word)
        return declares && word.value.type === 'Word' ? declared(word) : fieldsOf(asWord(word))
      })
      return combine(options) ?? [options.flatMap(unsure)]
    },
    text: (word) => pieces(word).map(toScalar),
    pattern: (word) =>
      word.parts === undefined
        ? [{ text: word.text }]
        : pieces(word).map((alternative) => ({
            ...toScalar(alternative),
            text: alternative
              .map((piece) => (piece.as === 'quoted' ? escapeGlob(piece.text) : piece.text))
              .join(''),
          })),
    document: (parts) => many(parts, true).map(toScalar),
    get outcome() {
      return outcome
    },
  }
  return expander
}

/** A backslash before a line end vanishes before the shell looks at names; inside single quotes it stays. */
const withoutContinuations = (text: string): string =>
  text.includes("'") ? text : text.replaceAll('\\\n', '')

/** One argument list for several: what differs is unknown. */
const unsure = (options: readonly (readonly Field[])[]): readonly Field[] =>
  options.length === 1 ? (options[0] ?? []) : [{ text: HOLE, unknown: 'env' }]

const worstOf = (items: readonly Scalar[]): Unknown | undefined =>
  items.reduce<Unknown | undefined>((found, item) => worseUnknown(found, item.unknown), undefined)

const onlyArgument = (source: string): Word | Assignment | undefined => {
  const script = parse(source)
  const command = script.commands[0]?.command
  if (script.errors || script.commands.length !== 1 || command?.type !== 'Command') return undefined
  const [argument, ...more] = command.suffix
  if (more.length > 0 || command.prefix.length > 0) return undefined
  return argument?.type === 'Word' || argument?.type === 'Assignment' ? argument : undefined
}

const onlyWord = (text: string): Word | undefined => {
  const found = onlyArgument(`_ ${text}`)
  return found?.type === 'Assignment' ? { type: 'Word', text, value: text, pos: 0, end: 0 } : found
}

/** `name=value` where the shell takes it as an argument. */
const asWord = (assignment: Assignment): Word =>
  onlyWord(assignment.text) ?? {
    type: 'Word',
    text: assignment.text,
    value: assignment.text,
    pos: assignment.pos,
    end: assignment.end,
  }

import type { Word, WordPart } from 'unbash'
import { checkArithmetic } from './check-arithmetic.ts'
import { expandParameter } from './expand-parameter.ts'
import { type Field, hole, HOLE, toScalar as outputScalar, type Unknown, worseUnknown } from './field.ts'
import { escapeGlob } from './glob-pattern.ts'
import { ask, noInput, type Outcome, silence, someData } from './outcome.ts'
import { combine, type Piece, quoted, toScalar } from './pieces.ts'
import type { Shell, Variable } from './shell.ts'
import { lookUp } from './variables.ts'

/** Where words are expanded, and who hears of the verdicts about the scripts inside them. */
export interface Expansion {
  readonly shell: Shell
  readonly note: (found: Outcome) => void
}

/** The ways a word may come out. */
export type Alternatives = readonly (readonly Piece[])[]

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

/** What splits unquoted values: the values IFS may have. */
export const separators = ({ host, state }: Shell): readonly string[] => [
  ...new Set(lookUp('IFS', host, state).map(([item]) => item?.text ?? '')),
]

const worstOf = (items: readonly Field[]): Unknown | undefined =>
  items.reduce<Unknown | undefined>((found, item) => worseUnknown(found, item.unknown), undefined)

const itemPiece = (item: Field, inQuotes: boolean): Piece => ({
  text: item.text,
  ...(inQuotes && item.pattern !== undefined && { pattern: item.pattern }),
  as: !inQuotes ? 'split' : item.pattern === undefined ? 'quoted' : 'glob',
  ...(item.unknown && { unknown: item.unknown }),
})

const fromVariable = (
  variable: Variable,
  name: string,
  { shell, inQuotes }: { shell: Shell; inQuotes: boolean },
): Alternatives =>
  (name === '*' ? separators(shell) : [' ']).flatMap((marks) => {
    const between = name === '*' ? marks.slice(0, 1) : ' '
    return variable.map((items) => {
      if (inQuotes && name === '*')
        return [quoted(items.map((item) => item.text).join(between), worstOf(items))]
      const last = items.length - 1
      return items.map((item, index) => ({
        ...itemPiece(item, inQuotes),
        ...(index < last && { ends: between }),
      }))
    })
  })

const fromScript = (
  part: WordPart & { type: 'CommandExpansion' },
  inQuotes: boolean,
  { shell, note }: Expansion,
): Alternatives => {
  if (!part.script) {
    note(ask('not-understood', 'A command substitution could not be read.'))
    return [[quoted(HOLE, 'data')]]
  }
  const found = shell.runScript(part.script, { stdin: someData })
  note(found)
  return [[{ ...outputScalar(found.output ?? someData), as: inQuotes ? 'quoted' : 'split' }]]
}

const fromProcess = (
  part: WordPart & { type: 'ProcessSubstitution' },
  { shell, note }: Expansion,
): Alternatives => {
  const stdin = part.operator === '>' ? someData : noInput
  const found = part.script
    ? shell.runScript(part.script, { stdin })
    : ask('not-understood', 'A process substitution could not be read.')
  note(found)
  return [[{ ...quoted('/dev/fd/63'), stream: part.operator === '<' ? (found.output ?? someData) : silence }]]
}

const many = (parts: readonly WordPart[], inQuotes: boolean, expansion: Expansion): Alternatives =>
  combine(parts.map((part) => one(part, inQuotes, expansion))) ?? [
    [{ ...hole('env'), as: inQuotes ? 'quoted' : 'split' }],
  ]

const fromQuotes = (parts: readonly WordPart[], expansion: Expansion): Alternatives =>
  many(parts, true, expansion).map((pieces) =>
    pieces.length > 0 || parts.length > 0 ? pieces : [quoted('')],
  )

const fromParameter = (
  part: WordPart & { type: 'ParameterExpansion' },
  inQuotes: boolean,
  expansion: Expansion,
): Alternatives => {
  const { shell, note } = expansion
  if (part.operation?.type === 'Transform' || part.operation?.type === 'Unknown')
    note(ask('not-understood', `The expansion ${part.text} may run what the variable holds.`))
  const operands = {
    text: (word: Word) => wordTexts(word, expansion),
    pattern: (word: Word) => wordPatterns(word, expansion),
  }
  const spread = part.index?.text === '*' ? '*' : part.parameter
  return fromVariable(expandParameter(part, shell, operands), spread, { shell, inQuotes })
}

/** One part of a word. */
const one = (part: WordPart, inQuotes: boolean, expansion: Expansion): Alternatives => {
  const { shell, note } = expansion
  shell.spend()
  switch (part.type) {
    case 'Literal':
    case 'SingleQuoted':
    case 'AnsiCQuoted':
      return [[quoted(part.value)]]
    case 'DoubleQuoted':
    case 'LocaleString':
      return fromQuotes(part.parts, expansion)
    case 'Glob':
      return [[{ as: 'glob', text: part.kind === 'star' ? '*' : part.kind === 'question' ? '?' : part.text }]]
    case 'SimpleExpansion': {
      const name = part.text.slice(1)
      return fromVariable(lookUp(name, shell.host, shell.state), name, { shell, inQuotes })
    }
    case 'ParameterExpansion':
      return fromParameter(part, inQuotes, expansion)
    case 'CommandExpansion':
      return fromScript(part, inQuotes, expansion)
    case 'ArithmeticExpansion':
      note(checkArithmetic(part.expression, shell))
      return [[quoted(HOLE, 'name')]]
    case 'ProcessSubstitution':
      return fromProcess(part, expansion)
    case 'ExtendedGlob':
      for (const inner of part.parts ?? []) one(inner, true, expansion)
      return [[{ as: 'glob', text: '*' }]]
    case 'BraceExpansion':
      // Only reached where the shell does not write braces out.
      return part.parts
        ? many(part.parts, inQuotes, expansion).map((inner) => [quoted('{'), ...inner, quoted('}')])
        : [[quoted(part.text)]]
    default:
      note(ask('not-understood', 'A part of a word is of a kind the policy does not know.'))
      return [[quoted(HOLE, 'env')]]
  }
}

const home = (raw: string, value: string, shell: Shell): Piece => {
  const text = tildes(raw, value, shell)
  return quoted(text, text.includes(HOLE) ? 'env' : undefined)
}

/** A word after all expansions but braces, before it is split. */
export const wordPieces = (word: Word, expansion: Expansion): Alternatives => {
  const { parts } = word
  if (!parts) return [[home(word.text, word.value, expansion.shell)]]
  const [first, ...rest] = parts
  if (first?.type !== 'Literal' || !first.text.startsWith('~')) return many(parts, false, expansion)
  const isWhole = rest.length === 0 || first.value.includes('/')
  const start = isWhole ? home(first.text, first.value, expansion.shell) : quoted(first.value)
  return many(rest, false, expansion).map((more) => [start, ...more])
}

/** A word where the shell neither splits nor looks for files. */
export const wordTexts = (word: Word, expansion: Expansion): readonly Field[] =>
  wordPieces(word, expansion).map(toScalar)

/** A word as a glob: quoted parts are escaped. */
export const wordPatterns = (word: Word, expansion: Expansion): readonly Field[] =>
  word.parts === undefined
    ? [{ text: word.text }]
    : wordPieces(word, expansion).map((pieces) => ({
        ...toScalar(pieces),
        text: pieces.map((piece) => (piece.as === 'quoted' ? escapeGlob(piece.text) : piece.text)).join(''),
      }))

/** The text of a here-document. */
export const documentTexts = (parts: readonly WordPart[], expansion: Expansion): readonly Field[] =>
  many(parts, true, expansion).map(toScalar)

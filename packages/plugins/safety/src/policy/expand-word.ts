import { type Assignment, parse, type Word, type WordPart } from 'unbash'
import { expandBraces } from './expand-braces.ts'
import {
  documentTexts,
  type Expansion,
  separators,
  wordPatterns,
  wordPieces,
  wordTexts,
} from './expand-parts.ts'
import { type Field, HOLE, type Scalar } from './field.ts'
import { type Outcome, worse } from './outcome.ts'
import { combine, toFields } from './pieces.ts'
import type { Shell } from './shell.ts'

/** Expands words for one command and gathers the verdicts of the scripts inside them. */
export interface Expander {
  /** The argument lists the words may become; `declares`: assignments among them are not split. */
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

type ArgumentLists = readonly (readonly Field[])[]

const unknownField: readonly Field[] = [{ text: HOLE, unknown: 'env' }]

const split = (word: Word, expansion: Expansion): ArgumentLists =>
  wordPieces(word, expansion).flatMap((pieces) =>
    separators(expansion.shell).map((marks) => toFields(pieces, marks)),
  )

/** The arguments one word becomes, its braces written out first. */
const wordFields = (word: Word, expansion: Expansion): ArgumentLists => {
  if (!word.parts?.some((part) => part.type === 'BraceExpansion')) return split(word, expansion)
  const texts = expandBraces(withoutContinuations(word.text))
  if (!texts) return [unknownField]
  const options = texts
    .filter((text) => text !== '')
    .map((text) => {
      const found = onlyWord(text)
      return found ? split(found, expansion) : [unknownField]
    })
  return combine(options) ?? [unknownField]
}

/** `export name=value`: the value is not split, unless braces make several of it. */
const declared = (assignment: Assignment, expansion: Expansion): ArgumentLists => {
  if (assignment.value.type !== 'Word' || expandBraces(assignment.text)?.length !== 1)
    return wordFields(asWord(assignment), expansion)
  const name = `${assignment.name}${assignment.append ? '+' : ''}=`
  return wordTexts(assignment.value, expansion).map((field) => [{ ...field, text: name + field.text }])
}

export const createExpander = (shell: Shell): Expander => {
  let outcome: Outcome | undefined
  const expansion: Expansion = {
    shell,
    note(found) {
      outcome = outcome ? worse(outcome, found) : found
    },
  }
  return {
    fields: (words, declares = false) => {
      const options = words.map((word) => {
        if (word.type === 'Word') return wordFields(word, expansion)
        return declares ? declared(word, expansion) : wordFields(asWord(word), expansion)
      })
      return combine(options) ?? [options.flatMap(unsure)]
    },
    text: (word) => wordTexts(word, expansion),
    pattern: (word) => wordPatterns(word, expansion),
    document: (parts) => documentTexts(parts, expansion),
    get outcome() {
      return outcome
    },
  }
}

/** A backslash before a line end vanishes before the shell looks at names; inside single quotes it stays. */
const withoutContinuations = (text: string): string =>
  text.includes("'") ? text : text.replaceAll('\\\n', '')

/** One argument list for several: what differs is unknown. */
const unsure = (options: ArgumentLists): readonly Field[] =>
  options.length === 1 ? (options[0] ?? []) : unknownField

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

import type { CodeSymbol } from '@ashlar/workspace/code'
import { generateMarkdown, type MarkdownBlock } from '@ashlar/workspace/text'
import type { EntrySymbol } from './entry-symbols.ts'

export interface Entry {
  /** What is imported, such as `@ashlar/workspace/git`. */
  readonly specifier: string
  readonly symbols: readonly EntrySymbol[]
}

export interface ApiPage {
  readonly name: string
  readonly description: string
  readonly entries: readonly Entry[]
}

/** Links of JSDoc become code; what follows each tag starts a line of its own. */
const prose = (doc: string): string =>
  doc
    .replaceAll(/\{@link (.+?)\}/g, '`$1`')
    .replaceAll(/\s*\n\s*/g, ' ')
    .replaceAll(/\s*@(throws|returns|default|source) /g, '\n\n*$1* ')
    .replaceAll('<', '\\<')
    .trim()

const memberLine = ({ signature, doc }: CodeSymbol): string =>
  `\`${signature}\`${doc === undefined ? '' : ` – ${prose(doc).replaceAll('\n\n', '; ')}`}`

const blocksOf = ({ name, symbol }: EntrySymbol): MarkdownBlock[] => [
  { heading: name, level: 3 },
  { code: symbol.signature },
  ...(symbol.doc === undefined ? [] : [{ paragraph: prose(symbol.doc) }]),
  ...(symbol.members?.length ? [{ list: symbol.members.map(memberLine) }] : []),
]

/** The page of a package: each entry with its exports, their signatures and doc comments. */
export const toApiPage = ({ name, description, entries }: ApiPage): string =>
  generateMarkdown([
    { heading: name, level: 1 },
    { paragraph: description },
    { paragraph: 'Written from the source by `npm run docs:api`; do not edit.' },
    ...entries.flatMap(({ specifier, symbols }): MarkdownBlock[] => [
      { heading: specifier, level: 2 },
      ...symbols.flatMap(blocksOf),
    ]),
  ])

import type { CodeSymbol } from '@ashlar/workspace/code'
import { generateMarkdown, type MarkdownBlock } from '@ashlar/workspace/text'
import { slugOf } from './broken-links.ts'
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

/** Those that others can use. */
const membersOf = ({ members = [] }: CodeSymbol): MarkdownBlock[] => {
  const list = members.filter(({ exported }) => exported).map(memberLine)
  return list.length > 0 ? [{ list }] : []
}

const blocksOf = ({ name, symbol }: EntrySymbol): MarkdownBlock[] => [
  { heading: name, level: 3 },
  { code: symbol.signature },
  ...(symbol.doc === undefined ? [] : [{ paragraph: prose(symbol.doc) }]),
  ...membersOf(symbol),
]

const notice = 'Written from the source by `npm run docs:api`; do not edit.'

/** The page that leads to all others. */
export const toIndexPage = (pages: readonly (ApiPage & { readonly file: string })[]): string => {
  const row = ({ name, file, description, entries }: (typeof pages)[number]): string[] => [
    `[${name}](${file})`,
    description,
    entries
      .filter(({ specifier }) => specifier !== name)
      .map(({ specifier }) => `[${specifier.slice(name.length)}](${file}#${slugOf(specifier)})`)
      .join(' '),
  ]
  return generateMarkdown([
    { heading: 'API', level: 1 },
    { paragraph: notice },
    { table: { columns: ['package', 'what it is', 'further entries'], rows: pages.map(row) } },
  ])
}

/** The page of a package: each entry with its exports, their signatures and doc comments. */
export const toApiPage = ({ name, description, entries }: ApiPage): string =>
  generateMarkdown([
    { heading: name, level: 1 },
    { paragraph: description },
    { paragraph: notice },
    ...entries.flatMap(({ specifier, symbols }): MarkdownBlock[] => [
      { heading: specifier, level: 2 },
      ...symbols.flatMap(blocksOf),
    ]),
  ])

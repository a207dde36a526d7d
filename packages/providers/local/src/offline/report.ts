import { analyseText, type TextFacts } from './analyse-text.ts'
import type { WorkDone } from './work-done.ts'

const count = (value: number): string => value.toLocaleString('en')

/** `1 word`, `2,000 words`. */
export const plural = (value: number, noun: string): string =>
  `${count(value)} ${noun}${value === 1 ? '' : 's'}`

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ')

const section = (path: string, facts: TextFacts): string => {
  const title = facts.title === undefined || facts.title === path ? '' : ` – ${facts.title}`
  const sentences = facts.summary.length > 0 ? facts.summary.join(' ') : '(no sentences to quote)'
  return [
    `## ${path}${title}`,
    '',
    `- Size: ${plural(facts.bytes, 'byte')}, ${plural(facts.lines, 'line')}, ${plural(facts.words, 'word')}`,
    `- Keywords: ${facts.keywords.join(', ') || 'none'}`,
    '',
    sentences,
  ].join('\n')
}

/** The words that are keywords of most files, those of the most files first. */
export const sharedKeywords = (all: readonly TextFacts[]): string[] => {
  const files = new Map<string, number>()
  for (const { keywords } of all) for (const word of keywords) files.set(word, (files.get(word) ?? 0) + 1)
  return [...files]
    .filter(([, times]) => times > 1 || all.length === 1)
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, 8)
    .map(([word]) => word)
}

/** A Markdown report on the files that were read: a table, then title, size, keywords and summary of each. */
export const reportOf = (work: Pick<WorkDone, 'texts' | 'failures'>): string => {
  const files = [...work.texts].map(([path, text]) => ({ path, facts: analyseText(text) }))
  const shared = sharedKeywords(files.map(({ facts }) => facts))
  const total = files.reduce((sum, { facts }) => sum + facts.words, 0)
  const rows = files.map(({ path, facts }) => {
    const { bytes, lines, words, keywords } = facts
    return `| ${cell(path)} | ${count(bytes)} | ${count(lines)} | ${count(words)} | ${keywords.slice(0, 3).join(', ')} |`
  })
  const failed = [...work.failures].map(([path, reason]) => `- ${path}: ${cell(reason)}`)
  return [
    `# Report on ${plural(files.length, 'file')}`,
    '',
    'Written by the offline rules of Ashlar, not by a language model: the sentences are quoted from the files.',
    '',
    `${plural(total, 'word')} in all.${shared.length > 0 ? ` In several files: ${shared.join(', ')}.` : ''}`,
    '',
    '| file | bytes | lines | words | keywords |',
    '|---|---|---|---|---|',
    ...rows,
    '',
    ...files.flatMap(({ path, facts }) => [section(path, facts), '']),
    ...(failed.length > 0 ? ['## Not read', '', ...failed, ''] : []),
  ].join('\n')
}

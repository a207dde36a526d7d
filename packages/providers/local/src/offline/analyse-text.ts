import { sentencesOf, titleOf, wordsOf } from './segment-text.ts'
import { stopWords } from './stop-words.ts'

/** What can be said of a text by counting. */
export interface TextFacts {
  /** The first heading or line; absent for an empty text. */
  readonly title?: string
  readonly words: number
  readonly lines: number
  readonly sentences: number
  readonly characters: number
  /** Size in UTF-8. */
  readonly bytes: number
  /** The most frequent words that say something, the most frequent first. */
  readonly keywords: readonly string[]
  /** Sentences taken from the text, in its order. */
  readonly summary: readonly string[]
}

export interface AnalyseTextOptions {
  /** @default 2 */
  readonly summarySentences?: number
  /** @default 6 */
  readonly keywords?: number
}

const contentWords = (text: string): string[] =>
  wordsOf(text)
    .map((word) => word.toLowerCase().replaceAll('’', "'"))
    .filter((word) => word.length > 2 && !/^[\d.,_]+$/.test(word) && !stopWords.has(word))

/** How often each word comes, `files` counted with `file`, in the order of first use. */
const countWords = (words: readonly string[]): Map<string, number> => {
  const known = new Set(words)
  const counts = new Map<string, number>()
  for (const word of words) {
    const singular = word.endsWith('s') ? word.slice(0, -1) : word
    const key = known.has(singular) ? singular : word
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  return counts
}

interface Candidate {
  readonly sentence: string
  readonly words: ReadonlySet<string>
  readonly score: number
  readonly index: number
}

/** How much of a sentence is words rather than signs and numbers, from 0 to 1. */
const wordiness = (sentence: string): number => (sentence.match(/[\p{L}\s]/gu)?.length ?? 0) / sentence.length

/** A sentence weighs what its words weigh on average; early ones more, very short, long and odd ones less. */
const weigh = (sentence: string, index: number, counts: ReadonlyMap<string, number>): Candidate => {
  const words = new Set(contentWords(sentence))
  let weight = 0
  for (const word of words) weight += Math.log1p(counts.get(word) ?? counts.get(word.slice(0, -1)) ?? 0)
  const size = words.size
  const length = size < 4 ? 0.5 : size > 25 ? 0.5 : 1
  const place = 1 + 0.5 / (1 + index)
  const score = size === 0 ? 0 : (weight / size ** 0.7) * length * place * wordiness(sentence) ** 3
  return { sentence, words, index, score }
}

const overlap = (a: ReadonlySet<string>, b: ReadonlySet<string>): number => {
  let shared = 0
  for (const word of a) if (b.has(word)) shared += 1
  return shared / Math.max(1, Math.min(a.size, b.size))
}

const maxSentences = 2_000

const clip = (sentence: string): string =>
  sentence.length > 300 ? `${sentence.slice(0, 299).trimEnd().toWellFormed()}…` : sentence

/** The heaviest sentences that do not repeat each other, in the order of the text. */
const summarise = (
  sentences: readonly string[],
  counts: ReadonlyMap<string, number>,
  wanted: number,
): string[] => {
  const candidates = sentences
    .slice(0, maxSentences)
    .map((sentence, index) => weigh(sentence, index, counts))
    .filter(({ score }) => score > 0)
    .toSorted((a, b) => b.score - a.score || a.index - b.index)
  const chosen: Candidate[] = []
  for (const candidate of candidates) {
    if (chosen.length >= wanted) break
    if (chosen.every((other) => overlap(candidate.words, other.words) < 0.6)) chosen.push(candidate)
  }
  return chosen.toSorted((a, b) => a.index - b.index).map(({ sentence }) => clip(sentence))
}

/** Counts a text, names its most frequent words, and takes its weightiest sentences: the same for the same text. */
export const analyseText = (text: string, options: AnalyseTextOptions = {}): TextFacts => {
  const { summarySentences = 2, keywords = 6 } = options
  const title = titleOf(text)
  const sentences = sentencesOf(text)
  const counts = countWords(contentWords(sentences.join('\n') || text.slice(0, 200_000)))
  const ranked = [...counts].toSorted(([, a], [, b]) => b - a)
  const lines = text === '' ? 0 : text.split('\n').length - (text.endsWith('\n') ? 1 : 0)
  return {
    ...(title !== undefined && { title }),
    words: wordsOf(text).length,
    lines,
    sentences: sentences.length,
    characters: text.length,
    bytes: Buffer.byteLength(text),
    keywords: ranked.slice(0, keywords).map(([word]) => word),
    summary: summarise(sentences, counts, summarySentences),
  }
}

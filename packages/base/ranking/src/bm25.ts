import { InvalidArgument } from '@ashlar/core/errors'
import { tokenize, type Tokenizer } from './tokenize.ts'
import { checkLimit, topK } from './top-k.ts'

export interface Bm25Options {
  /** How soon a term's repetitions stop counting. @default 1.2 */
  readonly k1?: number
  /** How much long documents are held back, from 0 (not) to 1 (by their whole length). @default 0.75 */
  readonly b?: number
  /** @default `tokenize`: words of any script */
  readonly tokenizer?: Tokenizer
}

/** A document found, and how well. */
export interface Match {
  readonly id: string
  readonly score: number
}

/** Documents found by their words. */
export interface Bm25Index {
  readonly size: number
  /** Adds a document, or replaces the one with this id. */
  add(id: string, text: string): void
  /** Removes a document; `false` when there is none with this id. */
  remove(id: string): boolean
  /** The documents that share a term with the query, best first, the first added first among equals. @default 10 */
  search(query: string, limit?: number): Match[]
}

interface Document {
  readonly id: string
  /** Rises with every document added. */
  readonly serial: number
  readonly length: number
  readonly terms: ReadonlyMap<string, number>
}

const countTerms = (terms: readonly string[]): Map<string, number> => {
  const counts = new Map<string, number>()
  for (const term of terms) counts.set(term, (counts.get(term) ?? 0) + 1)
  return counts
}

/**
 * An index for BM25 (Okapi, with the inverse document frequency of Lucene, which is never negative).
 * @throws InvalidArgument when `k1` or `b` is out of range
 */
export const createBm25 = ({ k1 = 1.2, b = 0.75, tokenizer = tokenize }: Bm25Options = {}): Bm25Index => {
  if (!(k1 >= 0 && k1 < Number.POSITIVE_INFINITY))
    throw new InvalidArgument('k1', 'a number of 0 or more', k1)
  if (!(b >= 0 && b <= 1)) throw new InvalidArgument('b', 'a number from 0 to 1', b)
  const documents = new Map<string, Document>()
  const postings = new Map<string, Set<Document>>()
  let totalLength = 0
  let added = 0

  const remove = (id: string): boolean => {
    const document = documents.get(id)
    if (!document) return false
    documents.delete(id)
    totalLength -= document.length
    for (const term of document.terms.keys()) {
      const holders = postings.get(term)
      holders?.delete(document)
      if (holders?.size === 0) postings.delete(term)
    }
    return true
  }
  const weigh = (document: Document, term: string): number => {
    const holders = postings.get(term)?.size ?? 0
    const rarity = Math.log(1 + (documents.size - holders + 0.5) / (holders + 0.5))
    const count = document.terms.get(term) ?? 0
    const length = totalLength === 0 ? 0 : (document.length * documents.size) / totalLength
    return (rarity * count * (k1 + 1)) / (count + k1 * (1 - b + b * length))
  }
  return {
    get size() {
      return documents.size
    },
    add: (id, text) => {
      remove(id)
      const terms = tokenizer(text)
      const document: Document = { id, serial: added++, length: terms.length, terms: countTerms(terms) }
      documents.set(id, document)
      totalLength += document.length
      for (const term of document.terms.keys()) {
        const holders = postings.get(term)
        if (holders) holders.add(document)
        else postings.set(term, new Set([document]))
      }
    },
    remove,
    search: (query, limit = 10) => {
      checkLimit(limit)
      const scores = new Map<Document, number>()
      for (const [term, times] of countTerms(tokenizer(query)))
        for (const document of postings.get(term) ?? [])
          scores.set(document, (scores.get(document) ?? 0) + times * weigh(document, term))
      const found = [...scores.keys()].toSorted((first, second) => first.serial - second.serial)
      const ranked = topK(
        Float64Array.from(found, (document) => scores.get(document) ?? 0),
        limit,
      )
      return ranked.map(({ index, score }) => ({ id: found[index]?.id ?? '', score }))
    },
  }
}

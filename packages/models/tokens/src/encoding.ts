import type { TokenEncoding } from '@ashlar/catalog/encoding-of'
import { InvalidArgument } from '@ashlar/core/errors'
import { createClassifier } from './character-class.ts'
import { createEncodePiece } from './encode-piece.ts'
import type { Split } from './split.ts'
import { createVocabulary } from './vocabulary.ts'

/** The encodings whose tables are public. */
export type EncodingName = TokenEncoding

/** A loaded encoding. The text of special tokens (`<|endoftext|>`) is ordinary text to it. */
export interface Encoding {
  readonly name: EncodingName
  /** The tokens of the text. */
  readonly encode: (text: string) => number[]
  /** How many tokens the text has; faster than `encode`. */
  readonly count: (text: string) => number
  /**
   * The text of the tokens, special ones included; bytes that are not UTF-8 become U+FFFD.
   * @throws InvalidArgument when a token is not of this encoding
   */
  readonly decode: (tokens: readonly number[]) => string
}

/** What js-tiktoken ships for an encoding. */
export interface RankTable {
  readonly bpe_ranks: string
  readonly special_tokens: Readonly<Record<string, number>>
}

export interface EncodingOptions {
  readonly name: EncodingName
  readonly table: RankTable
  readonly split: Split
}

/** Builds an encoding from its table; `loadEncoding` does this once for the whole process. */
export const createEncoding = ({ name, table, split }: EncodingOptions): Encoding => {
  const vocabulary = createVocabulary(table.bpe_ranks)
  const { bytes, offsets } = vocabulary
  const classify = createClassifier()
  const encodePiece = createEncodePiece(vocabulary)
  const encoder = new TextEncoder()
  const special = new Map<number, Uint8Array>()
  for (const [text, token] of Object.entries(table.special_tokens)) special.set(token, encoder.encode(text))

  const walk = (source: string, tokens?: number[]): number => {
    const utf8 = encoder.encode(source)
    const text = { bytes: utf8, classes: classify(utf8) }
    let count = 0
    for (let start = 0; start < utf8.length;) {
      const end = split(text, start)
      count += encodePiece(utf8, { start, end }, tokens)
      start = end
    }
    return count
  }
  const bytesOf = (token: number): Uint8Array => {
    const found = special.get(token) ?? bytes.subarray(offsets[token] ?? 0, offsets[token + 1] ?? 0)
    if (found.length > 0) return found
    throw new InvalidArgument('tokens', `token ids of ${name}`, token)
  }
  return {
    name,
    encode: (text) => {
      const tokens: number[] = []
      walk(text, tokens)
      return tokens
    },
    count: (text) => walk(text),
    decode: (tokens) => {
      const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
      let text = ''
      for (const token of tokens) text += decoder.decode(bytesOf(token), { stream: true })
      return text + decoder.decode()
    },
  }
}

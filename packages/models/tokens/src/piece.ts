import {
  addByte,
  filterBit,
  filterIndex,
  fromSlot,
  hashPowers,
  mixHash,
  noToken,
  type Vocabulary,
} from './vocabulary.ts'

/** A piece of text under its split, able to say which of its parts are tokens without copying them. */
export interface Piece {
  /** Looks at the bytes from `start` to `end` of `text` from now on. */
  read(text: Uint8Array, start: number, end: number): void
  /** The token with the bytes from `from` to `to`, counted from the start of the piece, or `noToken`. */
  find(from: number, to: number): number
}

/** Makes a piece that hashes each of its bytes once; every part's hash then follows from two of its prefixes. */
export const createPiece = (vocabulary: Vocabulary): Piece => {
  const { bytes, offsets, longest, slots, filter } = vocabulary
  const powers = hashPowers(longest)
  const mask = slots.length - 1
  const pairs = new Int32Array(1 << 16).fill(noToken)
  for (let id = 0; id < offsets.length - 1; id++) {
    const at = offsets[id] ?? 0
    if ((offsets[id + 1] ?? 0) - at === 2) pairs[((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)] = id
  }
  let prefixes = new Int32Array(1024)
  let text: Uint8Array = new Uint8Array(0)
  let base = 0
  const isToken = (id: number, from: number, length: number): boolean => {
    const start = offsets[id] ?? 0
    if ((offsets[id + 1] ?? 0) - start !== length) return false
    for (let i = 0; i < length; i++) if (bytes[start + i] !== text[from + i]) return false
    return true
  }
  return {
    read: (bytesOfText, start, end) => {
      text = bytesOfText
      base = start
      const length = end - start
      if (length >= prefixes.length) prefixes = new Int32Array(length * 2)
      let hash = 0
      for (let i = 0; i < length; i++) prefixes[i + 1] = hash = addByte(hash, bytesOfText[start + i] ?? 0)
    },
    find: (from, to) => {
      const length = to - from
      if (length > longest) return noToken
      if (length === 2)
        return pairs[((text[base + from] ?? 0) << 8) | (text[base + from + 1] ?? 0)] ?? noToken
      const before = Math.imul(prefixes[from] ?? 0, powers[length] ?? 0)
      const mixed = mixHash(((prefixes[to] ?? 0) - before) | 0)
      if (((filter[filterIndex(mixed)] ?? 0) & filterBit(mixed)) === 0) return noToken
      for (let at = mixed & mask; ; at = (at + 1) & mask) {
        const slot = slots[at] ?? 0
        if (slot === 0) return noToken
        const id = fromSlot(slot, mixed)
        if (id >= 0 && isToken(id, base + from, length)) return id
      }
    },
  }
}

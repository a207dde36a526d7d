/** The tokens of an encoding, stored flat: `bytes[offsets[id]]` up to `bytes[offsets[id + 1]]` is token `id`. */
export interface Vocabulary {
  readonly bytes: Uint8Array
  readonly offsets: Uint32Array
  /** Length of the longest token. */
  readonly longest: number
  /** Open-addressed: 0, or a 14-bit tag of the hash over `id + 1`. */
  readonly slots: Int32Array
  /** A bit for every hash of a token: most parts of a text are no token, and this says so from a faster cache. */
  readonly filter: Int32Array
}

/** No such token; above every id, so that it loses every comparison for the lowest rank. */
export const noToken = 0x3fffffff

const idBits = 18
const idMask = (1 << idBits) - 1
const multiplier = 0x2c1b3c6d

/** One more byte of a polynomial hash; of two prefixes it gives the hash of what lies between them. */
export const addByte = (hash: number, byte: number): number => (Math.imul(hash, multiplier) + byte + 1) | 0

/** `multiplier` to the power of every index up to `longest`. */
export const hashPowers = (longest: number): Int32Array => {
  const powers = new Int32Array(longest + 1).fill(1)
  for (let i = 1; i <= longest; i++) powers[i] = Math.imul(powers[i - 1] ?? 1, multiplier)
  return powers
}

/** Spreads a polynomial hash, whose low bits are weak, over all bits. */
export const mixHash = (hash: number): number => {
  const mixed = Math.imul(hash ^ (hash >>> 15), 0x297a2d39)
  return mixed ^ (mixed >>> 15)
}

/** What a slot holds for token `id` under a mixed hash. */
const toSlot = (mixed: number, id: number): number => (mixed & ~idMask) | (id + 1)

/** The token of a slot under a mixed hash, or -1 when the tags differ. */
export const fromSlot = (slot: number, mixed: number): number =>
  ((slot ^ mixed) & ~idMask) === 0 ? (slot & idMask) - 1 : -1

const filterBits = 20

/** The bit of `filter` for a mixed hash: which of the 32 of its number `filterIndex`. */
export const filterBit = (mixed: number): number => 1 << ((mixed >>> (32 - filterBits)) & 31)
export const filterIndex = (mixed: number): number => mixed >>> (37 - filterBits)

const sextets = new Uint8Array(128)
for (const [value, char] of [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'].entries())
  sextets[char.charCodeAt(0)] = value

const index = (vocabulary: Pick<Vocabulary, 'bytes' | 'offsets'>): Pick<Vocabulary, 'slots' | 'filter'> => {
  const { bytes, offsets } = vocabulary
  const size = offsets.length - 1
  const slots = new Int32Array(1 << (33 - Math.clz32(size)))
  const filter = new Int32Array(1 << (filterBits - 5))
  const mask = slots.length - 1
  for (let id = 0; id < size; id++) {
    const start = offsets[id] ?? 0
    const end = offsets[id + 1] ?? 0
    if (start === end) continue
    let hash = 0
    for (let i = start; i < end; i++) hash = addByte(hash, bytes[i] ?? 0)
    const mixed = mixHash(hash)
    filter[filterIndex(mixed)] = (filter[filterIndex(mixed)] ?? 0) | filterBit(mixed)
    let at = mixed & mask
    while (slots[at] !== 0) at = (at + 1) & mask
    slots[at] = toSlot(mixed, id)
  }
  return { slots, filter }
}

const space = 0x20
const padding = 0x3d

/**
 * Reads the ranks of js-tiktoken: lines of `! <first id> <base64 token> <base64 token> …`. Ids between two
 * lines belong to special tokens and are left empty. Reads in place: splitting 200,000 tokens off would take
 * twice the time and 40 MB.
 */
export const createVocabulary = (ranks: string): Vocabulary => {
  const bytes = new Uint8Array(Math.ceil(ranks.length * 0.75))
  const offsets = new Uint32Array(Math.ceil(ranks.length / 4))
  let id = 0
  let end = 0
  let longest = 0
  for (let lineStart = 0; lineStart < ranks.length;) {
    const idStart = ranks.indexOf(' ', lineStart) + 1
    const newline = ranks.indexOf('\n', lineStart)
    const lineEnd = newline < 0 ? ranks.length : newline
    const tokens = ranks.indexOf(' ', idStart)
    for (const first = Number(ranks.slice(idStart, tokens)); id < first; id++) offsets[id] = end
    let bits = 0
    let pending = 0
    for (let at = tokens; at < lineEnd; at++) {
      const code = ranks.charCodeAt(at)
      if (code === space) {
        longest = Math.max(longest, end - (offsets[id - 1] ?? 0))
        offsets[id++] = end
        bits = pending = 0
      } else if (code !== padding) {
        pending = ((pending << 6) | (sextets[code] ?? 0)) & 0xfff
        bits += 6
        if (bits >= 8) bytes[end++] = pending >> (bits -= 8)
      }
    }
    longest = Math.max(longest, end - (offsets[id - 1] ?? 0))
    lineStart = lineEnd + 1
  }
  offsets[id] = end
  const flat = { bytes: bytes.slice(0, end), offsets: offsets.slice(0, id + 1), longest }
  return { ...flat, ...index(flat) }
}

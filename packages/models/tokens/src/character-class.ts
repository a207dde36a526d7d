/** The classes the patterns of the encodings tell apart, one bit each. */
export const characterClass = {
  /** Lu, Lt */ upper: 1,
  /** Ll */ lower: 2,
  /** Lm, Lo */ caseless: 4,
  /** M */ mark: 8,
  /** N */ number: 16,
  /** carriage return and line feed */ newline: 32,
  /** White_Space other than newlines */ space: 64,
  other: 128,
} as const

const { upper, lower, caseless, mark, number, newline, space, other } = characterClass

// `\s` of JavaScript differs from White_Space, which the vendor's own (Rust) patterns use, in U+0085 and U+FEFF.
const classes = [
  [/\p{Ll}/u, lower],
  [/[\p{Lu}\p{Lt}]/u, upper],
  [/\p{L}/u, caseless],
  [/\p{M}/u, mark],
  [/\p{N}/u, number],
  [/[\r\n]/u, newline],
  [/\p{White_Space}/u, space],
] as const

const classOf = (codePoint: number): number => {
  const char = String.fromCodePoint(codePoint)
  for (const [pattern, bit] of classes) if (pattern.test(char)) return bit
  return other
}

const pageBits = 8
const pageSize = 1 << pageBits

// Most pages of Unicode are all of one class; these two find them 100 × faster than char by char.
const uniform = [
  [/^[\p{Lm}\p{Lo}]+$/u, caseless],
  [/^[^\p{L}\p{M}\p{N}\p{White_Space}]+$/u, other],
] as const

const createPage = (page: number): Uint8Array => {
  const first = page << pageBits
  const chars = String.fromCodePoint(...Array.from({ length: pageSize }, (_, i) => first + i))
  for (const [pattern, bit] of uniform) if (pattern.test(chars)) return new Uint8Array(pageSize).fill(bit)
  return Uint8Array.from({ length: pageSize }, (_, i) => classOf(first + i))
}

/**
 * Makes a function that gives every byte of well-formed UTF-8 the class of the character it belongs to, with a
 * 0 after the last. Classes come from the engine's own Unicode tables, a page of 256 characters at a time.
 */
export const createClassifier = (): ((bytes: Uint8Array) => Uint8Array) => {
  const pages: (Uint8Array | undefined)[] = []
  const ascii = createPage(0)
  const lookUp = (codePoint: number): number => {
    const page = codePoint >> pageBits
    return (pages[page] ??= createPage(page))[codePoint & (pageSize - 1)] ?? other
  }
  return (bytes) => {
    const found = new Uint8Array(bytes.length + 1)
    for (let i = 0; i < bytes.length;) {
      const b = bytes[i] ?? 0
      if (b < 0x80) {
        found[i++] = ascii[b] ?? other
        continue
      }
      const b1 = (bytes[i + 1] ?? 0) & 0x3f
      const b2 = (bytes[i + 2] ?? 0) & 0x3f
      let length = 2
      let codePoint = ((b & 0x1f) << 6) | b1
      if (b >= 0xf0) {
        length = 4
        codePoint = ((b & 7) << 18) | (b1 << 12) | (b2 << 6) | ((bytes[i + 3] ?? 0) & 0x3f)
      } else if (b >= 0xe0) {
        length = 3
        codePoint = ((b & 15) << 12) | (b1 << 6) | b2
      }
      const bit = lookUp(codePoint)
      for (const end = i + length; i < end; i++) found[i] = bit
    }
    return found
  }
}

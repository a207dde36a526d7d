/** Width and height in pixels. */
export interface ImageSize {
  readonly width: number
  readonly height: number
}

/** Reads bytes out of base64 without decoding the rest; reads past the end give 0. */
type ReadBytes = (offset: number, length: number) => Uint8Array

const readerOf =
  (base64: string): ReadBytes =>
  (offset, length) => {
    const first = Math.floor(offset / 3)
    const text = atob(base64.slice(first * 4, Math.ceil((offset + length) / 3) * 4))
    return Uint8Array.from({ length }, (_, i) => text.charCodeAt(offset - first * 3 + i) || 0)
  }

const ascii = (bytes: Uint8Array): string => String.fromCharCode(...bytes)
const big = (bytes: Uint8Array): number => bytes.reduce((value, byte) => value * 256 + byte, 0)
const little = (bytes: Uint8Array): number => big(bytes.toReversed())

const sizeOfWebp = (read: ReadBytes): ImageSize | undefined => {
  const kind = ascii(read(12, 4))
  if (kind === 'VP8X') return { width: little(read(24, 3)) + 1, height: little(read(27, 3)) + 1 }
  if (kind === 'VP8 ') return { width: little(read(26, 2)) & 0x3fff, height: little(read(28, 2)) & 0x3fff }
  if (kind !== 'VP8L') return undefined
  const bits = little(read(21, 4))
  return { width: (bits & 0x3fff) + 1, height: ((bits >> 14) & 0x3fff) + 1 }
}

/** Segments before the frame header that are skipped at most; each may be 64 kB of metadata. */
const maxSegments = 500

const sizeOfJpeg = (read: ReadBytes): ImageSize | undefined => {
  let at = 2
  for (let segments = 0; segments < maxSegments; segments++) {
    const [mark = 0, marker = 0, high = 0, low = 0] = read(at, 4)
    if (mark !== 0xff) return undefined
    // C0 to CF are the frame headers, but for the tables among them.
    const isFrame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc
    if (isFrame) return { height: big(read(at + 5, 2)), width: big(read(at + 7, 2)) }
    at += marker === 0xff ? 1 : 2 + high * 256 + low
  }
  return undefined
}

const sizeIn = (read: ReadBytes): ImageSize | undefined => {
  const start = ascii(read(0, 12))
  if (start.startsWith('\x89PNG\r\n\x1a\n')) return { width: big(read(16, 4)), height: big(read(20, 4)) }
  if (/^GIF8[79]a/.test(start)) return { width: little(read(6, 2)), height: little(read(8, 2)) }
  if (/^RIFF[^]{4}WEBP/.test(start)) return sizeOfWebp(read)
  return start.startsWith('\xff\xd8') ? sizeOfJpeg(read) : undefined
}

/**
 * The size of a PNG, JPEG, GIF or WebP image in base64, from its header. `undefined` when the data is none of
 * these, is cut short, or says a side is 0.
 */
export const imageSizeOf = (base64: string): ImageSize | undefined => {
  try {
    const size = sizeIn(readerOf(base64))
    return size && size.width > 0 && size.height > 0 ? size : undefined
  } catch {
    return undefined
  }
}

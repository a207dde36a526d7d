import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { imageSizeOf } from './image-size.ts'

const base64 = (...parts: (string | readonly number[])[]): string =>
  Buffer.concat(
    parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(part))),
  ).toString('base64')
const be16 = (n: number): number[] => [n >> 8, n & 255]
const be32 = (n: number): number[] => [...be16(n >>> 16), ...be16(n & 0xffff)]
const le16 = (n: number): number[] => [n & 255, n >> 8]
const le24 = (n: number): number[] => [...le16(n & 0xffff), n >> 16]
const le32 = (n: number): number[] => [...le16(n & 0xffff), ...le16(n >>> 16)]

const png = (width: number, height: number): string =>
  base64('\x89PNG\r\n\x1a\n', be32(13), 'IHDR', be32(width), be32(height), [8, 6, 0, 0, 0])
const gif = (width: number, height: number): string => base64('GIF89a', le16(width), le16(height), [0, 0, 0])
const lossy = (width: number, height: number): string =>
  base64(
    'RIFF',
    le32(100),
    'WEBPVP8 ',
    le32(90),
    [0, 0, 0, 0x9d, 1, 0x2a],
    le16(width),
    le16(height | 0x4000),
  )
const lossless = (width: number, height: number): string =>
  base64('RIFF', le32(100), 'WEBPVP8L', le32(90), [0x2f], le32(((height - 1) << 14) | (width - 1)))
const extended = (width: number, height: number): string =>
  base64('RIFF', le32(100), 'WEBPVP8X', le32(10), [0, 0, 0, 0], le24(width - 1), le24(height - 1))
const segment = (marker: number, body: readonly number[]): number[] => [
  0xff,
  marker,
  ...be16(body.length + 2),
  ...body,
]
const jpeg = (width: number, height: number): string =>
  base64(
    [
      0xff,
      0xd8,
      ...segment(
        0xe1,
        Array.from({ length: 60_000 }, (_, i) => i & 255),
      ),
    ],
    [...segment(0xc4, [1, 2, 3]), 0xff, ...segment(0xc2, [8, ...be16(height), ...be16(width), 3])],
  )

describe('imageSizeOf', () => {
  it.each([
    ['PNG', png, 0xffff_ffff],
    ['GIF', gif, 0xffff],
    ['WebP, lossy', lossy, 0x3fff],
    ['WebP, lossless', lossless, 0x3fff],
    ['WebP, extended', extended, 0xff_ffff],
    ['JPEG behind 60 kB of metadata', jpeg, 0xffff],
  ])('reads the header of a %s', (_, write, most) => {
    const side = fc.integer({ min: 1, max: most })
    fc.assert(
      fc.property(side, side, (width, height) => {
        expect(imageSizeOf(write(width, height))).toEqual({ width, height })
      }),
      { numRuns: 30 },
    )
  })

  it('says nothing of a size it cannot read', () => {
    expect(imageSizeOf('')).toBeUndefined()
    expect(imageSizeOf('not base64!')).toBeUndefined()
    expect(imageSizeOf(base64('%PDF-1.7 and some more'))).toBeUndefined()
    expect(imageSizeOf(base64('RIFF', le32(1), 'WEBPABCD'))).toBeUndefined()
    expect(imageSizeOf(base64([0xff, 0xd8, 0x12, 0x34]))).toBeUndefined()
    expect(imageSizeOf(png(0, 10))).toBeUndefined()
    expect(imageSizeOf(png(10, 10).slice(0, 20))).toBeUndefined()
  })

  it('never throws, and ends, on any bytes behind any signature', () => {
    const signature = fc.constantFrom(
      '\x89PNG\r\n\x1a\n',
      'GIF87a',
      'RIFF1234WEBPVP8 ',
      '\xff\xd8\xff',
      '\xff\xd8\xff\xff',
    )
    fc.assert(
      fc.property(signature, fc.uint8Array({ maxLength: 60 }), (start, rest) => {
        const size = imageSizeOf(base64(start, [...rest]))
        expect(size === undefined || (size.width > 0 && size.height > 0)).toBe(true)
      }),
      { numRuns: 500 },
    )
  })
})

import fc from 'fast-check'
import { expect, it } from 'vitest'
import { toWrites } from './send-body.ts'

const frames = fc
  .array(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }), { maxLength: 8 })
  .map((texts) => texts.map((text) => Buffer.from(text)))
const size = fc.integer({ min: 1, max: 50 })

it('cuts bytes into writes of the sizes asked for, and loses none', () => {
  fc.assert(
    fc.property(frames, fc.array(size, { minLength: 1, maxLength: 4 }), (given, bytes) => {
      const writes = toWrites(given, { bytes })
      expect(Buffer.concat(writes)).toEqual(Buffer.concat(given))
      for (const [index, { length }] of writes.slice(0, -1).entries())
        expect(length).toBe(bytes[Math.min(index, bytes.length - 1)])
    }),
  )
})

it('joins so many frames in one write, and cuts none', () => {
  fc.assert(
    fc.property(frames, fc.oneof(size, fc.constant(Number.POSITIVE_INFINITY)), (given, count) => {
      const writes = toWrites(given, { frames: count })
      expect(Buffer.concat(writes)).toEqual(Buffer.concat(given))
      expect(writes).toHaveLength(Math.ceil(given.length / count) || Math.min(given.length, 1))
    }),
  )
})

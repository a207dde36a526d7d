import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createSseDecoder, type SseDecoder, type SseEvent } from './sse.ts'

const encoder = new TextEncoder()

const decodeAll = (packets: readonly Uint8Array[], decoder: SseDecoder = createSseDecoder()): SseEvent[] =>
  packets.flatMap((packet) => decoder.push(packet))

const decode = (text: string): SseEvent[] => decodeAll([encoder.encode(text)])

const message = (data: string): SseEvent => ({ event: 'message', data })

describe('createSseDecoder', () => {
  it.each([
    ['one event', 'data: a\n\n', [message('a')]],
    ['a name', 'event: ping\ndata: a\n\n', [{ event: 'ping', data: 'a' }]],
    [
      'the name after the data, and only for this event',
      'data: a\nevent: x\n\ndata: b\n\n',
      [{ event: 'x', data: 'a' }, message('b')],
    ],
    ['several lines of data', 'data: a\ndata:\ndata: c\n\n', [message('a\n\nc')]],
    ['data without a space, and with two', 'data:a\ndata:  b\n\n', [message('a\n b')]],
    ['empty data', 'data:\n\n', [message('')]],
    ['a field without a colon', 'data\n\n', [message('')]],
    ['a colon in the data', 'data: {"a":1}\n\n', [message('{"a":1}')]],
    ['CRLF', 'event: x\r\ndata: a\r\n\r\ndata: b\r\n\r\n', [{ event: 'x', data: 'a' }, message('b')]],
    ['CR alone', 'data: a\r\rdata: b\r\r', [message('a'), message('b')]],
    ['all three mixed', 'data: a\r\ndata: b\n\rdata: c\r\n\n', [message('a\nb'), message('c')]],
    ['a byte order mark', '\uFEFFdata: a\n\n', [message('a')]],
    ['a byte order mark that is data', 'data: \uFEFFa\n\n', [message('\uFEFFa')]],
    ['comments', ': hello\n:\ndata: a\n: more\n\n', [message('a')]],
    ['id, retry and unknown fields', 'id: 1\nretry: 10\nfoo: bar\ndatabase: x\ndata: a\n\n', [message('a')]],
    ['blank lines without data', '\n\nevent: x\n\n\ndata: a\n\n', [message('a')]],
    ['an event that never ends', 'data: a\n\ndata: b\n', [message('a')]],
    ['nothing', '', []],
  ])('reads %s', (_, text, events) => {
    expect(decode(text)).toEqual(events)
    expect(decodeAll(Array.from(encoder.encode(text), (byte) => Uint8Array.of(byte)))).toEqual(events)
  })

  it('hands out all events a packet completes at once', () => {
    const decoder = createSseDecoder()
    expect(decoder.push(encoder.encode('data: a\n\ndata: b\n\nda'))).toHaveLength(2)
    expect(decoder.push(encoder.encode('ta: c\n'))).toHaveLength(0)
    expect(decoder.push(encoder.encode('\n'))).toEqual([message('c')])
  })

  it('refuses a line that never ends', () => {
    const decoder = createSseDecoder(100)
    decoder.push(encoder.encode(`data: ${'a'.repeat(80)}`))
    expect(() => decoder.push(encoder.encode('a'.repeat(80)))).toThrow('longer than 100 characters')
  })

  it('refuses an event that never ends', () => {
    const decoder = createSseDecoder(100)
    const line = encoder.encode(`data: ${'a'.repeat(40)}\n`)
    expect(() => [1, 2, 3].map(() => decoder.push(line))).toThrow('longer than 100 characters')
  })
})

const line = fc.oneof(
  fc.tuple(
    fc.constantFrom('data', 'data', 'event', 'id', '', 'x'),
    fc.constantFrom(':', ': ', ''),
    fc.string({ unit: 'grapheme' }),
  ),
  fc.constant(['', '', ''] as const),
)
const stream = fc
  .tuple(fc.constantFrom('', '\uFEFF'), fc.array(fc.tuple(line, fc.constantFrom('\n', '\r\n', '\r'))))
  .map(
    ([mark, lines]) =>
      mark +
      lines.map(([[name, colon, value], end]) => name + colon + value.replace(/[\r\n]/g, '') + end).join(''),
  )

const cut = (bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] => {
  const at = [...new Set(cuts.map((position) => position % (bytes.length + 1)))].toSorted((a, b) => a - b)
  return [...at, bytes.length].map((end, index) => bytes.subarray(at[index - 1] ?? 0, end))
}

/** What anybody writes first: it decodes each packet by itself. */
const naive = (): SseDecoder => {
  let rest = ''
  return {
    push: (bytes) => {
      const blocks = (rest + new TextDecoder().decode(bytes)).split('\n\n')
      rest = blocks.pop() ?? ''
      return blocks.map((block) => message(block.slice(6)))
    },
  }
}

describe('the cuts of a stream', () => {
  it('make no difference', () => {
    fc.assert(
      fc.property(stream, fc.array(fc.nat()), (text, cuts) => {
        const bytes = encoder.encode(text)
        expect(decodeAll(cut(bytes, cuts))).toEqual(decodeAll([bytes]))
      }),
    )
  })

  it('make no difference at any single byte', () => {
    const bytes = encoder.encode('\uFEFFevent: ü\r\ndata: 🎈é\rdata: b\n\ndata: {"x":"✓"}\r\n\r\n')
    const whole = decodeAll([bytes])
    expect(whole).toEqual([{ event: 'ü', data: '🎈é\nb' }, message('{"x":"✓"}')])
    for (let at = 0; at <= bytes.length; at++)
      expect(decodeAll([bytes.subarray(0, at), bytes.subarray(at)])).toEqual(whole)
  })

  it('would be noticed in a decoder that goes packet by packet', () => {
    const bytes = encoder.encode('data: 🎈\n\n')
    const differs = Array.from(bytes, (_, at) =>
      decodeAll([bytes.subarray(0, at), bytes.subarray(at)], naive()),
    ).some(([event]) => event?.data !== '🎈')
    expect(differs).toBe(true)
  })
})

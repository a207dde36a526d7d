import { once } from 'node:events'
import { request } from 'node:http'
import { createServer, type Server } from 'node:net'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AnswerHead } from './answer-head.ts'
import { AnswerReader } from './answer-reader.ts'

interface Reading {
  readonly status?: number | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly body: string
  readonly isWhole: boolean
  readonly isReusable: boolean
  readonly error?: string | undefined
}

interface Answer {
  readonly bytes: Buffer
  readonly method: string
}

const latin = (text: string): Buffer => Buffer.from(text, 'latin1')

const cut = (bytes: Buffer, at: readonly number[]): Buffer[] => {
  const places = [0, ...at.map((place) => place % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length]
  return places.slice(1).flatMap((end, index) => {
    const piece = bytes.subarray(places[index], end)
    return piece.length > 0 ? [piece] : []
  })
}

/** What our reader makes of these pieces, after which the server closes. */
const read = (pieces: readonly Buffer[], method = 'GET'): Reading => {
  let head: AnswerHead | undefined
  const body: Buffer[] = []
  const reader = new AnswerReader({
    onHead: (given) => {
      expect(head).toBeUndefined()
      head = given
    },
    onBody: (bytes) => void body.push(bytes),
  })
  reader.expect(method)
  let isReusable = false
  let error: string | undefined
  try {
    for (const piece of pieces) isReusable = reader.push(piece)
  } catch (cause) {
    error = String(cause)
  }
  const isWhole = error === undefined && (!reader.busy || reader.end())
  return {
    status: head?.status,
    headers: head?.headers,
    body: Buffer.concat(body).toString('latin1'),
    isWhole,
    isReusable: isWhole && isReusable,
    error,
  }
}

const readText = (text: string, method = 'GET'): Reading => read([latin(text)], method)

const ok = 'HTTP/1.1 200 OK\r\n'
const chunked = `${ok}Transfer-Encoding: chunked\r\n\r\n`

describe('AnswerReader', () => {
  it.each<readonly [string, string, Partial<Reading>]>([
    ['a length', `${ok}Content-Length: 2\r\n\r\nab`, { body: 'ab', isReusable: true }],
    ['no body', `${ok}content-length:0\r\n\r\n`, { body: '', isReusable: true }],
    ['no reason', 'HTTP/1.1 404\r\nContent-Length: 0\r\n\r\n', { status: 404, isReusable: true }],
    ['chunks', `${chunked}1\r\na\r\n02;x="y";z\r\nbc\r\n0\r\n\r\n`, { body: 'abc', isReusable: true }],
    ['trailers', `${chunked}A\r\n0123456789\r\n0\r\nx: y\r\nz:\r\n\r\n`, { isReusable: true }],
    ['until it closes', `${ok}\r\nab`, { body: 'ab', isReusable: false }],
    ['that it closes', `${ok}Connection: x, Close\r\nContent-Length: 1\r\n\r\na`, { isReusable: false }],
    ['1.0', 'HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\na', { body: 'a', isReusable: false }],
    [
      '1.0 that stays',
      'HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 1\r\n\r\na',
      { isReusable: true },
    ],
    [
      '1.0 that says both',
      'HTTP/1.0 200 OK\r\nConnection: keep-alive, close\r\nContent-Length: 1\r\n\r\na',
      { isReusable: false },
    ],
    [
      'chunks of 1.0',
      'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      { body: '', isReusable: false },
    ],
    [
      'interim answers',
      `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n${ok}Content-Length: 0\r\n\r\n`,
      { status: 200, headers: { 'content-length': '0' }, isReusable: true },
    ],
    ['204', 'HTTP/1.1 204 No Content\r\n\r\n', { status: 204, isReusable: true }],
    ['204 with a length', 'HTTP/1.1 204 No Content\r\nContent-Length: 3\r\n\r\n', { isReusable: false }],
    ['204 with chunks', 'HTTP/1.1 204 X\r\nTransfer-Encoding: chunked\r\n\r\n', { isReusable: false }],
    ['304', 'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\n\r\n', { status: 304, isReusable: true }],
    [
      'headers of one name',
      `${ok}A: 1\r\na:\t2 \t\r\nB:\r\nC: \t \r\nContent-Length: 0\r\n\r\n`,
      { headers: { a: '1, 2', b: '', c: '', 'content-length': '0' } },
    ],
    [
      'Latin-1',
      `${ok}A: gr\u00fc\u00dfe\r\nContent-Length: 1\r\n\r\n\u00ff`,
      { headers: { a: 'gr\u00fc\u00dfe', 'content-length': '1' }, body: '\u00ff' },
    ],
    [
      'names of an object',
      `${ok}Constructor: a\r\n__proto__: b\r\nContent-Length: 0\r\n\r\n`,
      { headers: { constructor: 'a', 'content-length': '0' } },
    ],
  ])('reads an answer with %s', (_, text, expected) => {
    expect(readText(text)).toMatchObject({ isWhole: true, error: undefined, ...expected })
  })

  it('reads no body after HEAD, and nothing after the head of a tunnel', () => {
    expect(readText(`${ok}Content-Length: 9\r\n\r\n`, 'HEAD')).toMatchObject({ isWhole: true, body: '' })
    expect(readText(`${ok}Content-Length: 9\r\n\r\n`)).toMatchObject({ isWhole: false })
    const tunnel = 'HTTP/1.0 200 Connection established\r\n\r\n'
    expect(readText(tunnel, 'CONNECT')).toMatchObject({ isWhole: true, status: 200, body: '' })
    expect(readText('HTTP/1.1 407 No\r\nContent-Length: 2\r\n\r\nno', 'CONNECT').body).toBe('no')
  })

  it.each([
    ['nothing of HTTP', '\u0015\u0003\u0003\0\u0002\u0002\u0050', 'a character that no head may have'],
    ['another protocol', 'SSH-2.0-OpenSSH_9.6\r\n\r\n', 'no status line'],
    ['HTTP/2', 'HTTP/2 200 OK\r\n\r\n', 'no status line'],
    ['a version of two digits', 'HTTP/1.10 200 OK\r\n\r\n', 'no status line'],
    ['a status below 100', 'HTTP/1.1 099 OK\r\n\r\n', 'no status line'],
    ['a status of four digits', 'HTTP/1.1 2000 OK\r\n\r\n', 'no status line'],
    ['an empty line before it', `\r\n${ok}\r\n`, 'no status line'],
    ['no header name', `${ok}: x\r\n\r\n`, 'a header without a name'],
    ['a blank before the colon', `${ok}Content-Length : 1\r\n\r\na`, 'a header without a name'],
    ['a line without a colon', `${ok}Content-Length\r\n\r\n`, 'a header without a name'],
    ['a folded line', `${ok}A: b\r\n c\r\n\r\n`, 'a header without a name'],
    ['a folded first line', `${ok} A: b\r\n\r\n`, 'a header without a name'],
    ['a bare LF', 'HTTP/1.1 200 OK\nContent-Length: 1\n\na', 'a character that no head may have'],
    ['a bare CR', `${ok}A: b\rContent-Length: 1\r\n\r\na`, 'a character that no head may have'],
    ['two CR', `${ok}A: b\r\r\n\r\n`, 'a character that no head may have'],
    ['a NUL', `${ok}A: \0\r\n\r\n`, 'a character that no head may have'],
    ['two lengths', `${ok}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab`, 'no length'],
    ['one length twice', `${ok}Content-Length: 1\r\nContent-Length: 1\r\n\r\na`, 'no length'],
    ['a list of lengths', `${ok}Content-Length: 1, 1\r\n\r\na`, 'no length'],
    ['a signed length', `${ok}Content-Length: +1\r\n\r\na`, 'no length'],
    ['a negative length', `${ok}Content-Length: -1\r\n\r\na`, 'no length'],
    ['a hexadecimal length', `${ok}Content-Length: 0x1\r\n\r\na`, 'no length'],
    ['an empty length', `${ok}Content-Length:\r\n\r\na`, 'no length'],
    ['a length no number holds', `${ok}Content-Length: 9999999999999999\r\n\r\na`, 'no length'],
    ['a bad length without a body', 'HTTP/1.1 204 X\r\nContent-Length: x\r\n\r\n', 'no length'],
    [
      'a length beside chunks',
      `${ok}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n`,
      'a length beside chunks',
    ],
    ['another encoding', `${ok}Transfer-Encoding: gzip, chunked\r\n\r\n`, 'an unknown transfer encoding'],
    [
      'chunks twice',
      `${ok}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n`,
      'an unknown transfer encoding',
    ],
    ['an encoding like chunked', `${ok}Transfer-Encoding: xchunked\r\n\r\n`, 'an unknown transfer encoding'],
    ['another protocol to go on in', 'HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n', 'an interim answer'],
    ['an interim answer of 1.0', `HTTP/1.0 100 Continue\r\n\r\n${ok}\r\n`, 'an interim answer'],
    [
      'an interim answer that is the last',
      'HTTP/1.1 103 X\r\nConnection: close\r\n\r\n',
      'an interim answer',
    ],
    ['an interim answer with a bad length', 'HTTP/1.1 103 X\r\nContent-Length: x\r\n\r\n', 'no length'],
    ['endless interim answers', 'HTTP/1.1 102 Wait\r\n\r\n'.repeat(21), 'an interim answer'],
    ['a size that is none', `${chunked}g\r\n`, 'no size of a chunk'],
    ['a signed size', `${chunked}-1\r\n`, 'no size of a chunk'],
    ['an empty size', `${chunked}\r\n`, 'no size of a chunk'],
    ['a size with 0x', `${chunked}0x1\r\na`, 'no size of a chunk'],
    ['a blank after a size', `${chunked}1 \r\na`, 'no size of a chunk'],
    ['a size no number holds', `${chunked}fffffffffffffffff\r\na`, 'no size of a chunk'],
    ['a size line with a bare LF', `${chunked}1\na\r\n`, 'a line that does not end in CR LF'],
    ['a bare CR in an extension', `${chunked}1;a\rb\r\na\r\n`, 'no size of a chunk'],
    ['a chunk longer than its size', `${chunked}1\r\nab\r\n`, 'a chunk longer than its size'],
    ['a trailer without a name', `${chunked}0\r\n${ok}\r\n`, 'a trailer without a name'],
    ['a blank before a trailer', `${chunked}0\r\n a: b\r\n\r\n`, 'a trailer without a name'],
    ['a control character in a trailer', `${chunked}0\r\na: \0\r\n\r\n`, 'a trailer without a name'],
    ['an endless head', `${ok}A: ${'a'.repeat(70_000)}`, 'a head of more than'],
    ['an endless list of headers', ok + 'A: b\r\n'.repeat(20_000), 'a head of more than'],
    ['an endless extension', `${chunked}1;${'a'.repeat(70_000)}`, 'a line of more than'],
    ['endless trailers', `${chunked}0\r\n${'A: b\r\n'.repeat(20_000)}`, 'trailers of more than'],
  ])('refuses %s, in one packet and byte by byte', (_, text, words) => {
    for (const cuts of [[], Array.from({ length: text.length }, (_, at) => at)]) {
      const reading = read(cut(latin(text), cuts))
      expect(reading.error).toContain(`the answer is not HTTP/1.1: ${words}`)
      expect(reading).toMatchObject({ isWhole: false, isReusable: false })
    }
  })

  it('takes a head of 64 kB however it is cut, and none that is longer', () => {
    const head = (length: number): string => `${ok}A: ${'a'.repeat(length - ok.length - 7)}\r\n\r\n`
    for (const cuts of [[], [60_000], [65_535]]) {
      expect(read(cut(latin(head(65_536)), cuts))).toMatchObject({ status: 200, isWhole: true })
      expect(read(cut(latin(head(65_537)), cuts)).error).toContain('a head of more than 65536')
    }
  })

  it.each([
    ['in its head', `${ok}Content-Length: 1\r\n`],
    ['before its body', `${ok}Content-Length: 1\r\n\r\n`],
    ['in its body', `${ok}Content-Length: 2\r\n\r\na`],
    ['in a chunk', `${chunked}2\r\na`],
    ['between chunks', `${chunked}1\r\na\r\n`],
    ['in its trailers', `${chunked}0\r\n`],
  ])('knows an answer that was cut off %s from one that ends with the connection', (_, text) => {
    expect(readText(text)).toMatchObject({ isWhole: false, error: undefined })
    expect(readText(`${ok}\r\na`)).toMatchObject({ isWhole: true })
  })
})

/** What is generated, with what must be read. */
interface Sample extends Answer {
  readonly expected: Reading
}

const token = fc.stringMatching(/^x-[!#$%&'*+.^`|~a-z0-9-]{0,8}$/)
const value = fc.stringMatching(/^([!-~\u0080-\u00ff]([!-~\t \u0080-\u00ff]{0,12}[!-~\u0080-\u00ff])?)?$/)
const field = fc.tuple(token, value)
const body = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes).toString('latin1'))
const extension = fc.constantFrom('', '', ';a', ';a=b', ';a="b c";d=e')
const fields = (list: readonly (readonly [string, string])[]): string =>
  list.map(([name, content]) => `${name}: ${content}\r\n`).join('')

const frames = fc.oneof(
  body.map((content) => ({
    content,
    ends: true,
    headers: [['Content-Length', String(Buffer.byteLength(content, 'latin1'))]] as const,
    sent: content,
  })),
  fc
    .tuple(
      fc.array(
        fc.tuple(
          body.filter((part) => part !== ''),
          extension,
          fc.nat(3),
        ),
        { maxLength: 5 },
      ),
      fc.array(field, { maxLength: 2 }),
    )
    .map(([parts, trailers]) => ({
      content: parts.map(([part]) => part).join(''),
      ends: true,
      headers: [['Transfer-Encoding', 'chunked']] as const,
      sent: `${parts
        .map(
          ([part, added, zeros]) => `${'0'.repeat(zeros)}${part.length.toString(16)}${added}\r\n${part}\r\n`,
        )
        .join('')}0\r\n${fields(trailers)}\r\n`,
    })),
  body.map((content) => ({ content, ends: false, headers: [] as const, sent: content })),
)

const sample: fc.Arbitrary<Sample> = fc
  .record({
    interim: fc.array(fc.constantFrom('100 Continue\r\n', '103 Early Hints\r\nLink: </a>\r\n'), {
      maxLength: 2,
    }),
    method: fc.constantFrom('GET', 'GET', 'GET', 'POST', 'HEAD'),
    status: fc.constantFrom(200, 200, 200, 201, 400, 404, 429, 503, 204, 304),
    reason: fc.constantFrom('', ' ', ' OK', ' Very much so'),
    version: fc.constantFrom('1.1', '1.1', '1.1', '1.0'),
    connection: fc.constantFrom(undefined, undefined, 'close', 'keep-alive', 'Keep-Alive, X'),
    more: fc.array(field, { maxLength: 4 }),
    frame: frames,
  })
  .map(({ interim, method, status, reason, version, connection, more, frame }) => {
    const hasBody = method !== 'HEAD' && status !== 204 && status !== 304
    const list = [...more, ...frame.headers, ...(connection ? [['Connection', connection] as const] : [])]
    const headers = new Map<string, string>()
    for (const [name, content] of list) {
      const before = headers.get(name.toLowerCase())
      headers.set(name.toLowerCase(), before === undefined ? content : `${before}, ${content}`)
    }
    const isModern = version === '1.1'
    const stays = isModern ? connection !== 'close' : /keep-alive/i.test(connection ?? '')
    const [kind, size] = frame.headers[0] ?? []
    const isClear = hasBody
      ? frame.ends && (isModern || kind === 'Content-Length')
      : kind === undefined || size === '0'
    return {
      method,
      bytes: latin(
        interim.map((line) => `HTTP/1.1 ${line}\r\n`).join('') +
          `HTTP/${version} ${status}${reason}\r\n${fields(list)}\r\n${hasBody ? frame.sent : ''}`,
      ),
      expected: {
        status,
        headers: Object.fromEntries(headers),
        body: hasBody ? frame.content : '',
        isWhole: true,
        isReusable: stays && isClear,
        error: undefined,
      },
    }
  })

describe('any answer', () => {
  it('is read the same however it is cut', () => {
    fc.assert(
      fc.property(sample, fc.array(fc.nat(2000), { maxLength: 12 }), ({ bytes, method, expected }, cuts) => {
        expect(read([bytes], method)).toEqual(expected)
        expect(read(cut(bytes, cuts), method)).toEqual(expected)
        const each = Array.from({ length: bytes.length }, (_, at) => at)
        expect(read(cut(bytes, each), method)).toEqual(expected)
      }),
      { numRuns: 500 },
    )
  })

  it('is not read the same when a byte of its body is lost', () => {
    const [answer] = fc.sample(
      sample.filter(({ expected: { body: whole } }) => whole !== ''),
      { numRuns: 1, seed: 1 },
    )
    expect.assert(answer)
    const { bytes, method, expected } = answer
    expect(read([bytes.subarray(0, -1)], method)).not.toEqual(expected)
  })

  it('does not mix with the next, and what comes after it makes the connection useless', () => {
    const reusable = sample.filter(({ expected }) => expected.isReusable)
    fc.assert(
      fc.property(reusable, reusable, fc.array(fc.nat(2000), { maxLength: 4 }), (first, second, cuts) => {
        const heads: AnswerHead[] = []
        let bodies = ''
        const reader = new AnswerReader({
          onHead: (head) => void heads.push(head),
          onBody: (bytes) => void (bodies += bytes.toString('latin1')),
        })
        for (const { method, bytes, expected } of [first, second]) {
          bodies = ''
          reader.expect(method)
          const results = cut(bytes, cuts).map((piece) => reader.push(piece))
          expect(results.at(-1)).toBe(true)
          expect(results.slice(0, -1)).not.toContain(true)
          expect([heads.at(-1)?.headers, bodies]).toEqual([expected.headers, expected.body])
        }
        expect(heads).toHaveLength(2)
        // Both at once: the second was not asked for.
        reader.expect(first.method)
        bodies = ''
        expect(reader.push(Buffer.concat([first.bytes, second.bytes]))).toBe(false)
        expect([reader.busy, heads.length, bodies]).toEqual([false, 3, first.expected.body])
        expect(reader.push(second.bytes)).toBe(false)
        expect(heads).toHaveLength(3)
      }),
      { numRuns: 200 },
    )
  })
})

/** What may happen to an answer on its way. */
const damage = fc.record({
  at: fc.nat(400),
  drop: fc.constantFrom(0, 0, 1, 2, 5),
  insert: fc.constantFrom(
    '',
    '',
    '\r',
    '\n',
    '\r\n',
    ' ',
    '\t',
    '\0',
    '\u007f',
    '\u00ff',
    ':',
    ';',
    ',',
    '0',
    '1',
    'f',
    '-',
    '+',
    '"',
    '\r\n ',
    '\r\n\r\n',
    'chunked',
    'close',
    'x: y\r\n',
    'Content-Length: 3\r\n',
    'HTTP/1.1 200 OK\r\n\r\n',
    'Transfer-Encoding: chunked\r\n',
    '\r\nContent-Length: 1',
    '0\r\n\r\n',
    ';a=b',
    '204',
    '2.0',
    '1.0',
  ),
})

const damaged: fc.Arbitrary<Answer> = fc
  .tuple(sample, fc.array(damage, { maxLength: 2 }))
  .map(([{ bytes, method }, damages]) => {
    let text = bytes.toString('latin1')
    for (const { at, drop, insert } of damages) {
      const place = at % (text.length + 1)
      text = text.slice(0, place) + insert + text.slice(place + drop)
    }
    return { method, bytes: latin(text) }
  })

/** What node:http refuses and we take, on purpose, by what it says. */
const deliberate = [
  // Nobody acts on extensions: they are passed over, whatever their grammar.
  /chunk extension/i,
  // Trailers are passed over as well: what they say of the message's length counts for nothing.
  /can't be present with/i,
]

describe('node:http', () => {
  let answers: readonly Buffer[] = []
  let server: Server
  let port = 0
  beforeAll(async () => {
    server = createServer((socket) => {
      socket.on('error', () => undefined)
      socket.once('data', () => {
        for (const piece of answers) socket.write(piece)
        socket.end()
      })
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const address = server.address()
    port = typeof address === 'object' ? (address?.port ?? 0) : 0
  })
  afterAll(() => void server.close())

  const readByNode = ({ bytes, method }: Answer): Promise<Reading> => {
    answers = [bytes]
    return new Promise((resolve) => {
      let seen: Omit<Reading, 'isWhole' | 'isReusable'> = { body: '' }
      const settle = (error?: Error): void =>
        resolve({ ...seen, isWhole: error === undefined, isReusable: false, error: error?.message })
      const outgoing = request({ host: '127.0.0.1', port, method, agent: false }, (incoming) => {
        const headers: Record<string, string> = {}
        const raw = incoming.rawHeaders
        for (let at = 0; at < raw.length; at += 2) {
          const name = (raw[at] ?? '').toLowerCase()
          headers[name] = Object.hasOwn(headers, name)
            ? `${headers[name]}, ${raw[at + 1]}`
            : (raw[at + 1] ?? '')
        }
        seen = { status: incoming.statusCode, headers, body: '' }
        incoming.on('data', (chunk: Buffer) => {
          seen = { ...seen, body: seen.body + chunk.toString('latin1') }
        })
        // That it was aborted says less than what its request says next.
        incoming.on('error', (error) => setImmediate(settle, error))
        incoming.on('end', () => setImmediate(settle))
      })
      outgoing.on('error', settle)
      outgoing.on('upgrade', (_, socket) => {
        socket.destroy()
        settle(new Error('upgraded'))
      })
      outgoing.end()
    })
  }

  /** Where we took an answer, and node:http did not, or took it for another one. */
  const disagreement = async (answer: Answer, ours: Reading): Promise<string | undefined> => {
    if (!ours.isWhole) return undefined
    const { status, headers, body: content, error } = await readByNode(answer)
    if (error !== undefined && deliberate.some((words) => words.test(error))) return undefined
    const [mine, its] = [
      JSON.stringify([ours.status, ours.headers, ours.body, undefined]),
      JSON.stringify([status, headers, content, error]),
    ]
    return mine === its ? undefined : `${mine} is read by node:http as ${its}`
  }

  /** Bytes after the answer are not compared: they make node:http drop it, and us drop the connection. */
  const hasMore = ({ bytes, method }: Answer): boolean => {
    for (let length = bytes.length - 1; length > 0; length--) {
      const reading = read([bytes.subarray(0, length)], method)
      if (reading.error !== undefined || !reading.isWhole) continue
      // It was whole before, and not because the connection ended.
      const longer = read([bytes.subarray(0, length), latin('x')], method)
      if (longer.isWhole && longer.body === reading.body) return true
    }
    return false
  }

  const runs = process.env['ASHLAR_SOAK'] ? 5000 : 300

  it('takes whatever we take, for the same', async () => {
    let [taken, refused] = [0, 0]
    await fc.assert(
      fc.asyncProperty(damaged, async (answer) => {
        const ours = read([answer.bytes], answer.method)
        if (ours.isWhole) taken++
        else refused++
        if (!ours.isWhole || hasMore(answer)) return
        expect(await disagreement(answer, ours)).toBeUndefined()
      }),
      { numRuns: runs, seed: 20_261_121 },
    )
    expect(Math.min(taken, refused)).toBeGreaterThan(runs / 10)
  }, 120_000)

  it('does not take what a reader that is not strict would take', async () => {
    const lenient = (bytes: Buffer): Reading =>
      readText(bytes.toString('latin1').replaceAll(/\r?\n/g, '\r\n'))
    const answer = { method: 'GET', bytes: latin('HTTP/1.1 200 OK\nContent-Length: 1\n\na') }
    expect(lenient(answer.bytes).isWhole).toBe(true)
    expect(await disagreement(answer, lenient(answer.bytes))).toContain('is read by node:http as')
  })

  it.each([
    ['extensions', `${chunked}1; a\r\na\r\n0\r\n\r\n`],
    ['trailers about the length', `${chunked}1\r\na\r\n0\r\nContent-Length: 4\r\n\r\n`],
  ])('differs on purpose about %s', async (_, text) => {
    const answer = { method: 'GET', bytes: latin(text) }
    expect(readText(text)).toMatchObject({ isWhole: true, body: 'a' })
    const { error = '' } = await readByNode(answer)
    expect(deliberate.some((words) => words.test(error))).toBe(true)
  })
})

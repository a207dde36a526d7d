/** Whom an answer is told, in the order of its parts. */
export interface AnswerListener {
  onHead(status: number, headers: Readonly<Record<string, string>>): void
  /** A view of what was pushed. */
  onBody(bytes: Buffer): void
}

/** Characters of a head, of a chunk's size line and of trailers; Node and undici take 16 kB. */
const maxHead = 64 * 1024

const statusLine = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: [\t\u0020-\u007e\u0080-\u00ff]*)?$/
const token = /^[!#$%&'*+\-.^_`|~\w]+$/
// oxlint-disable-next-line no-control-regex -- what no header may have
const control = /[\0-\u0008\u000a-\u001f\u007f]/
const length = /^\d{1,15}$/
const chunkSize = /^([\da-f]{1,12})[\t ]*(?:;|$)/i

const malformed = (what: string, seen: string): Error =>
  new Error(`the answer is not HTTP/1.1: ${what}: ${JSON.stringify(seen.slice(0, 100))}`)

const isBlank = (text: string, at: number): boolean => text[at] === ' ' || text[at] === '\t'

/** Without the blanks around it. No pattern: one that looks for the last of many blanks takes their number squared. */
const trimBlanks = (text: string): string => {
  let start = 0
  let end = text.length
  while (start < end && isBlank(text, start)) start++
  while (end > start && isBlank(text, end - 1)) end--
  return text.slice(start, end)
}

/**
 * Reads answers of HTTP/1.0 and 1.1 (RFC 9112) as their bytes come, one after the other on a connection. It is
 * strict where two readers could take an answer for different things: two lengths, a length beside chunks, a line
 * that does not end in CR LF, blanks before a colon, an encoding other than `chunked`.
 */
export class AnswerReader {
  readonly #listener: AnswerListener
  #busy = false
  #method = ''
  /** What the next line is for. */
  #onLine: (line: string) => void = this.#readStatus
  /** The beginning of a line whose end has not come. */
  #line = ''
  #room = maxHead
  #status = 0
  #headers: Record<string, string> = {}
  /** The last header, which the next line may continue. */
  #name = ''
  /** Bytes of the body, or of a chunk of it, that are still to come. */
  #left = 0
  #chunked = false
  #persistent = false

  constructor(listener: AnswerListener) {
    this.#listener = listener
  }

  /** The next answer: of a request by this method. */
  expect(method: string): void {
    this.#busy = true
    this.#method = method
    this.#begin()
  }

  /** An answer is being waited for, or read. */
  get busy(): boolean {
    return this.#busy
  }

  /**
   * Takes what has come. True when it ended the answer, and the connection can carry another.
   * @throws Error when it is no answer; the connection is of no use then
   */
  push(bytes: Buffer): boolean {
    let at = 0
    while (at < bytes.length && this.#busy)
      at = this.#left > 0 ? this.#takeBody(bytes, at) : this.#takeLine(bytes, at)
    // What nobody asked for may be meant as the answer to the next request.
    return !this.#busy && this.#persistent && at === bytes.length
  }

  /** The server has closed the connection. True when that is how its answer ends. */
  end(): boolean {
    if (this.#left !== Number.POSITIVE_INFINITY) return false
    this.#finish()
    return true
  }

  #begin(): void {
    this.#onLine = this.#readStatus
    this.#line = ''
    this.#left = 0
    this.#chunked = false
    this.#headers = {}
    this.#name = ''
  }

  #finish(): void {
    this.#busy = false
    this.#left = 0
    this.#room = maxHead
  }

  #takeBody(bytes: Buffer, at: number): number {
    const end = Math.min(bytes.length, at + this.#left)
    this.#left -= end - at
    this.#listener.onBody(at === 0 && end === bytes.length ? bytes : bytes.subarray(at, end))
    if (this.#left === 0 && !this.#chunked) this.#finish()
    return end
  }

  #takeLine(bytes: Buffer, at: number): number {
    const end = bytes.indexOf(10, at)
    const line = this.#line + bytes.toString('latin1', at, end < 0 ? bytes.length : end)
    if (line.length > this.#room) throw malformed(`a head of more than ${maxHead} characters`, line)
    if (end < 0) {
      this.#line = line
      return bytes.length
    }
    if (!line.endsWith('\r')) throw malformed('a line that does not end in CR LF', line)
    this.#line = ''
    this.#room -= line.length
    this.#onLine(line.slice(0, -1))
    return end + 1
  }

  #readStatus(line: string): void {
    const [, minor, code] = statusLine.exec(line) ?? []
    if (code === undefined) throw malformed('no status line', line)
    this.#status = Number(code)
    this.#persistent = minor === '1'
    this.#onLine = this.#readHeader
  }

  #readHeader(line: string): void {
    if (line === '') return this.#endHead()
    if (control.test(line)) throw malformed('a header with control characters', line)
    if (isBlank(line, 0)) {
      if (this.#name === '') throw malformed('a header without a name', line)
      this.#headers[this.#name] += ` ${trimBlanks(line)}`
      return
    }
    const colon = line.indexOf(':')
    const name = line.slice(0, Math.max(0, colon)).toLowerCase()
    if (!token.test(name)) throw malformed('a header without a name', line)
    const value = trimBlanks(line.slice(colon + 1))
    this.#headers[name] = Object.hasOwn(this.#headers, name) ? `${this.#headers[name]}, ${value}` : value
    this.#name = name
  }

  #endHead(): void {
    const status = this.#status
    // Interim answers: another head follows. Nothing here asks for another protocol.
    if (status < 200 && status !== 101) return this.#begin()
    if (status === 101) throw malformed('an upgrade that was not asked for', '101')
    const headers = this.#headers
    const connection = headers['connection']?.toLowerCase() ?? ''
    this.#persistent = this.#persistent ? !/\bclose\b/.test(connection) : /\bkeep-alive\b/.test(connection)
    const hasNone =
      this.#method === 'HEAD' ||
      status === 204 ||
      status === 304 ||
      (this.#method === 'CONNECT' && status < 300)
    if (!hasNone) this.#left = this.#frame(headers)
    this.#listener.onHead(status, headers)
    if (this.#left === 0 && !this.#chunked) this.#finish()
  }

  /** How much body follows the head; its chunks say so themselves. */
  #frame({
    'content-length': given,
    'transfer-encoding': encoding,
  }: Readonly<Record<string, string>>): number {
    if (encoding !== undefined) {
      if (encoding.toLowerCase() !== 'chunked') throw malformed('an unknown transfer encoding', encoding)
      if (given !== undefined) throw malformed('a length beside chunks', given)
      this.#chunked = true
      this.#onLine = this.#readSize
      return 0
    }
    if (given === undefined) return Number.POSITIVE_INFINITY
    if (!length.test(given)) throw malformed('no length', given)
    return Number(given)
  }

  #readSize(line: string): void {
    const size = chunkSize.exec(line)?.[1]
    if (size === undefined || control.test(line)) throw malformed('no size of a chunk', line)
    this.#left = Number.parseInt(size, 16)
    this.#room = maxHead
    this.#onLine = this.#left === 0 ? this.#readTrailer : this.#readGap
  }

  #readGap(line: string): void {
    if (line !== '') throw malformed('a chunk longer than its size', line)
    this.#onLine = this.#readSize
  }

  #readTrailer(line: string): void {
    if (line === '') this.#finish()
  }
}

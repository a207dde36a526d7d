import { type AnswerHead, checkHead, malformed, readHead } from './answer-head.ts'

/** Whom an answer is told, in the order of its parts. */
export interface AnswerListener {
  onHead(head: AnswerHead): void
  /** A view of what was pushed, for as long as this takes. */
  onBody(bytes: Buffer): void
}

/** Characters of a head, of a chunk's size line and of trailers; Node and undici take 16 kB. */
const maxHead = 64 * 1024
/** Interim answers before one; they are rare, and one at a time. */
const maxInterim = 20

const headEnd = '\r\n\r\n'
const length = /^\d{1,15}$/
const chunkSize = /^[\da-f]{1,12}(?:;[\t\u0020-\u007e\u0080-\u00ff]*)?$/i
const trailer = /^[!#$%&'*+\-.^_`|~\w]+:[\t\u0020-\u007e\u0080-\u00ff]*$/

/**
 * Reads answers of HTTP/1.0 and 1.1 (RFC 9112) as their bytes come, one after the other on a connection. It is
 * strict where two readers could take an answer for different things: two lengths, a length beside chunks, a line
 * that does not end in CR LF, an encoding other than `chunked`.
 */
export class AnswerReader {
  readonly #listener: AnswerListener
  #busy = false
  #method = ''
  #interim = 0
  /** Reads what comes next, from there on, and says how far it came. */
  #take: (bytes: Buffer, at: number) => number = this.#takeHead
  /** What the next line of a body in chunks is for. */
  #onLine: (line: string) => void = this.#readSize
  /** The beginning of a head or line whose end has not come. */
  #text = ''
  /** Characters of trailers. */
  #trailed = 0
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
    this.#interim = 0
    this.#trailed = 0
    this.#take = this.#takeHead
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
    while (at < bytes.length && this.#busy) at = this.#take(bytes, at)
    // What nobody asked for may be meant as the answer to the next request.
    return !this.#busy && this.#persistent && at === bytes.length
  }

  /** The server has closed the connection. True when that is how its answer ends. */
  end(): boolean {
    if (!this.#busy || this.#left !== Number.POSITIVE_INFINITY) return false
    this.#busy = false
    return true
  }

  #takeHead(bytes: Buffer, at: number): number {
    const before = this.#text.length
    const text = this.#text + bytes.toString('latin1', at, Math.min(bytes.length, at + maxHead + 1))
    const end = text.indexOf(headEnd, before - headEnd.length)
    if ((end < 0 ? text.length : end + headEnd.length) > maxHead)
      throw malformed(`a head of more than ${maxHead} characters`, text)
    if (end < 0) {
      // What came before was looked at then, but for a CR at its end.
      const from = this.#text.endsWith('\r') ? before - 1 : before
      checkHead(text.slice(from, text.endsWith('\r') ? -1 : undefined))
      this.#text = text
      return bytes.length
    }
    this.#text = ''
    this.#onHead(readHead(text.slice(0, end)))
    return at + end + headEnd.length - before
  }

  #onHead(head: AnswerHead): void {
    const { status, headers } = head
    const connection = headers['connection']?.toLowerCase() ?? ''
    this.#persistent = !/\bclose\b/.test(connection) && (head.isModern || /\bkeep-alive\b/.test(connection))
    this.#chunked = false
    const left = this.#frame(head)
    if (status < 200) {
      // Nothing here asks for another protocol. Another head follows, and cannot where the connection ends.
      if (status === 101 || !this.#persistent || ++this.#interim > maxInterim)
        throw malformed('an interim answer', String(status))
      return
    }
    this.#left = left
    if (!this.#hasBody(status)) this.#skipBody()
    this.#take = this.#chunked ? this.#takeLine : this.#takeBody
    if (this.#left === 0 && !this.#chunked) this.#busy = false
    this.#listener.onHead(head)
  }

  #hasBody(status: number): boolean {
    if (this.#method === 'HEAD' || (this.#method === 'CONNECT' && status < 300)) return false
    return status !== 204 && status !== 304
  }

  /** Some servers send what they announce where none may be. */
  #skipBody(): void {
    const isAnnounced = this.#chunked || (this.#left > 0 && this.#left < Number.POSITIVE_INFINITY)
    // A tunnel stays, whatever its head says.
    this.#persistent = this.#method === 'CONNECT' || (this.#persistent && !isAnnounced)
    this.#chunked = false
    this.#left = 0
  }

  /** How much body follows the head; its chunks say so themselves. */
  #frame({ headers, isModern }: AnswerHead): number {
    const { 'content-length': given, 'transfer-encoding': encoding } = headers
    if (encoding !== undefined) {
      if (encoding.toLowerCase() !== 'chunked') throw malformed('an unknown transfer encoding', encoding)
      if (given !== undefined) throw malformed('a length beside chunks', given)
      this.#chunked = true
      // Whoever passed it on may not know of chunks (RFC 9112, 6.1).
      this.#persistent &&= isModern
      this.#onLine = this.#readSize
      return 0
    }
    if (given === undefined) return Number.POSITIVE_INFINITY
    if (!length.test(given)) throw malformed('no length', given)
    return Number(given)
  }

  #takeBody(bytes: Buffer, at: number): number {
    const end = Math.min(bytes.length, at + this.#left)
    this.#left -= end - at
    if (this.#left === 0) {
      if (this.#chunked) this.#take = this.#takeLine
      else this.#busy = false
    }
    this.#listener.onBody(bytes.subarray(at, end))
    return end
  }

  #takeLine(bytes: Buffer, at: number): number {
    const end = bytes.indexOf(10, at)
    const line = this.#text + bytes.toString('latin1', at, end < 0 ? bytes.length : end)
    if (line.length > maxHead) throw malformed(`a line of more than ${maxHead} characters`, line)
    if (end < 0) {
      this.#text = line
      return bytes.length
    }
    if (!line.endsWith('\r')) throw malformed('a line that does not end in CR LF', line)
    this.#text = ''
    this.#onLine(line.slice(0, -1))
    return end + 1
  }

  #readSize(line: string): void {
    if (!chunkSize.test(line)) throw malformed('no size of a chunk', line)
    this.#left = Number.parseInt(line, 16)
    this.#onLine = this.#left === 0 ? this.#readTrailer : this.#readGap
    if (this.#left > 0) this.#take = this.#takeBody
  }

  #readGap(line: string): void {
    if (line !== '') throw malformed('a chunk longer than its size', line)
    this.#onLine = this.#readSize
  }

  /** Nothing that is asked here has trailers of use. */
  #readTrailer(line: string): void {
    this.#trailed += line.length
    if (this.#trailed > maxHead) throw malformed(`trailers of more than ${maxHead} characters`, line)
    if (line === '') this.#busy = false
    else if (!trailer.test(line)) throw malformed('a trailer without a name', line)
  }
}

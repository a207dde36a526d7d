import { concat } from './concat.ts'

/** One server-sent event. */
export interface SseEvent {
  /** The `event:` field. @default 'message' */
  readonly event: string
  /** The `data:` lines, joined by line feeds. */
  readonly data: string
}

/** Turns bytes into events, however the bytes are cut. */
export interface SseDecoder {
  /** The events these bytes complete. @throws RangeError when one event grows past the limit */
  push(bytes: Uint8Array): readonly SseEvent[]
}

const lineFeed = 10
const carriageReturn = 13
const byteOrderMark = '\uFEFF'

/** The end of the last line in these bytes, its terminator included; 0 when no line ends. */
const endOfLines = (bytes: Uint8Array): number => {
  const feed = bytes.lastIndexOf(lineFeed)
  const lone = bytes.indexOf(carriageReturn, feed + 1)
  return (lone < 0 ? feed : bytes.lastIndexOf(carriageReturn)) + 1
}

class Decoder implements SseDecoder {
  readonly #maxEventBytes: number
  readonly #utf8 = new TextDecoder('utf-8', { ignoreBOM: true })
  /** Bytes after the last line that ended. */
  #waiting: Uint8Array[] = []
  #waitingBytes = 0
  #started = false
  #afterReturn = false
  #event = ''
  #data: string | undefined

  constructor(maxEventBytes: number) {
    this.#maxEventBytes = maxEventBytes
  }

  push(bytes: Uint8Array): readonly SseEvent[] {
    const end = endOfLines(bytes)
    const lines = end > 0 ? this.#join(end === bytes.length ? bytes : bytes.subarray(0, end)) : undefined
    if (end < bytes.length) {
      this.#waiting.push(end === 0 ? bytes : bytes.subarray(end))
      this.#waitingBytes += bytes.length - end
      this.#checkSize(this.#waitingBytes)
    }
    return lines === undefined ? [] : this.#readLines(this.#toText(lines))
  }

  #join(bytes: Uint8Array): Uint8Array {
    if (this.#waitingBytes === 0) return bytes
    const whole = concat([...this.#waiting, bytes], this.#waitingBytes + bytes.length)
    this.#waiting = []
    this.#waitingBytes = 0
    return whole
  }

  #toText(lines: Uint8Array): string {
    let text = this.#utf8.decode(lines)
    if (!this.#started) {
      this.#started = true
      if (text.startsWith(byteOrderMark)) text = text.slice(1)
    }
    if (this.#afterReturn && text.startsWith('\n')) text = text.slice(1)
    this.#afterReturn = text.endsWith('\r')
    return text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text
  }

  #readLines(text: string): SseEvent[] {
    const events: SseEvent[] = []
    let start = 0
    for (let end = text.indexOf('\n'); end >= 0; start = end + 1, end = text.indexOf('\n', start)) {
      if (end > start) this.#readField(text, start, end)
      else {
        if (this.#data !== undefined) events.push({ event: this.#event || 'message', data: this.#data })
        this.#event = ''
        this.#data = undefined
      }
    }
    return events
  }

  #checkSize(size: number): void {
    if (size > this.#maxEventBytes)
      throw new RangeError(`A server-sent event is longer than ${this.#maxEventBytes} bytes`)
  }

  #readField(text: string, start: number, end: number): void {
    let colon = text.indexOf(':', start)
    if (colon < 0 || colon > end) colon = end
    const length = colon - start
    let value = colon + 1
    if (text.charCodeAt(value) === 32) value++
    const content = value < end ? text.slice(value, end) : ''
    if (length === 4 && text.startsWith('data', start)) {
      this.#data = this.#data === undefined ? content : `${this.#data}\n${content}`
      this.#checkSize(this.#data.length)
    } else if (length === 5 && text.startsWith('event', start)) this.#event = content
  }
}

/**
 * A decoder of `text/event-stream` as the HTML standard has it; `id:` and `retry:` are read over, an
 * event without its blank line is not an event. Only whole lines are decoded, so no character is ever cut.
 * @param maxEventBytes the most that is kept of an event that does not end. @default 64 MiB
 */
export const createSseDecoder = (maxEventBytes: number = 64 * 1024 * 1024): SseDecoder =>
  new Decoder(maxEventBytes)

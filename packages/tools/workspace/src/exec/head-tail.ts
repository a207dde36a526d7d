/** Output of a process, its middle left out where it was more than fits. */
export interface CapturedOutput {
  /** Decoded as UTF-8; what is not UTF-8 is shown as U+FFFD. A note stands where bytes were left out. */
  readonly text: string
  /** Bytes the process wrote. */
  readonly bytes: number
  /** Bytes of them that `text` leaves out. */
  readonly omittedBytes: number
}

const isContinuation = (byte: number | undefined): boolean => byte !== undefined && (byte & 0xc0) === 0x80

/** Bytes at the end that begin a character without ending it. */
const unfinished = (bytes: Uint8Array): number => {
  let start = bytes.length - 1
  while (start > bytes.length - 4 && isContinuation(bytes[start])) start -= 1
  const lead = bytes[start] ?? 0
  const length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1
  return start >= 0 && start + length > bytes.length ? bytes.length - start : 0
}

const decode = (bytes: Uint8Array): string => new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)

/** Keeps the first and the last bytes of a stream in bounded memory: errors tend to stand at either end. */
export class HeadTail {
  readonly #max: number
  #head: Uint8Array[] = []
  #tail: Uint8Array[] = []
  #headBytes = 0
  #tailBytes = 0
  #bytes = 0
  constructor(maxBytes: number) {
    this.#max = maxBytes
  }
  push(chunk: Uint8Array): void {
    this.#bytes += chunk.length
    const room = Math.ceil(this.#max / 2) - this.#headBytes
    const first = chunk.subarray(0, Math.max(0, room))
    if (first.length > 0) this.#head.push(first)
    this.#headBytes += first.length
    const rest = chunk.subarray(first.length)
    if (rest.length === 0) return
    this.#tail.push(rest)
    this.#tailBytes += rest.length
    this.#trim()
  }
  #trim(): void {
    const keep = Math.floor(this.#max / 2)
    for (let first = this.#tail[0]; first; first = this.#tail[0]) {
      const excess = this.#tailBytes - keep
      if (excess <= 0) return
      if (first.length <= excess) this.#tail.shift()
      else this.#tail[0] = first.subarray(excess)
      this.#tailBytes -= Math.min(excess, first.length)
    }
  }
  /** All that was kept. Characters that the cut would split are left out whole. */
  end(): CapturedOutput {
    const head = Buffer.concat(this.#head)
    const tail = Buffer.concat(this.#tail)
    if (head.length + tail.length === this.#bytes)
      return { text: decode(Buffer.concat([head, tail])), bytes: this.#bytes, omittedBytes: 0 }
    const first = head.subarray(0, head.length - unfinished(head))
    let start = 0
    while (start < 3 && isContinuation(tail[start])) start += 1
    const last = tail.subarray(start)
    const omittedBytes = this.#bytes - first.length - last.length
    const text = `${decode(first)}\n… ${omittedBytes} bytes left out …\n${decode(last)}`
    return { text, bytes: this.#bytes, omittedBytes }
  }
}

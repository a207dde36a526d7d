/** Turns bytes into lines, however the bytes are cut. */
export interface LineDecoder {
  /** The lines these bytes complete, without their ends; empty ones are left out. @throws RangeError when one grows past the limit */
  push(bytes: Uint8Array): readonly string[]
  /** The last line, where the bytes ended without a line feed. */
  end(): readonly string[]
}

const lineFeed = 10

const toLines = (text: string): string[] => text.split(/\r?\n/).filter((line) => line.trim() !== '')

class Decoder implements LineDecoder {
  readonly #maxLineBytes: number
  readonly #utf8 = new TextDecoder()
  /** Bytes after the last line feed. */
  #waiting: Uint8Array[] = []
  #waitingBytes = 0

  constructor(maxLineBytes: number) {
    this.#maxLineBytes = maxLineBytes
  }

  push(bytes: Uint8Array): readonly string[] {
    const end = bytes.lastIndexOf(lineFeed) + 1
    const lines = end > 0 ? toLines(this.#utf8.decode(this.#take(bytes.subarray(0, end)))) : []
    if (end < bytes.length) this.#keep(bytes.subarray(end))
    return lines
  }

  end(): readonly string[] {
    return toLines(this.#utf8.decode(this.#take(new Uint8Array())))
  }

  #keep(bytes: Uint8Array): void {
    this.#waiting.push(bytes)
    this.#waitingBytes += bytes.length
    if (this.#waitingBytes > this.#maxLineBytes)
      throw new RangeError(`A line is longer than ${this.#maxLineBytes} bytes`)
  }

  /** Everything that waited, and these bytes after it. */
  #take(bytes: Uint8Array): Uint8Array {
    if (this.#waitingBytes === 0) return bytes
    const whole = new Uint8Array(this.#waitingBytes + bytes.length)
    let at = 0
    for (const chunk of [...this.#waiting, bytes]) {
      whole.set(chunk, at)
      at += chunk.length
    }
    this.#waiting = []
    this.#waitingBytes = 0
    return whole
  }
}

/**
 * A decoder of newline-delimited text. Only whole lines are decoded, so no character is ever cut.
 * @param maxLineBytes the longest line that is waited for. @default 64 MiB
 */
export const createLineDecoder = (maxLineBytes: number = 64 * 1024 * 1024): LineDecoder =>
  new Decoder(maxLineBytes)

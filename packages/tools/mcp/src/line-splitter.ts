/** A line too long to be kept. */
export interface LongLine {
  /** Its first bytes, at most 1 KiB. */
  readonly head: Buffer
  /** Its last bytes, at most 1 KiB. */
  readonly tail: Buffer
  readonly bytes: number
}

export interface LineSplitterOptions {
  /** Longest line that is kept. */
  readonly maxBytes: number
  /** A line without its newline. */
  readonly onLine: (line: Buffer) => void
  readonly onLongLine: (line: LongLine) => void
}

/** Cuts bytes into lines in linear time and bounded memory. */
export interface LineSplitter {
  push(chunk: Buffer): void
  /** The line that has begun: how long it is by now, and how it starts. */
  readonly open: { readonly bytes: number; readonly head: Buffer }
}

const sample = 1024
const newline = 0x0a
const nothing: Buffer = Buffer.alloc(0)

/** Lines of a stream of bytes. Of a line above `maxBytes` only head, tail and length are kept. */
export const createLineSplitter = ({ maxBytes, onLine, onLongLine }: LineSplitterOptions): LineSplitter => {
  let parts: Buffer[] = []
  let bytes = 0
  let head = nothing
  let tail = nothing

  const keep = (part: Buffer): void => {
    if (part.length === 0) return
    if (head.length < sample) head = Buffer.concat([head, part.subarray(0, sample - head.length)])
    bytes += part.length
    if (bytes <= maxBytes) parts.push(part)
    else {
      const last = parts.length > 0 ? Buffer.concat([...parts, part]) : Buffer.concat([tail, part])
      tail = Buffer.from(last.subarray(-sample))
      parts = []
    }
  }
  const end = (): void => {
    const whole = parts.length === 1 ? (parts[0] ?? nothing) : Buffer.concat(parts)
    const long = { head, tail, bytes }
    parts = []
    bytes = 0
    head = nothing
    tail = nothing
    if (long.bytes > maxBytes) onLongLine(long)
    else onLine(whole)
  }
  return {
    push: (chunk) => {
      let from = 0
      for (let at = chunk.indexOf(newline); at >= 0; at = chunk.indexOf(newline, from)) {
        keep(chunk.subarray(from, at))
        end()
        from = at + 1
      }
      keep(chunk.subarray(from))
    },
    get open() {
      return { bytes, head }
    },
  }
}

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

/**
 * A decoder of `text/event-stream` as the HTML standard has it; `id:` and `retry:` are read over, an
 * event without its blank line is not an event. Only whole lines are decoded, so no character is ever cut.
 * @param maxEventBytes the longest line that is waited for. @default 64 MiB
 */
export const createSseDecoder = (maxEventBytes: number = 64 * 1024 * 1024): SseDecoder => {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  let waiting: Uint8Array[] = []
  let waitingBytes = 0
  let started = false
  let afterReturn = false
  let event = ''
  let data: string | undefined

  const field = (text: string, start: number, end: number): void => {
    let colon = text.indexOf(':', start)
    if (colon < 0 || colon > end) colon = end
    const length = colon - start
    let value = colon + 1
    if (text.charCodeAt(value) === 32) value++
    const content = value < end ? text.slice(value, end) : ''
    if (length === 4 && text.startsWith('data', start))
      data = data === undefined ? content : `${data}\n${content}`
    else if (length === 5 && text.startsWith('event', start)) event = content
  }

  const readLines = (text: string): SseEvent[] => {
    const events: SseEvent[] = []
    let start = 0
    for (let end = text.indexOf('\n'); end >= 0; start = end + 1, end = text.indexOf('\n', start)) {
      if (end > start) field(text, start, end)
      else {
        if (data !== undefined) events.push({ event: event || 'message', data })
        event = ''
        data = undefined
      }
    }
    return events
  }

  const toText = (lines: Uint8Array): string => {
    let text = decoder.decode(lines)
    if (!started) {
      started = true
      if (text.startsWith(byteOrderMark)) text = text.slice(1)
    }
    if (afterReturn && text.startsWith('\n')) text = text.slice(1)
    afterReturn = text === '' ? false : text.endsWith('\r')
    return text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text
  }

  return {
    push: (bytes) => {
      const end = endOfLines(bytes)
      let lines: Uint8Array | undefined
      if (end > 0) {
        lines = end === bytes.length ? bytes : bytes.subarray(0, end)
        if (waitingBytes > 0) lines = concat([...waiting, lines], waitingBytes + lines.length)
        waiting = []
        waitingBytes = 0
      }
      if (end < bytes.length) {
        waiting.push(end === 0 ? bytes : bytes.subarray(end))
        waitingBytes += bytes.length - end
        if (waitingBytes > maxEventBytes)
          throw new RangeError(`A server-sent event is longer than ${maxEventBytes} bytes`)
      }
      return lines === undefined ? [] : readLines(toText(lines))
    },
  }
}

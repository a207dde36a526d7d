import { ConnectionError } from './connection-error.ts'

/** One server-sent event. */
export interface SseEvent {
  /** The `event:` field. @default 'message' */
  readonly event: string
  /** The `data:` lines, joined by line feeds. */
  readonly data: string
}

/** Turns bytes into events, however the bytes are cut. */
export interface SseDecoder {
  /** The events these bytes complete. @throws ConnectionError when one event grows past the limit */
  readonly push: (bytes: Uint8Array) => readonly SseEvent[]
}

/**
 * A decoder of `text/event-stream` as the HTML standard has it; `id:` and `retry:` are read over, an
 * event without its blank line is not an event.
 * @param maxLength the most characters that are kept of an event that does not end. @default 64 Mi
 */
export const createSseDecoder = (maxLength: number = 64 * 1024 * 1024): SseDecoder => {
  const decoder = new TextDecoder()
  let afterReturn = false
  /** The start of a line that has not ended. */
  let rest = ''
  let name = ''
  let data: string | undefined

  const toLines = (bytes: Uint8Array): string[] => {
    let text = decoder.decode(bytes, { stream: true })
    if (text === '') return []
    if (afterReturn && text.startsWith('\n')) text = text.slice(1)
    afterReturn = text.endsWith('\r')
    if (text.includes('\r')) text = text.replace(/\r\n?/g, '\n')
    const lines = text.split('\n')
    // Only what is new is searched: an event may be long, and come in many packets.
    lines[0] = `${rest}${lines[0]}`
    rest = lines.pop() ?? ''
    return lines
  }

  const readField = (line: string): void => {
    const colon = line.indexOf(':')
    const field = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1)
    if (field === 'data') data = data === undefined ? value : `${data}\n${value}`
    else if (field === 'event') name = value
  }

  return {
    push: (bytes) => {
      const events: SseEvent[] = []
      for (const line of toLines(bytes))
        if (line !== '') readField(line)
        else {
          if (data !== undefined) events.push({ event: name || 'message', data })
          name = ''
          data = undefined
        }
      if (rest.length + (data?.length ?? 0) > maxLength)
        throw new ConnectionError(`a server-sent event is longer than ${maxLength} characters`)
      return events
    },
  }
}

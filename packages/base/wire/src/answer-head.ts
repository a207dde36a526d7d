/** The first part of an answer: what it says of itself. */
export interface AnswerHead {
  readonly status: number
  /** Names in lower case; the values of one name joined, as `fetch` joins them. */
  readonly headers: Readonly<Record<string, string>>
  /** Its version is 1.1: the connection stays unless it says otherwise. */
  readonly isModern: boolean
}

const statusLine = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: |$)/
/** A name of a header, or of a method (RFC 9110, 5.6.2). */
export const token: RegExp = /^[!#$%&'*+\-.^_`|~\w]+$/
/** Control characters, and line breaks that are no CR LF. */
// oxlint-disable-next-line no-control-regex -- what no head may have
const unfit = /[\0-\u0008\u000b\u000c\u000e-\u001f\u007f]|\r(?!\n)|(?<!\r)\n/
/** It matches whatever it is given, so that many blanks are not tried twice. */
const padded = /^[\t ]*([^]*[^\t ])?[\t ]*$/

export const malformed = (what: string, seen: string): Error =>
  new Error(`the answer is not HTTP/1.1: ${what}: ${JSON.stringify(seen.slice(0, 100))}`)

const isBlank = (code: number): boolean => code === 32 || code === 9

/** What follows the colon, without the blanks around it: mostly one before. */
const valueOf = (text: string): string => {
  const value = text.startsWith(' ') ? text.slice(1) : text
  const isTrim = !isBlank(value.charCodeAt(0)) && !isBlank(value.charCodeAt(value.length - 1))
  return isTrim ? value : (padded.exec(value)?.[1] ?? '')
}

/** @throws Error when no head can go on like this */
export const checkHead = (text: string): void => {
  const at = text.search(unfit)
  if (at >= 0) throw malformed('a character that no head may have', text.slice(Math.max(0, at - 50)))
}

/**
 * Reads a head (RFC 9112, 2 to 5), given without the empty line at its end. Every line ends in CR LF, no blank comes
 * before a colon, and no value goes on in the next line: Node refuses those as well.
 * @throws Error when it is none
 */
export const readHead = (text: string): AnswerHead => {
  checkHead(text)
  const lines = text.split('\r\n')
  const [, minor, status] = statusLine.exec(lines[0] ?? '') ?? []
  if (status === undefined) throw malformed('no status line', text)
  const headers: Record<string, string> = {}
  for (let at = 1; at < lines.length; at++) {
    const line = lines[at] ?? ''
    const colon = line.indexOf(':')
    const name = line.slice(0, Math.max(0, colon)).toLowerCase()
    if (!token.test(name)) throw malformed('a header without a name', line)
    const value = valueOf(line.slice(colon + 1))
    headers[name] = Object.hasOwn(headers, name) ? `${headers[name]}, ${value}` : value
  }
  return { status: Number(status), headers, isModern: minor === '1' }
}

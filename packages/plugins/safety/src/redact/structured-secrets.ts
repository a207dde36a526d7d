import type { Detector } from './finding.ts'
import { isCode } from './named-values.ts'

const beginLine = /-----BEGIN (?:[A-Z0-9]{1,16} ){0,4}PRIVATE KEY(?: BLOCK)?-----/g
const endLine = /-----END (?:[A-Z0-9]{1,16} ){0,4}PRIVATE KEY(?: BLOCK)?-----/g

/** Private keys in PEM armour, from the first line to the last, or to the end of the text. */
export const findPrivateKeys: Detector = function* (text) {
  let from = 0
  for (const { index } of text.matchAll(beginLine)) {
    if (index < from) continue
    endLine.lastIndex = index
    const close = endLine.exec(text)
    from = close ? close.index + close[0].length : text.length
    yield { kind: 'private-key', start: index, end: from }
  }
}

const scheme = /:\/\//g
const userInfo = /[^\s/?#"'<>\\@]{1,512}@(?=[\w.[-])/y

/** Passwords in addresses: `postgres://user:password@host`; a user alone is no secret. */
export const findUrlPasswords: Detector = function* (text) {
  for (const { index } of text.matchAll(scheme)) {
    userInfo.lastIndex = index + 3
    let match = userInfo.exec(text)
    if (!match) continue
    let last = userInfo.lastIndex
    // A password may have an @ of its own: the last one before the host counts.
    for (let more = 0; match && more < 4; more++) {
      match = userInfo.exec(text)
      if (match) last = userInfo.lastIndex
    }
    const colon = text.indexOf(':', index + 3)
    if (colon < 0 || colon >= last - 2) continue
    const password = text.slice(colon + 1, last - 1)
    if (!/^(?:\$|\{|<|%[sdv]|\*+$|x+$|\[redacted)/.test(password))
      yield { kind: 'password', start: colon + 1, end: last - 1 }
  }
}

const header =
  /\b(?:(?:proxy-)?authorization|(?:set-)?cookie|x-(?:api|auth|access|amz-security|vault|goog-api)-?(?:key|token)|private-token)["']?[ \t]{0,4}[:=][ \t]{0,4}["'`]?/gi
const credentials =
  /(?:(?:bearer|basic|token|digest|apikey|aws4-hmac-sha256|negotiate)(?:[ \t]{1,4}|%20|\+))?((?:\\[^"'`\n\r]|[^\s"'`\\,;<>{}()[\]$])[^\s"'`\\,;<>{}()[\]]{3,})/iy
const cookie = /^[^\s=;${}]{1,128}=[^\s;${}]{4}/
const wholeLine = /(?:\\[^"'`\n\r]|[^\n\r"'`\\<>]){4,}/y
const bearer = /\b(?:bearer|basic)[ \t]{1,4}([\w.~+/=-]{12,})/gi

/** Whether something reads as a credential rather than as a word of a sentence about one. */
const isCredential = (text: string): boolean =>
  text.length >= 6 &&
  !isCode(text.slice(0, 512)) &&
  (/\d/.test(text.slice(0, 512)) || /[A-Z]/.test(text.slice(1, 512)) || text.length >= 24)

/** Values of `Authorization`, cookies and headers with keys; `Bearer …` and `Basic …` anywhere. */
export const findHeaderSecrets: Detector = function* (text) {
  let from = 0
  for (const match of text.matchAll(header)) {
    const start = match.index + match[0].length
    if (start < from) continue
    const isCookie = /cookie/i.test(match[0])
    if (isCookie && !cookie.test(text.slice(start, start + 160))) continue
    const value = isCookie ? wholeLine : credentials
    value.lastIndex = start
    const found = value.exec(text)
    const shown = isCookie ? found?.[0] : found?.[1]
    if (!found || shown === undefined || (!isCookie && !isCredential(shown))) continue
    from = start + found[0].length
    yield { kind: 'authorization', start: from - shown.length, end: from }
  }
  for (const match of text.matchAll(bearer)) {
    const shown = match[1] ?? ''
    const end = match.index + match[0].length
    if (/\d/.test(shown.slice(0, 512)) || shown.length >= 24)
      yield { kind: 'authorization', start: end - shown.length, end }
  }
}

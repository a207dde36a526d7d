import { isIPv6 } from 'node:net'
import { ibanLength, passesIban, passesLuhn } from './checksums.ts'
import type { Detector } from './finding.ts'

const localPart = /[\w.%+-]/
const domain = /(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,62})\.){1,8}([A-Za-z]{2,24})(?![\w-])/y
const fileSuffixes = new Set(
  'png jpg jpeg gif svg webp ico css scss js mjs cjs ts tsx jsx json md html map so dll exe zip gz tgz lock yaml yml service socket target timer mount'.split(
    ' ',
  ),
)

const findEmails: Detector = function* (text) {
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1)) {
    let start = at
    while (start > 0 && at - start < 64 && localPart.test(text[start - 1] ?? '')) start--
    while (start < at && /[.%+-]/.test(text[start] ?? '')) start++
    domain.lastIndex = at + 1
    const host = start < at ? domain.exec(text) : null
    if (!host || fileSuffixes.has((host[1] ?? '').toLowerCase())) continue
    const end = domain.lastIndex
    // git@host:path is an address of a repository.
    if (text[end] === ':' && /[\w~/]/.test(text[end + 1] ?? '') && text.slice(start, at) === 'git') continue
    // user@host of an address is not a mailbox.
    if (text.slice(start - 2, start) === '//') continue
    yield { kind: 'email', start, end }
  }
}

/** Ranges and lengths of issuers in use (ISO/IEC 7812). */
const issuer =
  /^(?:4(?:\d{12}|\d{15}|\d{18})|(?:5[1-5]\d\d|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}|3[47]\d{13}|(?:6011|65\d\d|64[4-9]\d)\d{12}|(?:30[0-5]|36\d|38\d)\d{11}|35(?:2[89]|[3-8]\d)\d{12}|62\d{14,17})$/
const cardGroups = /^(?:\d+|\d{4}([ -])\d{4}\1\d{4}\1\d{1,7}|\d{4}([ -])\d{6}\2\d{4,5})$/

const digitRuns = /(?<![\w.#$-])\d(?:[ -]?\d){12,22}(?![\w-])(?!\.\d)/g

const findCards: Detector = function* (text) {
  for (const match of text.matchAll(digitRuns)) {
    const digits = match[0].replaceAll(/[ -]/g, '')
    if (cardGroups.test(match[0]) && issuer.test(digits) && passesLuhn(digits))
      yield { kind: 'card', start: match.index, end: match.index + match[0].length }
  }
}

const ibanStarts = /(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?=[ A-Z0-9])/g

const findIbans: Detector = function* (text) {
  for (const { index } of text.matchAll(ibanStarts)) {
    const length = ibanLength(text.slice(index, index + 2))
    if (length === undefined) continue
    let taken = ''
    let end = index
    for (; taken.length < length && end < index + length + 10; end++) {
      const character = text[end] ?? ''
      if (character !== ' ') taken += character
    }
    if (!/[A-Za-z0-9]/.test(text[end] ?? '') && passesIban(taken)) yield { kind: 'iban', start: index, end }
  }
}

const ssn = /(?<![\w.-])(?!000|666|9\d\d)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\w-])/g
const international = /(?<![\w.+(-])\+[1-9][\d .()-]{7,22}/g
const northAmerican =
  /(?<![\w.+-])(?:\(([2-9]\d{2})\) ?|([2-9]\d{2})[-. ])[2-9]\d{2}[-. ]\d{4}(?![\w-]|\.\d)/g

const findNumbers: Detector = function* (text) {
  for (const { 0: all, index } of text.matchAll(ssn))
    yield { kind: 'ssn', start: index, end: index + all.length }
  for (const { 0: raw, index } of text.matchAll(international)) {
    const all = raw.replace(/\D+$/, '')
    const digits = all.replaceAll(/\D/g, '').length
    // +1700000000 on a line of its own is more likely a line that was added to a file.
    const isAdded = !/[ .()-]/.test(all) && (index === 0 || text[index - 1] === '\n')
    const isWord = /\w/.test(text[index + all.length] ?? '') || /[.-]{2}|\d\.\d+\./.test(all)
    if (digits >= 9 && digits <= 15 && !isAdded && !isWord)
      yield { kind: 'phone', start: index, end: index + all.length }
  }
  for (const { 0: all, index } of text.matchAll(northAmerican))
    yield { kind: 'phone', start: index, end: index + all.length }
}

const v4 = /(?<![\w.-])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\w-]|\.\w)/g
/** Private, loopback, link-local, documentation, multicast and nobody's (RFC 6890, RFC 5737). */
const innocentV4 =
  /^(?:0\.|10\.|127\.|169\.254\.|172\.(?:1[6-9]|2\d|3[01])\.|192\.168\.|192\.0\.2\.|198\.51\.100\.|203\.0\.113\.|2(?:2[4-9]|[34]\d|5[0-5])\.)/
const v6 = /(?<![\w:.])(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}(?![\w:])/gi
const innocentV6 = /^(?:::|f[cdef]|2001:0?db8)/i

const findAddresses: Detector = function* (text) {
  for (const { 0: all, index } of text.matchAll(v4)) {
    const isVersion =
      /(?:version|ver|release|[=^~<>v])[ :=]{0,2}"?$/i.test(text.slice(Math.max(0, index - 12), index)) ||
      all.split('.').every((part) => part.length === 1)
    if (!innocentV4.test(all) && !isVersion) yield { kind: 'ip', start: index, end: index + all.length }
  }
  for (const { 0: all, index } of text.matchAll(v6))
    if (all.length >= 8 && !innocentV6.test(all) && isIPv6(all))
      yield { kind: 'ip', start: index, end: index + all.length }
}

/** Emails, phone numbers, cards, IBANs, US social security numbers and public IP addresses. */
export const personalDetectors: readonly Detector[] = [
  findEmails,
  findCards,
  findIbans,
  findNumbers,
  findAddresses,
]

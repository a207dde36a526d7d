import { type Finding, type FindingKind } from './finding.ts'

/** Redacts a text that comes in pieces. */
export interface StreamRedactor {
  /** What can be shown so far; the empty string while nothing is sure. */
  push(chunk: string): string
  /** The rest. The redactor can be used for another text after that. */
  end(): string
}

export interface StreamOptions {
  readonly find: (text: string) => readonly Finding[]
  readonly mask: (kind: FindingKind) => string
  /** Of the longest known secret, in characters. */
  readonly longest: number
}

/** Characters that are kept back: what a phone number, an IBAN or a name and its value may take, spaces included. */
const leastHeld = 96
/** Characters already shown that are looked at again, for names that stand before a value. */
const lookBehind = 160
/** A text with no space in it is cut between other characters from here on. */
const cutAnywhere = 4096
/** A secret longer than this is masked before its end is seen. */
const mostHeld = 65_536

/** Where a text may be cut: behind a space or a character that is not ASCII. */
const isCut = (code: number): boolean => code === 32 || (code >= 9 && code <= 13) || code > 127
const isSoftCut = (character: string): boolean => ',;{}[]<>()"\''.includes(character)

/** What ends a secret that is longer than a window. */
const endOf = (kind: FindingKind): RegExp =>
  kind === 'private-key'
    ? /-----END (?:[A-Z0-9]{1,16} ){0,4}PRIVATE KEY(?: BLOCK)?-----/
    : kind === 'authorization'
      ? /(?=[\n\r"'])/
      : /(?=[\s"'`<>{}()[\],;])/

/** Redacts a text piece by piece: the pieces joined are what the whole redacted is. */
export const createStreamRedactor = ({ find, mask, longest }: StreamOptions): StreamRedactor => {
  const hold = Math.max(leastHeld, longest + 1)
  let seen = ''
  let held = ''
  /** Where to look for the next place to cut, in `held`; what is before was looked at. */
  let looked = 0
  let nextScan = 0
  let swallowing: FindingKind | undefined

  const masked = (upTo: number, findings: readonly Finding[]): string => {
    const offset = seen.length
    let shown = ''
    let from = 0
    for (const { kind, start, end } of findings) {
      const [first, last] = [Math.max(start - offset, 0), end - offset]
      if (last <= 0 || first >= upTo) continue
      shown += held.slice(from, first) + mask(kind)
      from = last
    }
    shown += held.slice(from, upTo)
    seen = (seen + held.slice(0, upTo)).slice(-lookBehind)
    held = held.slice(upTo)
    looked = Math.max(looked - upTo, 0)
    return shown
  }

  const lastCut = (): number => {
    let cut = 0
    for (let at = held.length - hold; at > looked && cut === 0; at--)
      if (isCut(held.charCodeAt(at - 1)) && !isSurrogatePair(held, at)) cut = at
    if (cut > 0 || held.length < cutAnywhere) return cut
    const end = held.length - Math.max(hold, 512)
    for (let at = end; at > end - 1024 && at > 0; at--) if (isSoftCut(held[at - 1] ?? '')) return at
    return Math.max(end, 0)
  }

  const advance = (): string => {
    if (held.length <= hold || held.length < nextScan) return ''
    let cut = lastCut()
    if (cut === 0) {
      looked = Math.max(held.length - hold, 0)
      return ''
    }
    const findings = find(seen + held)
    const across = findings.find(({ start, end }) => start - seen.length < cut && end - seen.length > cut)
    if (across) cut = Math.max(across.start - seen.length, 0)
    if (across && held.length - cut > mostHeld) {
      const shown = masked(held.length, findings)
      swallowing = across.kind
      seen = ''
      return shown
    }
    // A secret that goes on is scanned again only when there is much more of it.
    nextScan = across ? (held.length - cut) * 2 : 0
    looked = 0
    return cut > 0 ? masked(cut, findings) : ''
  }

  const swallow = (): void => {
    if (swallowing === undefined) return
    const close = endOf(swallowing).exec(held)
    if (close) {
      held = held.slice(close.index + close[0].length)
      swallowing = undefined
    } else held = held.slice(-96)
  }

  return {
    push: (chunk) => {
      held += chunk
      swallow()
      return swallowing === undefined ? advance() : ''
    },
    end: () => {
      if (swallowing !== undefined) held = ''
      const shown = masked(held.length, find(seen + held))
      seen = ''
      looked = nextScan = 0
      swallowing = undefined
      return shown
    },
  }
}

/** Whether a cut there would tear a character in two. */
const isSurrogatePair = (text: string, at: number): boolean => {
  const code = text.charCodeAt(at - 1)
  return code >= 0xd8_00 && code <= 0xdb_ff
}

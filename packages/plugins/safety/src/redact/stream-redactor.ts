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

class Window implements StreamRedactor {
  readonly #options: StreamOptions
  readonly #hold: number
  #seen = ''
  #held = ''
  /** Up to here, `#held` was searched for a place to cut. */
  #looked = 0
  #nextScan = 0
  #swallowing: FindingKind | undefined

  constructor(options: StreamOptions) {
    this.#options = options
    this.#hold = Math.max(leastHeld, options.longest + 1)
  }

  push(chunk: string): string {
    this.#held += chunk
    this.#swallow()
    return this.#swallowing === undefined ? this.#advance() : ''
  }

  end(): string {
    if (this.#swallowing !== undefined) this.#held = ''
    const shown = this.#show(this.#held.length, this.#options.find(this.#seen + this.#held))
    this.#seen = ''
    this.#looked = this.#nextScan = 0
    this.#swallowing = undefined
    return shown
  }

  /** Lets go of what is held up to there, masked. */
  #show(upTo: number, findings: readonly Finding[]): string {
    const offset = this.#seen.length
    const held = this.#held
    let shown = ''
    let from = 0
    for (const { kind, start, end } of findings) {
      const [first, last] = [Math.max(start - offset, 0), end - offset]
      if (last <= 0 || first >= upTo) continue
      shown += held.slice(from, first) + this.#options.mask(kind)
      from = last
    }
    this.#seen = (this.#seen + held.slice(0, upTo)).slice(-lookBehind)
    this.#held = held.slice(upTo)
    this.#looked = Math.max(this.#looked - upTo, 0)
    return shown + held.slice(from, upTo)
  }

  #lastCut(): number {
    const held = this.#held
    for (let at = held.length - this.#hold; at > this.#looked; at--)
      if (isCut(held.charCodeAt(at - 1)) && !isSurrogatePair(held, at)) return at
    if (held.length < cutAnywhere) return 0
    const end = held.length - Math.max(this.#hold, 512)
    for (let at = end; at > end - 1024 && at > 0; at--) if (isSoftCut(held[at - 1] ?? '')) return at
    return Math.max(end, 0)
  }

  #advance(): string {
    const held = this.#held
    if (held.length <= this.#hold || held.length < this.#nextScan) return ''
    let cut = this.#lastCut()
    if (cut === 0) {
      this.#looked = Math.max(held.length - this.#hold, 0)
      return ''
    }
    const findings = this.#options.find(this.#seen + held)
    const offset = this.#seen.length
    const across = findings.find(({ start, end }) => start - offset < cut && end - offset > cut)
    if (across) cut = Math.max(across.start - offset, 0)
    if (across && held.length - cut > mostHeld) {
      const shown = this.#show(held.length, findings)
      this.#swallowing = across.kind
      this.#seen = ''
      return shown
    }
    // A secret that goes on is scanned again only when there is much more of it.
    this.#nextScan = across ? (held.length - cut) * 2 : 0
    this.#looked = 0
    return cut > 0 ? this.#show(cut, findings) : ''
  }

  #swallow(): void {
    if (this.#swallowing === undefined) return
    const close = endOf(this.#swallowing).exec(this.#held)
    if (close) {
      this.#held = this.#held.slice(close.index + close[0].length)
      this.#swallowing = undefined
    } else this.#held = this.#held.slice(-96)
  }
}

/** Redacts a text piece by piece: the pieces joined are what the whole redacted is. */
export const createStreamRedactor = (options: StreamOptions): StreamRedactor => new Window(options)

/** Whether a cut there would tear a character in two. */
const isSurrogatePair = (text: string, at: number): boolean => {
  const code = text.charCodeAt(at - 1)
  return code >= 0xd8_00 && code <= 0xdb_ff
}

/** One line with its line end, if it has one. */
export interface Line {
  readonly text: string
  /** The rest of the line was left out: it is longer than the bound. */
  readonly cut: boolean
}

/** Cuts text to at most `max` characters without splitting a surrogate pair. */
export const clip = (text: string, max: number): string => {
  if (text.length <= max) return text
  const last = text.charCodeAt(max - 1)
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? max - 1 : max)
}

/** Splits text that comes in pieces into lines ended by `\n`, holding no more than `maxChars` of an unended one. */
export class LineSplitter {
  readonly #maxChars: number
  #open = ''
  #cut = false
  constructor(maxChars: number) {
    this.#maxChars = maxChars
  }
  push(text: string): Line[] {
    const lines: Line[] = []
    let from = 0
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
      this.#take(text.slice(from, end + 1))
      lines.push(this.#finish())
      from = end + 1
    }
    this.#take(text.slice(from))
    return lines
  }
  /** The last line, where the text does not end with a line end. */
  end(): Line[] {
    return this.#open === '' ? [] : [this.#finish()]
  }
  #take(piece: string): void {
    if (this.#cut) return
    this.#open += piece
    this.#cut = this.#open.length > this.#maxChars
    // One character more than is returned, in case the bound falls inside a surrogate pair.
    if (this.#cut) this.#open = this.#open.slice(0, this.#maxChars + 1)
  }
  #finish(): Line {
    const line = { text: clip(this.#open, this.#maxChars), cut: this.#cut }
    this.#open = ''
    this.#cut = false
    return line
  }
}

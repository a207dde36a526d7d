import type { ModelEvent } from '@ashlar/core'
import type { Clock } from '@ashlar/core/clock'
import { redactSecrets } from '@ashlar/wire/model-error'
import type { Claim } from './journal.ts'

/** Milliseconds between two writes of what is being written; a text that is complete sooner is never shown. */
const intervalMs = 250
/** Characters kept, and shown, of a text at most. */
const keptLength = 2_000
/** What one that grew longer is cut to: its end. */
const cutLength = 1_000
/** Texts of a run that are shown: those that were begun last. */
const shownTexts = 16

type Delta = Extract<ModelEvent, { readonly text: string }>

interface LiveText {
  readonly type: Delta['type']
  text: string
}

/** What words and keys are made of. */
const inWord = /[\w.~+/*=-]/

/** Where the last word begins: what begins a key is not known for one before it is whole. */
const lastWordAt = (text: string): number => {
  let at = text.length
  while (at > 0 && inWord.test(text.charAt(at - 1))) at -= 1
  return at
}

/** The end of a text, begun between two words. Keys are taken out while they are whole. */
const cut = (text: string): string => {
  const at = lastWordAt(text)
  const end = redactSecrets(text.slice(0, at)).slice(-cutLength)
  return end.slice(Math.max(0, end.search(/[^\w.~+/*=-]/))) + text.slice(at).slice(-cutLength)
}

/**
 * Shows what models write now to whoever watches the run. Texts are kept here; now and then their ends go to the
 * journal, those of all steps of a run in one write, and not before the write before it is done.
 */
export class LiveWriter {
  readonly #claim: Pick<Claim, 'show'>
  readonly #clock: Clock
  readonly #texts = new Map<string, LiveText>()
  #timer: unknown
  #isBusy = false
  #isStale = false
  #isShown = false
  constructor(claim: Pick<Claim, 'show'>, clock: Clock) {
    this.#claim = claim
    this.#clock = clock
  }
  /** A text goes on. What a model thinks is shown until it writes. */
  add(key: string, { type, text }: Delta): void {
    const known = this.#texts.get(key)
    if (known && known.type === type) {
      known.text += text
      if (known.text.length > keptLength) known.text = cut(known.text)
    } else this.#texts.set(key, { type, text })
    this.#change()
  }
  /** A text is complete, or given up. */
  end(key: string): void {
    if (!this.#texts.delete(key)) return
    if (this.#texts.size > 0 || this.#isShown) this.#change()
    else this.stop()
  }
  /** Shows no more. */
  stop(): void {
    this.#clock.clearTimeout(this.#timer)
    this.#timer = undefined
    this.#isStale = false
    this.#texts.clear()
  }
  #change(): void {
    this.#isStale = true
    if (this.#timer !== undefined || this.#isBusy) return
    this.#timer = this.#clock.setTimeout(() => void this.#flush(), intervalMs)
  }
  async #flush(): Promise<void> {
    this.#timer = undefined
    this.#isStale = false
    this.#isBusy = true
    this.#isShown = this.#texts.size > 0
    const shown = [...this.#texts].slice(-shownTexts).map(([key, { text }]) => {
      return [key, redactSecrets(text.slice(0, lastWordAt(text))).toWellFormed()]
    })
    // What could not be shown is not missed: the next one says more.
    await this.#claim.show(Object.fromEntries(shown)).catch(() => {})
    this.#isBusy = false
    if (this.#isStale) this.#change()
  }
}

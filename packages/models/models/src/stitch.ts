import type { ModelEvent } from '@ashlar/core'

/** Rewrites the events of a continuation; keeps back text for as long as it may be a repetition. */
export type Stitch = (event: ModelEvent) => Iterable<ModelEvent>

/** Shorter repetitions cannot be told from chance: "the" follows "the" now and then. */
const shortest = 12
/** A model that starts with all that was said has begun again, however little that was. */
const shortestWhole = 3
/** How far back a model is thought to take up the thread. */
const longest = 2000

/** Whether what was said has a place, at its start or in its tail, that reads like `text`. */
const mayRepeat = (said: string, text: string): boolean => {
  if (said.startsWith(text)) return true
  const tail = said.slice(-longest)
  for (let at = tail.indexOf(text[0] ?? ''); at >= 0; at = tail.indexOf(text[0] ?? '', at + 1)) {
    if (tail.length - at < shortest) return false
    if (tail.startsWith(text, at)) return true
  }
  return false
}

/** How much of the start of `text` was said before: all of it, or its end. */
const repeated = (said: string, text: string): number => {
  if (said.length >= shortestWhole && text.startsWith(said)) return said.length
  for (let length = Math.min(longest, said.length, text.length); length >= shortest; length--)
    if (said.endsWith(text.slice(0, length))) return length
  return 0
}

/**
 * Makes the text of one model go on from `said`, the open text part of another: what it repeats of the end (12 to
 * 2,000 characters), or the whole from the beginning, is taken out, and its first text part starts with `said`.
 */
export const createStitch = (said: string): Stitch => {
  let held = ''
  let deciding = true
  let inFirst = true
  let cut = 0
  const decide = (): ModelEvent[] => {
    deciding = false
    cut = repeated(said, held)
    const text = held.slice(cut)
    return text === '' ? [] : [{ type: 'text-delta', text }]
  }
  return function* stitch(event) {
    if (event.type === 'text-delta' && deciding) {
      held += event.text
      if (!mayRepeat(said, held)) yield* decide()
    } else if (event.type === 'part' && event.part.type === 'text' && inFirst) {
      inFirst = false
      // Without deltas nothing was kept back, and nothing is to be shown.
      if (held !== '' && deciding) yield* decide()
      else if (deciding) cut = repeated(said, event.part.text)
      deciding = false
      yield { type: 'part', part: { ...event.part, text: said + event.part.text.slice(cut) } }
    } else {
      const isLate = event.type === 'finish' || (event.type === 'part' && event.part.type === 'tool-call')
      if (isLate && inFirst) {
        inFirst = false
        if (said !== '') yield { type: 'part', part: { type: 'text', text: said } }
      }
      yield event
    }
  }
}

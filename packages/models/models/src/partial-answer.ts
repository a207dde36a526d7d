import type { ModelEvent } from '@ashlar/core'
import type { AssistantPart } from '@ashlar/core/message'

/** What the reader of a stream has seen so far. */
export interface PartialAnswer {
  /** Parts that were complete. */
  readonly parts: AssistantPart[]
  /** The text of the part that is not. */
  readonly openText: string
  event(event: ModelEvent): void
  /** Every part, the open one included. */
  all(): AssistantPart[]
}

/** Adds up the events of one stream. */
export const createPartialAnswer = (): PartialAnswer => {
  const parts: AssistantPart[] = []
  let text = ''
  let reasoning = ''
  return {
    parts,
    get openText() {
      return text
    },
    event(event) {
      if (event.type === 'text-delta') text += event.text
      else if (event.type === 'reasoning-delta') reasoning += event.text
      else if (event.type === 'part') {
        parts.push(event.part)
        if (event.part.type === 'text') text = ''
        else if (event.part.type === 'reasoning') reasoning = ''
      }
    },
    all: () => [
      ...parts,
      ...(reasoning === '' ? [] : [{ type: 'reasoning' as const, text: reasoning }]),
      ...(text === '' ? [] : [{ type: 'text' as const, text }]),
    ],
  }
}

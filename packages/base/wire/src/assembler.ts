import type { AssistantPart, ModelEvent, ModelResponse, FinishReason, Usage } from '@ashlar/core'

/** Opaque provider data that must travel back with a part. */
type ProviderData = NonNullable<AssistantPart['providerData']>

/** How a turn ended. */
export interface TurnEnd {
  readonly reason: FinishReason
  readonly response: ModelResponse
  /** @default the assembler's `usage`, or an estimate when the vendor counted nothing */
  readonly usage?: Usage | undefined
}

export interface AssemblerOptions {
  /** `false`: only parts and `finish` become events. @default true */
  readonly deltas?: boolean | undefined
  /** Counts what the vendor did not. @default no tokens, marked as estimated */
  readonly estimate?: ((characters: number) => Usage) | undefined
}

/** Makes events and parts of what a decoder reads from the wire. One per call. */
export interface Assembler {
  /** What the vendor has counted so far; set it as soon as it is known, so that a call cut short is still accounted for. */
  usage: Usage | undefined
  /** Characters of output so far, for an estimate when the vendor counted nothing. Add those of tool arguments. */
  characters: number
  /** More text: opens a text part, or grows the open one. */
  text(delta: string): void
  /** More reasoning: opens a reasoning part, or grows the open one. */
  reasoning(delta: string): void
  /** Ends the open part, if there is one. */
  close(providerData?: ProviderData): void
  /** Adds a part that came whole (a tool call, say), after ending the open one. */
  part(part: AssistantPart): void
  /** Adds the last event, after which nothing is read. */
  finish(end: TurnEnd): void
  /** The events since the last `take`, deltas of one kind merged. Call it once a packet. */
  take(): readonly ModelEvent[]
  /** Every part so far, the open one included. */
  partial(): AssistantPart[]
}

const countNothing = (): Usage => ({ inputTokens: 0, outputTokens: 0, estimated: true })

const toDelta = (kind: 'text' | 'reasoning' | undefined, text: string): ModelEvent =>
  kind === 'text' ? { type: 'text-delta', text } : { type: 'reasoning-delta', text }

/** An assembler for one call. */
export const createAssembler = ({
  deltas = true,
  estimate = countNothing,
}: AssemblerOptions = {}): Assembler => {
  const parts: AssistantPart[] = []
  let events: ModelEvent[] = []
  let open: 'text' | 'reasoning' | undefined
  let text = ''
  /** The end of `text` that no event has told yet. */
  let delta = ''

  const add = (part: AssistantPart): void => {
    parts.push(part)
    events.push({ type: 'part', part })
  }
  /** The deltas of one packet become one event. */
  const endDelta = (): void => {
    if (delta !== '' && deltas) events.push(toDelta(open, delta))
    text += delta
    delta = ''
  }
  const grow = (type: 'text' | 'reasoning', more: string): void => {
    if (more === '') return
    if (open !== type) turn.close()
    open = type
    delta += more
    turn.characters += more.length
  }

  const turn: Assembler = {
    usage: undefined,
    characters: 0,
    text: (more) => grow('text', more),
    reasoning: (more) => grow('reasoning', more),
    close: (providerData) => {
      if (!open) return
      endDelta()
      add({ type: open, text, ...(providerData && { providerData }) })
      open = undefined
      text = ''
    },
    part: (part) => {
      turn.close()
      add(part)
    },
    finish: ({ reason, response, usage }) => {
      turn.close()
      turn.usage = usage ?? turn.usage ?? estimate(turn.characters)
      events.push({ type: 'finish', reason, usage: turn.usage, response })
    },
    take: () => {
      endDelta()
      const taken = events
      events = []
      return taken
    },
    partial: () => (open ? [...parts, { type: open, text: text + delta }] : [...parts]),
  }
  return turn
}

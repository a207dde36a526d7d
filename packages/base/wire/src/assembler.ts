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

class TurnAssembler implements Assembler {
  usage: Usage | undefined
  characters = 0
  readonly #deltas: boolean
  readonly #estimate: (characters: number) => Usage
  readonly #parts: AssistantPart[] = []
  #events: ModelEvent[] = []
  #open: 'text' | 'reasoning' | undefined
  #text = ''
  /** The end of the text that no event has told yet. */
  #delta = ''
  constructor({ deltas = true, estimate = countNothing }: AssemblerOptions) {
    this.#deltas = deltas
    this.#estimate = estimate
  }
  text(more: string): void {
    this.#grow('text', more)
  }
  reasoning(more: string): void {
    this.#grow('reasoning', more)
  }
  close(providerData?: ProviderData): void {
    const type = this.#open
    if (!type) return
    this.#endDelta()
    this.#add({ type, text: this.#text, ...(providerData && { providerData }) })
    this.#open = undefined
    this.#text = ''
  }
  part(part: AssistantPart): void {
    this.close()
    this.#add(part)
  }
  finish({ reason, response, usage }: TurnEnd): void {
    this.close()
    this.usage = usage ?? this.usage ?? this.#estimate(this.characters)
    this.#events.push({ type: 'finish', reason, usage: this.usage, response })
  }
  take(): readonly ModelEvent[] {
    this.#endDelta()
    const taken = this.#events
    this.#events = []
    return taken
  }
  partial(): AssistantPart[] {
    const type = this.#open
    return type ? [...this.#parts, { type, text: this.#text + this.#delta }] : [...this.#parts]
  }
  #add(part: AssistantPart): void {
    this.#parts.push(part)
    this.#events.push({ type: 'part', part })
  }
  /** The deltas of one packet become one event. */
  #endDelta(): void {
    if (this.#delta === '') return
    if (this.#deltas) this.#events.push(toDelta(this.#open, this.#delta))
    this.#text += this.#delta
    this.#delta = ''
  }
  #grow(type: 'text' | 'reasoning', more: string): void {
    if (more === '') return
    if (this.#open !== type) this.close()
    this.#open = type
    this.#delta += more
    this.characters += more.length
  }
}

/** An assembler for one call. */
export const createAssembler = (options: AssemblerOptions = {}): Assembler => new TurnAssembler(options)

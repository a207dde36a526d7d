import { type AssistantPart, type FinishReason, InvalidArgument, isObject, type Usage } from '@ashlar/core'

/** A tool call the scripted model makes. */
export interface TurnToolCall {
  readonly name: string
  /** The arguments; a string stands for arguments that are not valid JSON. @default {} */
  readonly input?: unknown
  /** @default `call_1`, `call_2`, … counted over the whole script */
  readonly callId?: string
}

/** One answer of a model, whatever dialect it is spoken in: reasoning first, then text, then tool calls. */
export interface Turn {
  readonly reasoning?: string
  readonly text?: string
  readonly toolCalls?: readonly TurnToolCall[]
  /** Merged over the script's own. @default 10 input and 5 output tokens */
  readonly usage?: Partial<Usage>
  /** @default 'tool-calls' when there are calls, else 'stop' */
  readonly finish?: FinishReason
  /** Milliseconds before the first event. @default 0 */
  readonly delayMs?: number
  /** Milliseconds before each delta after the first. @default 0 */
  readonly deltaDelayMs?: number
  /** Characters in each delta: one size for all, or a list whose last size repeats. @default 16 */
  readonly deltaSize?: number | readonly number[]
  /** Thrown instead of finishing. */
  readonly error?: Error
  /** Events that still come before `error`; never more than there are before `finish`. @default 0 */
  readonly errorAfter?: number
}

/** A turn ready to be played: every default filled in. */
export interface PlayedTurn extends Turn {
  readonly usage: Usage
  readonly finish: FinishReason
  readonly parts: readonly AssistantPart[]
}

/** The usage of a turn that does not say: round figures that are easy to sum in an assertion. */
export const defaultUsage: Usage = { inputTokens: 10, outputTokens: 5 }

const known: ReadonlySet<string> = new Set([
  'reasoning',
  'text',
  'toolCalls',
  'usage',
  'finish',
  'delayMs',
  'deltaDelayMs',
  'deltaSize',
  'error',
  'errorAfter',
])

/** Checks one turn of a script. @throws InvalidArgument naming `where` and the field that is wrong */
export const checkTurn = (turn: unknown, where: string): Turn => {
  if (typeof turn === 'string') return { text: turn }
  if (!isObject(turn)) throw new InvalidArgument(where, 'a string, a turn object or a function', turn)
  for (const key of Object.keys(turn))
    if (!known.has(key)) throw new InvalidArgument(`${where}.${key}`, `one of ${[...known].join(', ')}`, key)
  const checked: Turn = turn
  const sizes = typeof checked.deltaSize === 'number' ? [checked.deltaSize] : (checked.deltaSize ?? [])
  for (const size of sizes)
    if (!Number.isInteger(size) || size < 1)
      throw new InvalidArgument(`${where}.deltaSize`, 'whole numbers of at least 1', size)
  return checked
}

/** Fills in a turn. `nextCallId` is asked once for each call that has no id of its own. */
export const playTurn = (turn: Turn, options: { usage: Usage; nextCallId: () => string }): PlayedTurn => {
  const parts: AssistantPart[] = []
  if (turn.reasoning) parts.push({ type: 'reasoning', text: turn.reasoning })
  if (turn.text) parts.push({ type: 'text', text: turn.text })
  for (const { name, input = {}, callId = options.nextCallId() } of turn.toolCalls ?? [])
    parts.push({ type: 'tool-call', callId, name, input: structuredClone(input) })
  return {
    ...turn,
    parts,
    usage: { ...options.usage, ...turn.usage },
    finish: turn.finish ?? (turn.toolCalls?.length ? 'tool-calls' : 'stop'),
  }
}

/** Cuts text into deltas of so many characters, never through a surrogate pair. Joined they are the text. */
export const splitDeltas = (text: string, size: Turn['deltaSize'] = 16): string[] => {
  const sizes = typeof size === 'number' ? [size] : size
  const characters = [...text]
  const deltas: string[] = []
  for (let start = 0; start < characters.length;) {
    const length = sizes[Math.min(deltas.length, sizes.length - 1)] ?? characters.length
    deltas.push(characters.slice(start, start + length).join(''))
    start += length
  }
  return deltas
}

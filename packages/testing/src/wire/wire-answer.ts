import { InvalidArgument, isObject, type ModelErrorKind, type RateLimit } from '@ashlar/core'
import { checkTurn, type Turn } from '../turn.ts'
import { checkFault, isCount } from './check-fault.ts'

/** The wire formats the server speaks. */
export type WireDialect = 'openai-chat' | 'openai-responses' | 'anthropic' | 'ollama'

/** What a request asks for, whatever the dialect. */
export type WireEndpoint = 'generate' | 'embed' | 'count-tokens' | 'models'

/**
 * Where an answer stops: `request` before anything is sent, `headers` right after them, a number of body
 * bytes, or a number of frames (SSE events, NDJSON lines; a plain answer is one frame).
 */
export type WirePosition = 'request' | 'headers' | number | { readonly frames: number }

/** What goes wrong with one answer. */
export type WireFault =
  /** An HTTP error: the vendor's body for that status and kind unless `body` is given. */
  | {
      readonly status: number
      /** Picks the vendor's error body. @default by status */
      readonly kind?: ModelErrorKind
      readonly message?: string
      readonly headers?: Readonly<Record<string, string>>
      /** Sent instead of the vendor's error body; a string is sent as it is. */
      readonly body?: unknown
    }
  /**
   * The answer stops: `hang` sends nothing more, `end` ends the body properly, `close` closes the socket
   * without ending the body, `reset` sends a TCP reset.
   */
  | { readonly stop: 'hang' | 'end' | 'close' | 'reset'; readonly at: WirePosition }
  /** The frame with this number, from 0, is not valid JSON. */
  | { readonly malformedFrame: number; readonly text?: string }
  /** After so many frames comes an error in the vendor's shape, inside the 200, and then the end. */
  | {
      readonly errorFrame: number
      /** @default 'overloaded' */
      readonly kind?: ModelErrorKind
      readonly message?: string
      /** Sent instead of the vendor's error frame, as it is. */
      readonly text?: string
    }

/** How the bytes of an answer are cut into writes. */
export interface WirePace {
  /** Bytes in each write, or a list of sizes whose last repeats; overrides `frames`. */
  readonly bytes?: number | readonly number[]
  /** Frames in each write; `Infinity` sends everything in one. @default 1 */
  readonly frames?: number
  /** Milliseconds between two writes. @default the turn's `deltaDelayMs`, or 0 */
  readonly everyMs?: number
}

/** One answer of the server: a turn, and how it is delivered. */
export interface WireAnswer extends Omit<Turn, 'error' | 'errorAfter'> {
  /** The requests it may answer. @default 'generate' */
  readonly endpoint?: WireEndpoint
  /** @default `chatcmpl-1`, `resp_1`, `msg_1`, … */
  readonly id?: string
  /** @default `req_1`, `req_2`, … counted over all requests */
  readonly requestId?: string
  /** @default the model of the request */
  readonly model?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as the vendor's rate limit headers (Ollama has none). */
  readonly rateLimit?: RateLimit
  /** The signature of the reasoning: Anthropic's `signature`, the Responses API's `encrypted_content`. @default 'signature_1', … */
  readonly signature?: string
  /** Where chat completions put reasoning: DeepSeek, vLLM and LM Studio differ from OpenRouter. @default 'reasoning_content' */
  readonly reasoningField?: 'reasoning_content' | 'reasoning'
  /** One vector a text. @default unit vectors hashed from the words */
  readonly vectors?: readonly (readonly number[])[]
  /** Embeddings come back last first; their `index` tells which is which (Ollama has no index and keeps the order). */
  readonly shuffled?: boolean
  /** The last word on the frames, before they are cut into writes: comments, other line ends, fields of your own. */
  readonly rewrite?: (frames: readonly string[]) => readonly string[]
  readonly pace?: WirePace
  readonly fault?: WireFault
}

const own: ReadonlySet<string> = new Set([
  'endpoint',
  'id',
  'requestId',
  'model',
  'headers',
  'rateLimit',
  'signature',
  'reasoningField',
  'vectors',
  'shuffled',
  'rewrite',
  'pace',
  'fault',
])

/** @throws InvalidArgument for less than no tokens, and for less than no time */
const checkFigures = ({ usage, delayMs, deltaDelayMs, pace }: WireAnswer, where: string): void => {
  for (const [name, tokens] of Object.entries(usage ?? {}))
    if (name.endsWith('Tokens') && tokens !== undefined && !isCount(tokens))
      throw new InvalidArgument(`${where}.usage.${name}`, 'a whole number of tokens', tokens)
  for (const [name, time] of Object.entries({ delayMs, deltaDelayMs, 'pace.everyMs': pace?.everyMs }))
    if (time !== undefined && !(time >= 0))
      throw new InvalidArgument(`${where}.${name}`, '0 or more milliseconds', time)
}

/** Checks one scripted answer. @throws InvalidArgument naming the field that is wrong */
export const checkAnswer = (answer: unknown, where: string): WireAnswer => {
  if (typeof answer === 'string') return { text: answer }
  if (!isObject(answer)) throw new InvalidArgument(where, 'a string or an answer object', answer)
  checkTurn(Object.fromEntries(Object.entries(answer).filter(([key]) => !own.has(key))), where)
  const checked: WireAnswer = answer
  if (checked.fault !== undefined) checkFault(checked.fault, `${where}.fault`)
  checkFigures(checked, where)
  const { bytes, frames } = checked.pace ?? {}
  for (const size of [bytes, frames].flat())
    if (size !== undefined && !(size >= 1))
      throw new InvalidArgument(`${where}.pace`, 'sizes of 1 or more', size)
  return checked
}

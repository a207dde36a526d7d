import type { JsonObject, JsonSchema } from './json.ts'
import type { AssistantPart, Message } from './message.ts'
import type { Usage } from './usage.ts'

/** What a model is told about a tool. */
export interface ToolSpec {
  readonly name: string
  readonly description: string
  readonly inputSchema: JsonSchema
}

/** Which tool the model must use: any it likes, none, at least one, or this one. */
export type ToolChoice = 'auto' | 'none' | 'required' | { readonly tool: string }

/** How hard the model should think: an effort, or a budget of thinking tokens. */
export type Reasoning = 'none' | 'low' | 'medium' | 'high' | { readonly maxTokens: number }

/**
 * Told of every upstream call by the leaf model that makes it, so that failed attempts are billed and cache
 * hits are not. `reserve` may throw to refuse the call; the returned function settles it exactly once with
 * the usage counted (`undefined`: nothing was sent, or nothing is known).
 */
export interface Meter {
  reserve(model: LanguageModel, request: ModelRequest): Promise<(usage: Usage | undefined) => void>
}

/** The meters of a run, at its `RunContext`: what its sub-agents spend is part of what it spends. */
export interface RunMeters {
  /**
   * What meters the runs below, by whom it is of: a plugin's `setup` sets its own, which chains the `outer` it is given.
   * A run below has all that its own plugins have not set, and its requests start with them.
   */
  readonly tree: Map<unknown, (outer?: Meter) => Meter>
  /** In force at the last model call: hears of the calls below that come to their model without one. */
  last?: Meter | undefined
}

/** Where a `RunContext` has its `RunMeters`. */
export const runMeters: unique symbol = Symbol.for('ashlar.run-meters')

/** What a `RunContext` is besides: `setup: (run: RunContext & Metered) => …`. */
export interface Metered {
  readonly [runMeters]?: RunMeters
}

/** Shared by everything that may retry within a run: `take` says whether one more try is allowed. */
export interface RetryBudget {
  take(): boolean
}

/** One model call. All fields but `messages` are optional; a model ignores none silently that it cannot honour. */
export interface ModelRequest {
  readonly messages: readonly Message[]
  readonly instructions?: string
  readonly tools?: readonly ToolSpec[]
  /** @default 'auto' */
  readonly toolChoice?: ToolChoice
  /** The answer must be JSON that fits this schema. */
  readonly output?: JsonSchema
  readonly maxOutputTokens?: number
  readonly temperature?: number
  readonly topP?: number
  readonly stop?: readonly string[]
  readonly seed?: number
  readonly reasoning?: Reasoning
  /** `false`: only parts and `finish` are wanted, so one plain HTTP call will do. @default true */
  readonly deltas?: boolean
  /** Milliseconds since the epoch after which the call fails with a `timeout`. */
  readonly deadline?: number
  readonly retryBudget?: RetryBudget
  readonly meter?: Meter
  readonly signal?: AbortSignal
  /** Passed through to the request body of the provider with that name. */
  readonly providerOptions?: Readonly<Record<string, JsonObject>>
}

/** Why the model stopped. `pause`: the vendor interrupted a long turn; asked again, the model goes on with it. */
export type FinishReason = 'stop' | 'tool-calls' | 'length' | 'content-filter' | 'pause' | 'other'

/** What a provider said about its limits; times are milliseconds since the epoch. */
export interface RateLimit {
  readonly requestsLimit?: number
  readonly requestsRemaining?: number
  readonly requestsResetAt?: number
  readonly tokensLimit?: number
  readonly tokensRemaining?: number
  readonly tokensResetAt?: number
}

/** One upstream try behind an answer. */
export interface Attempt {
  readonly provider: string
  readonly modelId: string
  /** Absent on the try that answered. */
  readonly error?: string
  readonly usage?: Usage
}

/** Who answered. */
export interface ModelResponse {
  readonly provider: string
  readonly modelId: string
  readonly id?: string
  readonly requestId?: string
  readonly rateLimit?: RateLimit
}

export interface TextDeltaEvent {
  readonly type: 'text-delta'
  readonly text: string
}
export interface ReasoningDeltaEvent {
  readonly type: 'reasoning-delta'
  readonly text: string
}
/** A finished part, for the transcript. */
export interface PartEvent {
  readonly type: 'part'
  readonly part: AssistantPart
}
/** The last event of every call that did not fail. */
export interface FinishEvent {
  readonly type: 'finish'
  readonly reason: FinishReason
  readonly usage: Usage
  readonly response: ModelResponse
  /** Every try behind the answer, the one that answered included; `usage` is of that one alone. */
  readonly attempts?: readonly Attempt[]
  /** The answer came from a journal or a cache: its cost was counted before, and no meter hears of it. */
  readonly replayed?: true
}

/** Deltas are for the screen, parts for the transcript. Deltas of one packet are one event. */
export type ModelEvent = TextDeltaEvent | ReasoningDeltaEvent | PartEvent | FinishEvent

/**
 * Everything that thinks. `stream` does nothing until it is iterated, throws `ModelError` (or the signal's
 * reason after an abort), and ends with exactly one `finish`. Leaving the iteration early frees the connection.
 */
export interface LanguageModel {
  readonly provider: string
  readonly modelId: string
  stream(request: ModelRequest): AsyncIterable<ModelEvent>
}

import type { Message, ModelRequest, Plugin } from '@ashlar/core'

/** Counts the input tokens of a request; `countRequest` of `@ashlar/tokens` is one. */
export type RequestCounter = (request: ModelRequest) => number | Promise<number>

export interface FitWindowOptions {
  /** Input tokens at most: the model's window less what the answer may take. */
  readonly maxTokens: number
  readonly count: RequestCounter
}

/**
 * Where the transcript may begin after something was left out: at a user message, or at an assistant message whose
 * calls are answered after it. A tool message without its calls, which vendors refuse, never comes first.
 */
const cutsOf = (messages: readonly Message[]): number[] =>
  [...messages.keys()].filter((at) => at > 0 && messages[at]?.role !== 'tool')

/** The first user message says what it is all about, and is kept. */
const keptOf = (messages: readonly Message[], cut: number): Message[] => {
  const [first] = messages
  const rest = messages.slice(cut)
  return first?.role === 'user' && cut > 0 ? [first, ...rest] : rest
}

/**
 * The request with as many of its latest messages as fit, tool calls and their results together, and the first user
 * message. What does not fit even so is returned as short as it can be: the model says how much too long it is.
 */
export const fitWindow = async (request: ModelRequest, options: FitWindowOptions): Promise<ModelRequest> => {
  const { maxTokens, count } = options
  if ((await count(request)) <= maxTokens) return request
  const cuts = cutsOf(request.messages)
  const shortened = (cut: number): ModelRequest => ({ ...request, messages: keptOf(request.messages, cut) })
  let low = 0
  let high = cuts.length - 1
  // The fewer messages, the fewer tokens: the first cut that fits is found by halving.
  while (low < high) {
    const middle = (low + high) >> 1
    if ((await count(shortened(cuts[middle] ?? 0))) <= maxTokens) high = middle
    else low = middle + 1
  }
  const cut = cuts[low]
  return cut === undefined ? request : shortened(cut)
}

/** Keeps every request of a run within the model's context window. The transcript itself loses nothing. */
export const contextWindow = (options: FitWindowOptions): Plugin => ({
  name: 'context-window',
  setup: () => ({
    aroundModel: async function* (call, next) {
      yield* next({ ...call, request: await fitWindow(call.request, options) })
    },
  }),
})

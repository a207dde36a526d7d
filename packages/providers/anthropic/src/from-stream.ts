import type { FinishReason, JsonObject, ModelResponse, Usage } from '@ashlar/core'
import { isObject } from '@ashlar/core'
import type { Assembler } from '@ashlar/wire'
import type {
  ContentBlock,
  Message,
  MessageDeltaUsage,
  RawContentBlockDelta,
  RawMessageStreamEvent,
  StopReason,
  Usage as WireUsage,
} from '@anthropic-ai/sdk/resources/messages'

const reasons: Readonly<Record<StopReason, FinishReason>> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  tool_use: 'tool-calls',
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  refusal: 'content-filter',
  pause_turn: 'pause',
}

/** The counts of `message_start` and `message_delta`; compatible servers leave some out, and some are null. */
type Counts = { readonly [Key in keyof MessageDeltaUsage]?: MessageDeltaUsage[Key] | undefined } & Partial<
  Pick<WireUsage, 'cache_creation' | 'inference_geo' | 'service_tier' | 'speed'>
>

/**
 * Counts up: cached and cache-write tokens are beside `input_tokens` on the wire, and later counts include
 * earlier ones. Gives undefined while nothing was counted.
 */
const createTally = (): ((counts: Counts | null | undefined) => Usage | undefined) => {
  const total = { input: 0, cached: 0, written: 0, writtenHour: 0, output: 0, reasoning: 0, searches: 0 }
  const served: Pick<Usage, 'serviceTier' | 'region'> = {}
  let counted = false
  const raise = (key: keyof typeof total, count: number | null | undefined): void => {
    if (typeof count !== 'number') return
    counted = true
    if (count > total[key]) total[key] = count
  }
  return (counts) => {
    raise('input', counts?.input_tokens)
    raise('cached', counts?.cache_read_input_tokens)
    raise('written', counts?.cache_creation_input_tokens)
    raise('writtenHour', counts?.cache_creation?.ephemeral_1h_input_tokens)
    raise('output', counts?.output_tokens)
    raise('reasoning', counts?.output_tokens_details?.thinking_tokens)
    raise('searches', counts?.server_tool_use?.web_search_requests)
    // A fast answer costs the same in every tier.
    const tier = counts?.speed === 'fast' ? 'fast' : counts?.service_tier
    if (tier && served.serviceTier !== 'fast') served.serviceTier = tier
    if (counts?.inference_geo) served.region = counts.inference_geo
    if (!counted) return undefined
    return {
      inputTokens: total.input + total.cached + total.written,
      outputTokens: total.output,
      ...(total.cached > 0 && { cachedInputTokens: total.cached }),
      ...(total.written > 0 && { cacheWriteTokens: total.written }),
      ...(total.writtenHour > 0 && { cacheWrite1hTokens: total.writtenHour }),
      ...(total.reasoning > 0 && { reasoningTokens: total.reasoning }),
      ...(total.searches > 0 && { webSearches: total.searches }),
      ...served,
    }
  }
}

/** Arguments that do not parse stay a string: the loop feeds them back as invalid input. */
const parseInput = (json: string): unknown => {
  try {
    return JSON.parse(json)
  } catch {
    return json
  }
}

const isJsonObject = (value: unknown): value is JsonObject => isObject(value)

/** The block being read. */
interface OpenBlock {
  readonly block: ContentBlock
  json: string
  signature: string
  hasText: boolean
  citations: JsonObject[]
}

/** What came with a tool call beyond its arguments, when it matters for sending it back. */
const callData = (block: Extract<ContentBlock, { type: 'tool_use' }>): JsonObject | undefined => {
  const { caller, toolset_name: toolset } = block
  const data: JsonObject = {
    ...(isJsonObject(caller) && caller.type !== 'direct' && { caller: { ...caller } }),
    ...(typeof toolset === 'string' && { toolset_name: toolset }),
  }
  return Object.keys(data).length > 0 ? data : undefined
}

const close = (open: OpenBlock, turn: Assembler, provider: string): void => {
  const { block, json } = open
  switch (block.type) {
    case 'text':
      turn.close(open.citations.length > 0 ? { [provider]: { citations: open.citations } } : undefined)
      return
    case 'thinking': {
      const providerData = { [provider]: { signature: open.signature } }
      // With `display: 'omitted'` there is a signature and no text.
      if (open.hasText) turn.close(providerData)
      else if (open.signature !== '') turn.part({ type: 'reasoning', text: '', providerData })
      return
    }
    case 'redacted_thinking':
      turn.part({ type: 'reasoning', text: '', providerData: { [provider]: { data: block.data } } })
      return
    case 'tool_use': {
      const data = callData(block)
      turn.part({
        type: 'tool-call',
        callId: block.id,
        name: block.name,
        input: json === '' ? (block.input ?? {}) : parseInput(json),
        ...(data && { providerData: { [provider]: data } }),
      })
      return
    }
    default: {
      // What ran on the server (a web search, say) goes back as it came, or the turn cannot be continued.
      const whole = json === '' ? { ...block } : { ...block, input: parseInput(json) }
      if (isJsonObject(whole))
        turn.part({ type: 'reasoning', text: '', providerData: { [provider]: { block: whole } } })
    }
  }
}

const grow = (open: OpenBlock, delta: RawContentBlockDelta, turn: Assembler): void => {
  switch (delta.type) {
    case 'text_delta':
      turn.text(delta.text)
      return
    case 'thinking_delta':
      open.hasText ||= delta.thinking !== ''
      turn.reasoning(delta.thinking)
      return
    case 'signature_delta':
      open.signature += delta.signature
      return
    case 'input_json_delta':
      open.json += delta.partial_json
      turn.characters += delta.partial_json.length
      return
    case 'citations_delta':
      open.citations.push({ ...delta.citation })
  }
}

const begin = (block: ContentBlock, turn: Assembler): OpenBlock => {
  const open: OpenBlock = { block, json: '', signature: '', hasText: false, citations: [] }
  if (block.type === 'text') {
    turn.text(block.text)
    for (const citation of block.citations ?? []) open.citations.push({ ...citation })
  } else if (block.type === 'thinking') {
    open.hasText = block.thinking !== ''
    open.signature = block.signature ?? ''
    turn.reasoning(block.thinking)
  }
  return open
}

/** Reads one answer into an assembler. */
export interface MessageReader {
  /** The next event of a stream. `message_stop` finishes the turn; what is not known is passed over. */
  event(event: RawMessageStreamEvent): void
  /** A whole answer, as a call without streaming gives it. Finishes the turn. */
  message(message: Message): void
}

/** A reader of one answer; `response` says who is asked, and what the head of the answer said. */
export const createMessageReader = (turn: Assembler, response: ModelResponse): MessageReader => {
  const tally = createTally()
  let open: OpenBlock | undefined
  let answered = response
  let reason: FinishReason = 'other'

  const start = (message: Message): void => {
    turn.usage = tally(message.usage)
    answered = {
      ...response,
      modelId: message.model ?? response.modelId,
      ...(message.id && { id: message.id }),
    }
  }
  const endBlock = (): void => {
    if (open) close(open, turn, response.provider)
    open = undefined
  }
  const stop = (stopReason: StopReason | null | undefined): void => {
    if (stopReason) reason = reasons[stopReason] ?? 'other'
  }
  const finish = (): void => {
    endBlock()
    turn.finish({ reason, response: answered })
  }

  return {
    event: (event) => {
      switch (event.type) {
        case 'message_start':
          start(event.message)
          return
        case 'content_block_start':
          endBlock()
          open = begin(event.content_block, turn)
          return
        case 'content_block_delta':
          if (open) grow(open, event.delta, turn)
          return
        case 'content_block_stop':
          endBlock()
          return
        case 'message_delta':
          turn.usage = tally(event.usage)
          stop(event.delta.stop_reason)
          return
        case 'message_stop':
          finish()
      }
    },
    message: (message) => {
      start(message)
      for (const block of message.content) close(begin(block, turn), turn, response.provider)
      stop(message.stop_reason)
      finish()
    },
  }
}

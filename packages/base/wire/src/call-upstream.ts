import {
  AshlarError,
  type LanguageModel,
  type Message,
  ModelError,
  type ModelEvent,
  type ModelRequest,
  type Usage,
} from '@ashlar/core'
import { type Assembler, createAssembler } from './assembler.ts'
import { ConnectionError } from './connection-error.ts'
import { toModelError } from './model-error.ts'

/** One call of a leaf model. */
export interface UpstreamCall {
  readonly model: LanguageModel
  readonly request: ModelRequest
  /**
   * Sends the request and reads the answer into the assembler, yielding `turn.take()` once a packet and
   * ending after `turn.finish(…)`. Throws `ModelError` for what the vendor refused.
   */
  readonly read: (turn: Assembler) => AsyncIterable<readonly ModelEvent[]>
  /** Strings that must not be repeated in an error's message, such as the API key. */
  readonly secrets?: readonly (string | undefined)[] | undefined
}

/** English text and JSON have about four characters a token (OpenAI's and Anthropic's own rule of thumb). */
const charactersPerToken = 4
/** A common middle of what vendors count for one image. */
const tokensPerImage = 1000

const contentCharacters = (message: Message): number => {
  let characters = 0
  for (const part of message.content)
    if (part.type === 'text' || part.type === 'reasoning') characters += part.text.length
    else if (part.type === 'tool-result') characters += part.output.length
    else if (part.type === 'tool-call') characters += JSON.stringify(part.input)?.length ?? 0
    else characters += tokensPerImage * charactersPerToken
  return characters
}

/** Tokens of a request by the length of its text: a guess for calls the vendor never counted. */
export const estimateInputTokens = (request: ModelRequest): number => {
  let characters = request.instructions?.length ?? 0
  for (const message of request.messages) characters += contentCharacters(message)
  if (request.tools) characters += JSON.stringify(request.tools).length
  return Math.ceil(characters / charactersPerToken)
}

/** What a call cut short has used: as far as the vendor counted, the rest by length. */
const usageCutShort = (request: ModelRequest, turn: Assembler): Usage => {
  const { usage, characters } = turn
  const output = Math.ceil(characters / charactersPerToken)
  if (usage) return { ...usage, outputTokens: Math.max(usage.outputTokens, output), estimated: true }
  return { inputTokens: estimateInputTokens(request), outputTokens: output, estimated: true }
}

/** Nothing is billed for a call that was refused, or never reached the vendor. */
const isBilled = (error: unknown): boolean => {
  if (!ModelError.isInstance(error)) return true
  return error.status === undefined && !(ConnectionError.isInstance(error.cause) && !error.cause.sent)
}

/** A mistake of the caller found while the request was written: nothing was sent. */
const isOurs = (error: unknown): boolean =>
  AshlarError.isInstance(error) && !ModelError.isInstance(error) && !ConnectionError.isInstance(error)

const withFacts = (error: ModelError, turn: Assembler, usage: Usage | undefined): ModelError => {
  const partial = error.partial ?? turn.partial()
  const known = error.usage ?? usage
  const { name: _, message, code: _code, ...facts } = error
  return new ModelError(
    message,
    { ...facts, ...(partial.length > 0 && { partial }), ...(known && { usage: known }) },
    { cause: error.cause },
  )
}

/**
 * What every leaf model does exactly once around a call: refuses an aborted or late one, reserves with the
 * meter and settles once however the call ends, turns every failure into a `ModelError` with the parts that
 * had arrived, throws the signal's reason after an abort, and ends with one `finish`.
 */
export async function* callUpstream(call: UpstreamCall): AsyncGenerator<ModelEvent, void, undefined> {
  const { model, request, secrets } = call
  const { signal, deadline } = request
  const { provider, modelId } = model
  signal?.throwIfAborted()
  if (deadline !== undefined && deadline <= Date.now())
    throw new ModelError(`${provider}/${modelId}: the deadline had passed before the call`, {
      kind: 'timeout',
      provider,
      modelId,
    })
  const settle = await request.meter?.reserve(model, request)
  const turn = createAssembler({ deltas: request.deltas })
  let started = false
  let finished = false
  let used: Usage | undefined
  try {
    signal?.throwIfAborted()
    started = true
    for await (const events of call.read(turn))
      for (const event of events) {
        if (event.type === 'finish') {
          finished = true
          used = event.usage
        }
        yield event
        if (event.type === 'finish') return
      }
    throw new ConnectionError('the answer ended before it was finished', {
      code: 'network',
      phase: 'body',
      sent: true,
    })
  } catch (cause) {
    if (signal?.aborted) throw signal.reason
    if (isOurs(cause)) {
      finished = true
      throw cause
    }
    const error = toModelError({ provider, modelId, cause, secrets })
    if (started && isBilled(error)) used = error.usage ?? usageCutShort(request, turn)
    finished = true
    throw withFacts(error, turn, used)
  } finally {
    if (started && !finished) used = usageCutShort(request, turn)
    settle?.(used)
  }
}

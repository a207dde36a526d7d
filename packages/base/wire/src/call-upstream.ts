import {
  type AshlarError,
  checkKeys,
  type LanguageModel,
  ModelError,
  type ModelEvent,
  type ModelRequest,
  type Usage,
} from '@ashlar/core'
import { type Assembler, createAssembler } from './assembler.ts'
import { ConnectionError } from './connection-error.ts'
import { estimateUsage } from './estimate-usage.ts'
import { readThrown } from './upstream-error.ts'

/** One call of a leaf model. */
export interface UpstreamCall {
  readonly model: LanguageModel
  readonly request: ModelRequest
  /**
   * Sends the request and reads the answer into the assembler, yielding `turn.take()` once a packet and
   * ending after `turn.finish(…)`. Throws `ModelError` for what the vendor refused.
   */
  readonly read: (
    turn: Assembler,
  ) => AsyncIterable<readonly ModelEvent[]> | Promise<AsyncIterable<readonly ModelEvent[]>>
  /** Strings that must not be repeated in an error's message, such as the API key. */
  readonly secrets?: readonly (string | undefined)[] | undefined
}

const knownFields: readonly string[] = [
  'messages',
  'instructions',
  'tools',
  'toolChoice',
  'output',
  'maxOutputTokens',
  'temperature',
  'topP',
  'stop',
  'seed',
  'reasoning',
  'deltas',
  'deadline',
  'retryBudget',
  'meter',
  'signal',
  'providerOptions',
] satisfies (keyof ModelRequest)[]

const checkCall = ({ model, request }: UpstreamCall): void => {
  checkKeys(request, knownFields, 'request')
  request.signal?.throwIfAborted()
  const { provider, modelId } = model
  if (request.deadline === undefined || request.deadline > Date.now()) return
  const message = `${provider}/${modelId}: the deadline had passed before the call`
  throw new ModelError(message, { kind: 'timeout', provider, modelId })
}

/** Nothing is billed for a call that was refused, or never reached the vendor. */
const isBilled = (error: ModelError, turn: Assembler): boolean => {
  if (turn.usage || turn.characters > 0) return true
  return error.status === undefined && !(ConnectionError.isInstance(error.cause) && !error.cause.sent)
}

/** The error to throw: with the parts that had arrived and what they used. Mistakes of the caller stay as they are. */
const toFailure = async (
  { model, request, secrets }: UpstreamCall,
  turn: Assembler,
  thrown: unknown,
): Promise<AshlarError> => {
  const { provider, modelId } = model
  const error = await readThrown(thrown, { provider, modelId, secrets })
  if (!ModelError.isInstance(error)) return error
  const { name: _, message, code: _code, cause, ...facts } = error
  const partial = error.partial ?? turn.partial()
  const usage = error.usage ?? (isBilled(error, turn) ? estimateUsage(request, turn) : undefined)
  return new ModelError(
    message,
    { ...facts, ...(partial.length > 0 && { partial }), ...(usage && { usage }) },
    cause === undefined ? undefined : { cause },
  )
}

/**
 * What every leaf model does exactly once around a call: refuses an aborted or late one and fields it does not
 * know, reserves with the meter and settles once however the call ends, turns every failure into a `ModelError`
 * with the parts that had arrived, throws the signal's reason after an abort, and ends with one `finish`.
 */
export async function* callUpstream(call: UpstreamCall): AsyncGenerator<ModelEvent, void, undefined> {
  const { model, request } = call
  checkCall(call)
  const settle = await request.meter?.reserve(model, request)
  const turn = createAssembler({
    deltas: request.deltas,
    estimate: (characters) => estimateUsage(request, { characters }),
  })
  let finish: ModelEvent | undefined
  /** What says what the call used: nothing before it is sent, unknown while it is under way. */
  let end: { readonly usage?: Usage } | undefined = {}
  try {
    request.signal?.throwIfAborted()
    end = undefined
    reading: for await (const events of await call.read(turn))
      for (const event of events) {
        if (event.type === 'finish') {
          end = finish = event
          break reading
        }
        yield event
      }
    if (!finish) throw new ConnectionError('the answer ended before it was finished')
  } catch (cause) {
    if (request.signal?.aborted) throw request.signal.reason
    const error = await toFailure(call, turn, cause)
    end = ModelError.isInstance(error) ? error : {}
    throw error
  } finally {
    settle?.(end ? end.usage : estimateUsage(request, turn))
  }
  yield finish
}

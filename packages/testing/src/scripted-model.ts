import { type LanguageModel, ModelError, type ModelEvent, type ModelRequest, type Usage } from '@ashlar/core'
import { type Clock, systemClock } from '@ashlar/core/clock'
import { waitUntil } from './wait-until.ts'
import { recordedRequest, type RecordedRequest } from './recorded-request.ts'
import { createScript, type ScriptedTurn, type TurnFunction } from './script.ts'
import { defaultUsage, type PlayedTurn, splitDeltas } from './turn.ts'

export interface ScriptedModelOptions {
  /** @default 'scripted' */
  readonly provider?: string
  /** @default 'scripted' */
  readonly modelId?: string
  /** Used by turns that do not say. @default 10 input and 5 output tokens */
  readonly usage?: Partial<Usage>
  /** What `delayMs` and deadlines are measured with. @default the system's */
  readonly clock?: Clock
}

/** A language model that plays a script and remembers what it was asked. */
export interface ScriptedModel extends LanguageModel {
  /** Every request so far, frozen, as plain data (without signal, meter and retry budget). */
  readonly requests: readonly RecordedRequest[]
  /** Turns not yet played; 0 when the script is one function. */
  readonly remaining: number
  /** Throws `ScriptError` naming the turns that were never asked for. */
  assertComplete(): void
}

/**
 * A language model that answers from a list of turns, one a call; or from one function, for as many calls as
 * are made. Ids (`call_1`, `response_1`) and usage are deterministic.
 *
 * @throws InvalidArgument when a turn is malformed
 * @throws ScriptError from `stream` when it is asked once more than there are turns
 */
export const scriptedModel = (
  turns: readonly ScriptedTurn[] | TurnFunction,
  options: ScriptedModelOptions = {},
): ScriptedModel => {
  const { provider = 'scripted', modelId = 'scripted', clock = systemClock } = options
  const script = createScript(turns, { ...defaultUsage, ...options.usage })
  const requests: RecordedRequest[] = []

  async function* play(request: ModelRequest): AsyncGenerator<ModelEvent> {
    const { signal, deadline } = request
    const onDeadline = (): Error =>
      new ModelError('The deadline passed before the model answered', { kind: 'timeout', provider, modelId })
    const pause = (milliseconds = 0): Promise<void> =>
      waitUntil(milliseconds, { clock, signal, deadline, onDeadline })

    await pause()
    const settle = await request.meter?.reserve(model, request)
    let used: Usage | undefined
    try {
      signal?.throwIfAborted()
      const call = requests.push(recordedRequest(request))
      const turn = await script.play(request, call)
      await pause(turn.delayMs)
      let left = turn.error ? (turn.errorAfter ?? 0) : Number.POSITIVE_INFINITY
      let deltas = 0
      for (const event of partEvents(turn, request.deltas !== false)) {
        if (left-- <= 0) break
        await pause(event.type === 'part' || deltas++ === 0 ? 0 : turn.deltaDelayMs)
        used = { ...turn.usage, estimated: true }
        yield event
      }
      if (turn.error) throw turn.error
      signal?.throwIfAborted()
      used = turn.usage
      const response = { provider, modelId, id: `response_${call}` }
      yield { type: 'finish', reason: turn.finish, usage: turn.usage, response }
    } catch (error) {
      if (ModelError.isInstance(error) && error.usage) used = error.usage
      throw error
    } finally {
      settle?.(used)
    }
  }

  const model: ScriptedModel = {
    provider,
    modelId,
    requests,
    stream: play,
    get remaining() {
      return script.remaining(requests.length)
    },
    assertComplete: () => script.assertComplete(requests.length),
  }
  return model
}

function* partEvents(turn: PlayedTurn, deltas: boolean): Generator<ModelEvent> {
  for (const part of turn.parts) {
    if (deltas && part.type !== 'tool-call')
      for (const text of splitDeltas(part.text, turn.deltaSize)) yield { type: `${part.type}-delta`, text }
    yield { type: 'part', part }
  }
}

import {
  type LanguageModel,
  ModelError,
  type ModelEvent,
  type ModelRequest,
  textOf,
  type Usage,
} from '@ashlar/core'
import { type Clock, systemClock, wait } from './clock.ts'
import { recordedRequest, type RecordedRequest } from './recorded-request.ts'
import { ScriptError } from './script-error.ts'
import { checkTurn, defaultUsage, type PlayedTurn, playTurn, splitDeltas, type Turn } from './turn.ts'

/** One entry of a script: the answer's text, a turn, or a function that decides when it is asked. */
export type ScriptedTurn = string | Turn | TurnFunction

/** Decides a turn from the request; `call` counts from 1. Throwing fails the model call with that error. */
export type TurnFunction = (request: ModelRequest, call: number) => string | Turn | Promise<string | Turn>

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
  const script =
    typeof turns === 'function'
      ? turns
      : turns.map((turn, index) => (typeof turn === 'function' ? turn : checkTurn(turn, `turns[${index}]`)))
  const usage = { ...defaultUsage, ...options.usage }
  const requests: RecordedRequest[] = []
  let calls = 0
  const nextCallId = (): string => `call_${++calls}`

  const turnFor = async (request: ModelRequest, call: number): Promise<PlayedTurn> => {
    const entry = typeof script === 'function' ? script : script[call - 1]
    if (entry === undefined) throw exhausted(script.length, call, request)
    const turn = typeof entry === 'function' ? checkTurn(await entry(request, call), `turn ${call}`) : entry
    return playTurn(turn, { usage, nextCallId })
  }

  async function* play(request: ModelRequest): AsyncGenerator<ModelEvent> {
    const { signal, deadline } = request
    const onDeadline = (): Error =>
      new ModelError('The deadline passed before the model answered', { kind: 'timeout', provider, modelId })
    const pause = (milliseconds = 0): Promise<void> =>
      wait(milliseconds, { clock, signal, deadline, onDeadline })

    await pause()
    const settle = await request.meter?.reserve(model, request)
    let used: Usage | undefined
    try {
      signal?.throwIfAborted()
      const call = requests.push(recordedRequest(request))
      const turn = await turnFor(request, call)
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
      return typeof script === 'function' ? 0 : Math.max(0, script.length - requests.length)
    },
    assertComplete() {
      if (typeof script !== 'function' && requests.length < script.length)
        throw leftOver(script.slice(requests.length), requests.length)
    },
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

const exhausted = (length: number, call: number, request: ModelRequest): ScriptError => {
  const last = request.messages.at(-1)
  const said = textOf(last) || JSON.stringify(last?.content ?? []).slice(0, 200)
  return new ScriptError(
    `The script has ${length} turn${length === 1 ? '' : 's'}, but the model was called for turn ${call}. ` +
      `The last message was from ${last?.role ?? 'nobody'}: ${said}. ` +
      'Add a turn for this call, or find out why the run went on.',
  )
}

const leftOver = (rest: readonly (Turn | TurnFunction)[], played: number): ScriptError => {
  const named = rest.map((turn, index) => `  turn ${played + index + 1}: ${describeTurn(turn)}`)
  return new ScriptError(
    `The model was called ${played} times; ${rest.length} of its turns were never asked for:\n${named.join('\n')}`,
  )
}

const describeTurn = (turn: Turn | TurnFunction): string => {
  if (typeof turn === 'function') return turn.name ? `function ${turn.name}` : 'a function'
  const calls = turn.toolCalls?.map(({ name }) => `${name}()`) ?? []
  const said = turn.text ? [JSON.stringify(turn.text.slice(0, 80))] : []
  const failed = turn.error ? [`throws ${turn.error.message}`] : []
  return [...said, ...calls, ...failed].join(', ') || 'an empty answer'
}

import { type ModelRequest, textOf, type Usage } from '@ashlar/core'
import { ScriptError } from './script-error.ts'
import { checkTurn, type PlayedTurn, playTurn, type Turn } from './turn.ts'

/** One entry of a script: the answer's text, a turn, or a function that decides when it is asked. */
export type ScriptedTurn = string | Turn | TurnFunction

/** Decides a turn from the request; `call` counts from 1. Throwing fails the model call with that error. */
export type TurnFunction = (request: ModelRequest, call: number) => string | Turn | Promise<string | Turn>

/** The turns of a model, checked. */
export interface Script {
  /** Turns still to come after so many calls; 0 when the script is one function. */
  remaining(calls: number): number
  /** The turn of the call with this number. @throws ScriptError when there is none */
  play(request: ModelRequest, call: number): Promise<PlayedTurn>
  /** @throws ScriptError naming the turns left after so many calls */
  assertComplete(calls: number): void
}

/** Checks turns and counts their calls. @throws InvalidArgument when a turn is malformed */
export const createScript = (turns: readonly ScriptedTurn[] | TurnFunction, usage: Usage): Script => {
  const entries =
    typeof turns === 'function'
      ? turns
      : turns.map((turn, index) => (typeof turn === 'function' ? turn : checkTurn(turn, `turns[${index}]`)))
  const left = (calls: number): readonly (Turn | TurnFunction)[] =>
    typeof entries === 'function' ? [] : entries.slice(calls)
  let toolCalls = 0
  const nextCallId = (): string => `call_${++toolCalls}`
  return {
    remaining: (calls) => left(calls).length,
    async play(request, call) {
      const entry = typeof entries === 'function' ? entries : entries[call - 1]
      if (entry === undefined) throw exhausted(entries.length, call, request)
      const turn = typeof entry === 'function' ? checkTurn(await entry(request, call), `turn ${call}`) : entry
      return playTurn(turn, { usage, nextCallId })
    },
    assertComplete(calls) {
      if (left(calls).length > 0) throw leftOver(left(calls), calls)
    },
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

import { InvalidArgument } from './errors.ts'
import { toolCallsOf } from './message.ts'
import type { RunContext } from './run.ts'

/** Asked before each model call but the first; true ends the run as `stopped`. */
export type StopCondition = (run: RunContext) => boolean | Promise<boolean>

const atLeastOne = (name: string, value: number): number => {
  if (!(value >= 1)) throw new InvalidArgument(name, 'a number of at least 1', value)
  return value
}

/** Stops once this many model calls were made. */
export const stepCount = (steps: number): StopCondition => {
  const limit = atLeastOne('stepCount', steps)
  return ({ state }) => state.steps >= limit
}

/** Stops once input and output tokens together reach this many. */
export const tokenCount = (tokens: number): StopCondition => {
  const limit = atLeastOne('tokenCount', tokens)
  return ({ state: { usage } }) => usage.inputTokens + usage.outputTokens >= limit
}

/** Stops after a turn that called the tool. */
export const calledTool =
  (name: string): StopCondition =>
  ({ state }) =>
    toolCallsOf(state.messages.findLast(({ role }) => role === 'assistant')).some(
      (call) => call.name === name,
    )

import { InvalidArgument, type ModelEvent, type ModelRequest } from '@ashlar/core'
import { BudgetExceeded } from './budget-exceeded.ts'
import type { SpendingOptions } from './metered-stream.ts'

/** How an answer is shortened to what a budget affords. */
export interface RoomOptions {
  /** The shortest answer worth having, in tokens; `false`: none is shortened. */
  readonly minOutputTokens: number | false
}

/** @throws InvalidArgument for what is no number of tokens */
export const checkRoom = ({ minOutputTokens = 1024 }: SpendingOptions): RoomOptions => {
  if (minOutputTokens !== false && !(Number.isSafeInteger(minOutputTokens) && minOutputTokens > 0))
    throw new InvalidArgument(
      'minOutputTokens',
      'a whole number of tokens above 0, or false',
      minOutputTokens,
    )
  return { minOutputTokens }
}

/** Another call may take the room meanwhile, and several limits tell one after the other. */
const tries = 3

/**
 * Makes a call whose request sets no limit with one where the budget has no room for all the model may write: with half
 * of what would fit, so that others of the tree may call too, but not below `minOutputTokens`.
 */
export async function* withinRoom(
  request: ModelRequest,
  open: (request: ModelRequest) => AsyncIterable<ModelEvent>,
  { minOutputTokens: least }: RoomOptions,
): AsyncGenerator<ModelEvent> {
  let asked = request
  for (let left = tries; ; left--) {
    let begun = false
    try {
      for await (const event of open(asked)) {
        begun = true
        yield event
      }
      return
    } catch (error) {
      const fits = BudgetExceeded.isInstance(error) ? error.maxOutputTokens : undefined
      const mayLower = least !== false && request.maxOutputTokens === undefined && !begun && left > 1
      if (!mayLower || fits === undefined || fits < least) throw error
      asked = { ...request, maxOutputTokens: Math.max(least, Math.floor(fits / 2)) }
    }
  }
}

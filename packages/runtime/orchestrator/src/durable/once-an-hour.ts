import { type Clock, systemClock } from '@ashlar/core/clock'

const hourMs = 3_600_000

/** Does something when it is called, though not in the hour after it did. What fails then is done an hour later. */
export const onceAnHour = (
  does: () => Promise<unknown>,
  clock: Clock = systemClock,
): (() => Promise<void>) => {
  let last = clock.now()
  return async () => {
    if (clock.now() - last < hourMs) return
    last = clock.now()
    await does().catch(() => {})
  }
}

import type { Meter, RunMeters } from './model.ts'

/** Gives a run what there is above it and not of its own; the meter its requests start with. */
export const inheritMeters = (own: RunMeters['tree'], above: RunMeters['tree']): Meter | undefined => {
  let meter: Meter | undefined
  for (const [owner, wrap] of above)
    if (!own.has(owner)) {
      own.set(owner, wrap)
      meter = wrap(meter)
    }
  return meter
}

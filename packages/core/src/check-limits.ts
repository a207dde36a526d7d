import { checkKeys } from './check-keys.ts'
import { InvalidArgument } from './errors.ts'
import type { Limits } from './limits.ts'

const defaults: Required<Limits> = {
  steps: 20,
  tokens: Infinity,
  callsPerTurn: 16,
  parallelCalls: 8,
  toolTimeoutMs: 60_000,
  repeats: 3,
}

/** @throws InvalidArgument for an unknown limit or one that is not a number of at least 1 */
export const checkLimits = (limits: Limits): Required<Limits> => {
  checkKeys(limits, Object.keys(defaults), 'limits')
  const checked = { ...defaults }
  for (const [name, value] of Object.entries(limits)) {
    if (value === undefined) continue
    if (typeof value !== 'number' || !(value >= 1) || (value !== Infinity && !Number.isInteger(value)))
      throw new InvalidArgument(`limits.${name}`, 'a whole number of at least 1, or Infinity', value)
    Object.assign(checked, { [name]: value })
  }
  return checked
}

import type { ModelRequest } from '@ashlar/core'

/** A request as plain data: what is left of it when the live objects are taken out. */
export type RecordedRequest = Omit<ModelRequest, 'signal' | 'meter' | 'retryBudget'>

const freeze = <T>(value: T): T => {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const inner of Object.values(value)) freeze(inner)
  }
  return value
}

/** A frozen copy of a request, so that what happens to it later does not change what was recorded. */
export const recordedRequest = (request: ModelRequest): RecordedRequest => {
  const { signal: _signal, meter: _meter, retryBudget: _budget, ...data } = request
  return freeze(structuredClone(data))
}

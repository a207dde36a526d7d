import { AshlarError } from '@ashlar/core'

/** `closed`: the bus was closed. `overflow`: there was no room in time. `timeout`: no answer to a request came. */
export type BusErrorCode = 'closed' | 'overflow' | 'timeout'

/** The bus could not take an event, or nobody answered it. */
export class BusError extends AshlarError {
  override name = 'BusError'
  declare readonly code: BusErrorCode
  static override isInstance(error: unknown): error is BusError {
    return AshlarError.isInstance(error) && error.name === 'BusError'
  }
}

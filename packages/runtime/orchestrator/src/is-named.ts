import { AshlarError } from '@ashlar/core'

/** Whether an error is the one of that name, of whichever copy of this package. */
export const isNamed = (error: unknown, name: string): boolean =>
  AshlarError.isInstance(error) && error.name === name

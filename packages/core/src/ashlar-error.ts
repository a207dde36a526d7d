import { isObject } from './json.ts'

const brand = Symbol.for('ashlar.error')

/** True for an error of the class with this name, of any installed copy of this package. */
export const hasName = (error: unknown, name: string): boolean =>
  error instanceof Error && brand in error && (name === 'AshlarError' || error.name === name)

/** What anything that was thrown says; never throws itself. */
export const messageOf = (thrown: unknown): string => {
  try {
    return String((isObject(thrown) ? thrown['message'] : undefined) ?? thrown)
  } catch {
    return 'something that cannot be shown'
  }
}

/** The base of every error thrown on purpose: a stable `code`, and facts in readonly fields. */
export class AshlarError extends Error {
  readonly code: string
  override name = 'AshlarError'
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
    Object.defineProperty(this, brand, { value: true })
  }
  static isInstance(error: unknown): error is AshlarError {
    return hasName(error, 'AshlarError')
  }
}

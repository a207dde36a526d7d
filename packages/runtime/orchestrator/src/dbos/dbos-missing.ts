import { AshlarError } from '@ashlar/core'
import { isNamed } from '../is-named.ts'

/** The packages that runs on DBOS need are not installed. */
export class DbosMissing extends AshlarError {
  override name = 'DbosMissing'
  constructor(cause: unknown) {
    super('dbos-missing', 'Runs on DBOS need two packages: npm install @dbos-inc/dbos-sdk pg', { cause })
  }
  static override isInstance(error: unknown): error is DbosMissing {
    return isNamed(error, 'DbosMissing')
  }
}

import type { DBOS, DBOSClient } from '@dbos-inc/dbos-sdk'
import { AshlarError } from '@ashlar/core'
import { isNamed } from '../is-named.ts'

/** What is used of `@dbos-inc/dbos-sdk`. */
export interface DbosSdk {
  readonly DBOS: typeof DBOS
  readonly DBOSClient: typeof DBOSClient
}

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

const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND'

/** Loads what an engine on DBOS needs. @throws DbosMissing */
export const loadDbos = async (): Promise<DbosSdk> => {
  try {
    await import('pg')
    return await import('@dbos-inc/dbos-sdk')
  } catch (error) {
    throw isMissing(error) ? new DbosMissing(error) : error
  }
}

import type { DBOS, DBOSClient } from '@dbos-inc/dbos-sdk'
import { DbosMissing } from './dbos-missing.ts'

/** What is used of `@dbos-inc/dbos-sdk`. */
export interface DbosSdk {
  readonly DBOS: typeof DBOS
  readonly DBOSClient: typeof DBOSClient
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

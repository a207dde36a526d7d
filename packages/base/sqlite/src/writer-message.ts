import type { Recovery } from './database.ts'
import type { DatabaseFailure } from './database-error.ts'
import type { Outcome } from './execute-batch.ts'
import type { ConnectionOptions } from './open-connection.ts'
import type { Statement } from './sql-value.ts'

/** Given to the thread when it starts; the name tells it apart from any other worker that loads the module. */
export interface WriterData {
  readonly ashlarWriter: ConnectionOptions
}

/** To the writer's thread. */
export type ToWriter =
  | { readonly type: 'execute'; readonly writes: readonly (readonly Statement[])[] }
  | { readonly type: 'close' }

/** From the writer's thread. */
export type FromWriter =
  | { readonly type: 'opened'; readonly recovery: Recovery | undefined }
  | { readonly type: 'refused'; readonly failure: DatabaseFailure }
  | { readonly type: 'executed'; readonly outcomes: readonly Outcome[] }

import { InvalidArgument } from '@ashlar/core'
import { postgresJournal } from '../durable/postgres-journal.ts'
import type { RunsEngine } from '../runs/runs-engine.ts'
import { launchDbos } from './dbos-queue.ts'
import { loadDbos } from './load-dbos.ts'

export interface DbosOptions {
  /**
   * Names the application: its queue, and its schemas `NAME_runs`, which is the journal, and `NAME_dbos`. Lower case
   * letters, digits and `_`. `ashlar runs --journal` finds runs of the default name.
   * @default 'ashlar'
   */
  readonly name?: string
}

/**
 * Runs in a PostgreSQL database, done by workers on any machine: DBOS has the queue and brings back what a worker left
 * that was killed; steps are in a journal beside it, under their names, as DBOS knows its own by their order, which those
 * that run at the same time do not have. One per process, as DBOS itself. Needs `@dbos-inc/dbos-sdk` and `pg`.
 * @throws InvalidArgument for a wrong option; `openRuns` then throws DbosMissing where a package is not installed
 */
export const dbos = (url: string, options: DbosOptions = {}): RunsEngine => {
  const { name = 'ashlar' } = options
  if (!/^postgres(?:ql)?:/.test(url)) throw new InvalidArgument('url', 'a postgres:// URL', 'another')
  if (!/^[a-z_][a-z0-9_]{0,40}$/.test(name))
    throw new InvalidArgument('name', 'at most 41 lower case letters, digits and _', name)
  return {
    openJournal: async () => {
      const { DBOS } = await loadDbos()
      if (DBOS.isInitialized())
        throw new InvalidArgument('engine', 'one on DBOS in a process: close the other one first', 'a second')
      return postgresJournal(url, { schema: `${name}_runs` })
    },
    serve: async (journal, worker) => launchDbos({ sdk: await loadDbos(), url, name, journal, worker }),
  }
}

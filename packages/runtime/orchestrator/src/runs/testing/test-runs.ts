import { InvalidArgument } from '@ashlar/core'
import type { Runner } from '../../durable/testing/test-journal.ts'
import { openRuns, type Runs } from '../open-runs.ts'
import type { RunsEngine } from '../runs-engine.ts'
import { cancelChecks } from './cancel-checks.ts'
import { createOffice } from './office.ts'
import { pauseChecks } from './pause-checks.ts'
import type { RunsCheck } from './runs-check.ts'
import { startChecks } from './start-checks.ts'

/** An engine under test. */
export interface RunsBench {
  /** The engine over the same records, as whoever opens it next has it; one at a time is open. */
  engine(): RunsEngine
  /** Called after every test. */
  close?(): Promise<void>
}

export interface TestRunsOptions {
  readonly name: string
  /** An engine with nothing in it. */
  create(): Promise<RunsBench>
}

const checks: readonly RunsCheck[] = [...startChecks, ...pauseChecks, ...cancelChecks]

/** The contract of an engine of `openRuns`, as one process sees it. */
export const testRuns = ({ name, create }: TestRunsOptions, { describe, it }: Runner): void => {
  if (typeof create !== 'function')
    throw new InvalidArgument('create', 'a function that makes an engine', create)
  describe(`${name}: an engine of runs`, () => {
    for (const [title, test] of checks)
      it(title, async () => {
        const bench = await create()
        const office = createOffice()
        const opened: Pick<Runs, 'close'>[] = []
        const open = async (how: Parameters<Parameters<RunsCheck[1]>[0]['open']>[0] = {}) => {
          const { agents, graphs } = office
          const runs = await openRuns({ leaseMs: 1_000, ...how, agents, graphs, engine: bench.engine() })
          opened.push(runs)
          return runs
        }
        try {
          await test({ office, open })
        } finally {
          for (const runs of opened) await runs.close()
          await bench.close?.()
        }
      })
  })
}

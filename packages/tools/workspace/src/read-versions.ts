import type { RunContext } from '@ashlar/core'
import { topRun } from './edit/edit-journal.ts'

/** Which content of a file the model of a run has seen: what it never saw is absent. */
export interface ReadVersions {
  readonly get: (run: RunContext, path: string) => string | undefined
  readonly set: (run: RunContext, path: string, version: string | undefined) => void
}

/** Runs beyond this many are forgotten, the longest unused first: their edits are no longer checked. */
const keptRuns = 200

/** Remembers versions for each run; agents inside its tools share them. */
export const createReadVersions = (): ReadVersions => {
  const runs = new Map<string, Map<string, string>>()
  const use = (run: RunContext): Map<string, string> => {
    const id = topRun(run.runId)
    const versions = runs.get(id) ?? new Map<string, string>()
    runs.delete(id)
    runs.set(id, versions)
    for (const oldest of runs.keys()) {
      if (runs.size <= keptRuns) break
      runs.delete(oldest)
    }
    return versions
  }
  return {
    get: (run, path) => use(run).get(path),
    set: (run, path, version) => {
      if (version !== undefined) use(run).set(path, version)
    },
  }
}

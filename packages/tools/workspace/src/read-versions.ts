import { isObject, type Message, type RunContext, toolCallsOf } from '@ashlar/core'
import { topRun } from './edit/edit-journal.ts'
import { versionIn } from './file-version.ts'
import { relativePath } from './locate.ts'
import type { Workspace } from './workspace.ts'

/** Which content of a file the model of a run has seen: what it never saw is absent. */
export interface ReadVersions {
  /** `paths`: all names of the file, relative to the root. */
  readonly get: (run: RunContext, paths: readonly string[]) => string | undefined
  readonly set: (run: RunContext, path: string, version: string | undefined) => void
}

/** Runs beyond this many are forgotten, the longest unused first: their transcripts still say what they saw. */
const keptRuns = 200

/** The latest version that a transcript shows of a file: in another process, or a later turn of a chat, it is all there is. */
const shownIn = (messages: readonly Message[], isFile: (path: string) => boolean): string | undefined => {
  const paths = new Map<string, string>()
  let version: string | undefined
  for (const message of messages) {
    for (const { callId, input } of toolCallsOf(message)) {
      const path = isObject(input) ? input['path'] : undefined
      if (typeof path === 'string') paths.set(callId, path)
      else paths.delete(callId)
    }
    if (message.role !== 'tool') continue
    for (const { callId, output, isError } of message.content) {
      const path = paths.get(callId)
      if (path !== undefined && isError !== true && isFile(path)) version = versionIn(output) ?? version
    }
  }
  return version
}

/** Remembers versions for each run, which agents inside its tools share, and reads those of earlier runs off the transcript. */
export const createReadVersions = (workspace: Workspace): ReadVersions => {
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
  const isOneOf = (names: readonly string[]) => (path: string) => {
    try {
      return names.includes(relativePath(workspace, path))
    } catch {
      return false
    }
  }
  return {
    get: (run, paths) => {
      const own = use(run)
      const known = paths.find((path) => own.has(path))
      return known === undefined ? shownIn(run.state.messages, isOneOf(paths)) : own.get(known)
    },
    set: (run, path, version) => {
      if (version !== undefined) use(run).set(path, version)
    },
  }
}

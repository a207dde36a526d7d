import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { isObject } from '@ashlar/core'
import { versionOf } from '../file-version.ts'
import { openFile } from '../open-file.ts'
import { replaceFile } from '../replace-file.ts'
import { showPath, WorkspaceError } from '../workspace-error.ts'
import type { Workspace } from '../workspace.ts'
import {
  contentFile,
  type JournalEntry,
  type JournalPlace,
  readJournal,
  runJournal,
  workspaceJournals,
} from './edit-journal.ts'

/** A run that can be undone. */
export interface UndoableRun {
  readonly runId: string
  /** Of its first change, milliseconds since the epoch. */
  readonly at: number
  /** Files it changed. */
  readonly paths: readonly string[]
}

/** The runs whose changes of this workspace are kept, the newest first. */
export const listEdits = async (workspace: Workspace, place: JournalPlace = {}): Promise<UndoableRun[]> => {
  const folder = workspaceJournals(workspace, place)
  const runs: UndoableRun[] = []
  for (const name of await readdir(folder).catch(() => [])) {
    const run: unknown = JSON.parse(
      await readFile(join(folder, name, 'run.json'), 'utf8').catch(() => 'null'),
    )
    if (!isObject(run) || typeof run['runId'] !== 'string' || typeof run['at'] !== 'number') continue
    const paths = [...new Set((await readJournal(join(folder, name))).map(({ path }) => path))].toSorted()
    if (paths.length > 0) runs.push({ runId: run['runId'], at: run['at'], paths })
  }
  return runs.toSorted((a, b) => b.at - a.at)
}

/** What one file was before the run, and what the run made of it. */
interface Restoration {
  readonly path: string
  readonly before: JournalEntry['before']
  readonly now: string | null
}

const currentVersion = async (workspace: Workspace, path: string): Promise<string | null> => {
  const file = await openFile(workspace, path).catch((error: unknown) => {
    if (WorkspaceError.isInstance(error) && error.code === 'not-found') return undefined
    throw error
  })
  if (!file) return null
  try {
    return versionOf(await file.handle.readFile())
  } finally {
    await file.handle.close()
  }
}

/** Somebody else had a hand in it: between two changes of the run, or after the last. */
const isBroken = (entries: readonly JournalEntry[], now: string | null): boolean => {
  const versions = new Set<string | null>()
  let last: string | null | undefined
  for (const { before, after } of entries) {
    const was = before?.version ?? null
    // A crash may have prevented the change before: then this one starts from the same.
    if (last !== undefined && was !== last && !versions.has(was)) return true
    versions.add(was)
    last = after
  }
  return now !== last && !(entries.length > 0 && now === (entries.at(-1)?.before?.version ?? null))
}

const plan = async (workspace: Workspace, entries: readonly JournalEntry[]): Promise<Restoration[]> => {
  const byPath = Map.groupBy(entries, ({ path }) => path)
  const restorations: Restoration[] = []
  const changed: string[] = []
  for (const [path, own] of byPath) {
    const now = await currentVersion(workspace, path)
    const before = own[0]?.before ?? null
    if (now === (before?.version ?? null)) continue
    if (isBroken(own, now)) changed.push(path)
    else restorations.push({ path, before, now })
  }
  if (changed.length > 0)
    throw new WorkspaceError(
      `Nothing was undone: somebody else changed ${changed.map(showPath).join(', ')} since. Put them in order by hand.`,
      { code: 'undo', path: changed[0] ?? '' },
    )
  return restorations
}

export interface UndoneEdits {
  /** Files that have their old content again. */
  readonly restored: readonly string[]
  /** Files the run had made, which are gone again; folders stay. */
  readonly removed: readonly string[]
}

/**
 * Gives every file a run changed its old content and mode: `undoEdits(workspace, { runId })`. All or nothing: it refuses
 * when a file was changed by somebody else since. Interrupted, it can be repeated.
 * @throws WorkspaceError when there is nothing to undo, or a file changed since
 */
export const undoEdits = async (
  workspace: Workspace,
  { runId, ...place }: JournalPlace & { readonly runId: string },
): Promise<UndoneEdits> => {
  const folder = runJournal(workspace, runId, place)
  const entries = await readJournal(folder)
  if (entries.length === 0)
    throw new WorkspaceError(`The run ${showPath(runId)} changed no file here that could be restored.`, {
      code: 'undo',
      path: runId,
    })
  const [restored, removed]: [string[], string[]] = [[], []]
  for (const { path, before, now } of await plan(workspace, entries)) {
    const bytes = before ? await readFile(contentFile(folder, before.version)) : undefined
    await replaceFile(workspace, { path, bytes, mode: before?.mode, expected: now })
    if (bytes) restored.push(path)
    else removed.push(path)
  }
  await rm(folder, { recursive: true, force: true })
  return { restored: restored.toSorted(), removed: removed.toSorted() }
}

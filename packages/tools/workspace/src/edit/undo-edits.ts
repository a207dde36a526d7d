import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { isObject } from '@ashlar/core'
import { versionOf } from '../file-version.ts'
import { relativeTo } from '../inside-path.ts'
import { openFile } from '../open-file.ts'
import { replaceFile } from '../replace-file.ts'
import { showPath, WorkspaceError } from '../workspace-error.ts'
import type { Workspace } from '../workspace.ts'
import {
  contentFile,
  type JournalEntry,
  type JournalPlace,
  readJournal,
  readJournalFile,
  runJournal,
  stateFolder,
  topRun,
  workspaceJournals,
} from './edit-journal.ts'

/** A run that can be undone. */
export interface UndoableRun {
  readonly runId: string
  /** Of its first change, milliseconds since the epoch. */
  readonly at: number
  /** Files it changed. */
  readonly paths: readonly string[]
  /** Files of its journal that cannot be read: it cannot be undone as a whole. */
  readonly damaged?: readonly string[]
}

interface KeptRun extends UndoableRun {
  readonly entries: readonly JournalEntry[]
}

const keptRuns = async (workspace: Workspace, place: JournalPlace): Promise<KeptRun[]> => {
  const folder = workspaceJournals(workspace, place)
  const runs: KeptRun[] = []
  for (const name of await readdir(folder).catch(() => [])) {
    const run = await readJournalFile(join(folder, name, 'run.json'))
    const { entries, damaged } = await readJournal(join(folder, name))
    const { runId, at } = isObject(run) ? run : {}
    const isKnown = typeof runId === 'string' && typeof at === 'number'
    const broken = isKnown ? damaged : [...damaged, join(folder, name, 'run.json')]
    const paths = [...new Set(entries.map(({ path }) => path))].toSorted()
    if (!isKnown && entries.length + damaged.length === 0) continue
    if (paths.length > 0 || broken.length > 0)
      runs.push({
        runId: isKnown ? runId : name,
        at: isKnown ? at : (entries[0]?.at ?? 0),
        paths,
        entries,
        ...(broken.length > 0 && { damaged: broken }),
      })
  }
  return runs.toSorted((a, b) => b.at - a.at)
}

/** The runs whose changes of this workspace are kept, the newest first. */
export const listEdits = async (workspace: Workspace, place: JournalPlace = {}): Promise<UndoableRun[]> =>
  (await keptRuns(workspace, place)).map(({ entries: _, ...run }) => run)

/** The roots of other workspaces, inside this one or around it, whose changes are kept. */
export const otherRoots = async (
  { root }: Workspace,
  { folder = stateFolder() }: JournalPlace,
): Promise<string[]> => {
  const roots = new Set<string>()
  for (const workspace of await readdir(folder).catch(() => []))
    for (const run of await readdir(join(folder, workspace)).catch(() => [])) {
      const facts = await readJournalFile(join(folder, workspace, run, 'run.json'))
      const other = isObject(facts) ? facts['root'] : undefined
      if (typeof other !== 'string') continue
      if (other !== root && (relativeTo(root, other) ?? relativeTo(other, root)) !== undefined)
        roots.add(other)
      break
    }
  return [...roots].toSorted()
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

interface Planned {
  readonly runId: string
  readonly entries: readonly JournalEntry[]
  readonly place: JournalPlace
}

/** Which later run made a file what it is now. */
const whoMade = async (
  workspace: Workspace,
  { path, now }: { readonly path: string; readonly now: string | null },
  { runId, place }: Planned,
): Promise<string | undefined> =>
  (await keptRuns(workspace, place)).find(
    (run) =>
      run.runId !== topRun(runId) && run.entries.some((entry) => entry.path === path && entry.after === now),
  )?.runId

const plan = async (workspace: Workspace, planned: Planned): Promise<Restoration[]> => {
  const { entries } = planned
  const byPath = Map.groupBy(entries, ({ path }) => path)
  const restorations: Restoration[] = []
  const changed: { readonly path: string; readonly now: string | null }[] = []
  for (const [path, own] of byPath) {
    const now = await currentVersion(workspace, path)
    const before = own[0]?.before ?? null
    if (now === (before?.version ?? null)) continue
    if (isBroken(own, now)) changed.push({ path, now })
    else restorations.push({ path, before, now })
  }
  const [first] = changed
  if (first) {
    const found = await Promise.all(changed.map((file) => whoMade(workspace, file, planned)))
    const who = changed.map(({ path }, index) => {
      const later = found[index]
      const by = later === undefined ? 'somebody else' : `the later run ${showPath(later)}`
      return `${by} changed ${showPath(path)} since`
    })
    const advice = found.every((run) => run !== undefined)
      ? 'Undo the later run first.'
      : 'Put them in order by hand.'
    throw new WorkspaceError(`Nothing was undone: ${who.join(', ')}. ${advice}`, {
      code: 'undo',
      path: first.path,
    })
  }
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
  const { entries, damaged } = await readJournal(folder)
  if (damaged.length > 0)
    throw new WorkspaceError(
      `Nothing was undone: the journal of the run ${showPath(runId)} is damaged: ${damaged.map(showPath).join(', ')}. The old content of files is beside it, in .bin files.`,
      { code: 'undo', path: runId },
    )
  if (entries.length === 0)
    throw new WorkspaceError(`The run ${showPath(runId)} changed no file here that could be restored.`, {
      code: 'undo',
      path: runId,
    })
  const [restored, removed]: [string[], string[]] = [[], []]
  for (const { path, before, now } of await plan(workspace, { runId, entries, place })) {
    const bytes = before ? await readFile(contentFile(folder, before.version)) : undefined
    await replaceFile(workspace, { path, bytes, mode: before?.mode, expected: now })
    if (bytes) restored.push(path)
    else removed.push(path)
  }
  await rm(folder, { recursive: true, force: true })
  return { restored: restored.toSorted(), removed: removed.toSorted() }
}

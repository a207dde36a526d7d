import { createHash, randomUUID } from 'node:crypto'
import { link, mkdir, open, readdir, readFile, rm, stat, unlink } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { isObject } from '@ashlar/core'
import { versionOf } from '../file-version.ts'
import type { EditJournal } from '../replace-file.ts'
import type { Workspace } from '../workspace.ts'

export interface JournalPlace {
  /** The folder that keeps the journals of all workspaces; only its owner may look inside. @default `ashlar/undo` in `$XDG_STATE_HOME` or `~/.local/state` */
  readonly folder?: string | undefined
}

/** One change in a journal. */
export interface JournalEntry {
  readonly path: string
  /** Version and mode of what was there; null: nothing. */
  readonly before: { readonly version: string; readonly mode: number } | null
  /** Version of what was put there; null: it was removed. */
  readonly after: string | null
  /** Milliseconds since the epoch. */
  readonly at: number
}

/** Runs beyond this many per workspace are forgotten, the oldest first. */
const keptRuns = 100

const key = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32)

/** Agents inside a run's tools belong to it: `root/call/…` is part of `root`. */
export const topRun = (runId: string): string => runId.split('/')[0] ?? runId

/** Where the journals of all workspaces are. */
export const stateFolder = (): string =>
  join(process.env['XDG_STATE_HOME'] || join(homedir(), '.local/state'), 'ashlar', 'undo')

/** Where the journals of a workspace are. */
export const workspaceJournals = (workspace: Workspace, { folder = stateFolder() }: JournalPlace): string =>
  join(folder, key(workspace.root))

/** Where the journal of a run is. */
export const runJournal = (workspace: Workspace, runId: string, place: JournalPlace): string =>
  join(workspaceJournals(workspace, place), key(topRun(runId)))

/** The kept content of a version. */
export const contentFile = (folder: string, version: string): string => join(folder, `${version}.bin`)

/** Puts a whole file there under a name nobody has; false when it is taken. */
const publish = async (folder: string, name: string, bytes: Uint8Array | string): Promise<boolean> => {
  const temporary = join(folder, `${randomUUID()}.tmp`)
  const handle = await open(temporary, 'wx', 0o600)
  try {
    await handle.writeFile(bytes)
    await handle.sync()
    await handle.close()
    await link(temporary, join(folder, name))
    return true
  } catch (error) {
    await handle.close()
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  } finally {
    await unlink(temporary)
  }
}

const entryName = /^(\d{6})\.json$/

const entryNames = async (folder: string): Promise<string[]> =>
  (await readdir(folder).catch(() => [])).filter((name) => entryName.test(name)).toSorted()

const append = async (folder: string, entry: JournalEntry): Promise<void> => {
  let next = Number(entryName.exec((await entryNames(folder)).at(-1) ?? '')?.[1] ?? 0)
  do next += 1
  while (!(await publish(folder, `${String(next).padStart(6, '0')}.json`, JSON.stringify(entry))))
}

const forgetOldRuns = async (folder: string): Promise<void> => {
  const runs = await readdir(folder)
  if (runs.length <= keptRuns) return
  const aged = await Promise.all(
    runs.map(async (name) => ({ name, at: (await stat(join(folder, name))).mtimeMs })),
  )
  for (const { name } of aged.toSorted((a, b) => b.at - a.at).slice(keptRuns))
    await rm(join(folder, name), { recursive: true, force: true })
}

const isEntry = (value: unknown): value is JournalEntry =>
  isObject(value) &&
  typeof value['path'] === 'string' &&
  typeof value['at'] === 'number' &&
  (value['after'] === null || typeof value['after'] === 'string') &&
  (value['before'] === null ||
    (isObject(value['before']) &&
      typeof value['before']['version'] === 'string' &&
      typeof value['before']['mode'] === 'number'))

/** A file of a journal; undefined where it is not there, or damaged. */
export const readJournalFile = async (path: string): Promise<unknown> => {
  try {
    return JSON.parse(await readFile(path, 'utf8'))
  } catch {
    return undefined
  }
}

export interface RunJournal {
  readonly entries: readonly JournalEntry[]
  /** Files of it that cannot be read. */
  readonly damaged: readonly string[]
}

/** The changes of a run in their order; none when it has no journal. */
export const readJournal = async (folder: string): Promise<RunJournal> => {
  const entries: JournalEntry[] = []
  const damaged: string[] = []
  for (const name of await entryNames(folder)) {
    const entry = await readJournalFile(join(folder, name))
    if (isEntry(entry)) entries.push(entry)
    else damaged.push(join(folder, name))
  }
  return { entries, damaged }
}

export interface EditJournalOptions extends JournalPlace {
  /** The run whose changes are kept together. */
  readonly runId: string
}

/**
 * Keeps what files held before a run changed them, for `undoEdits`: pass it to `writeFile` and `editFile`. The old content
 * is on the disk before the file changes.
 */
export const createEditJournal = (
  workspace: Workspace,
  { runId, ...place }: EditJournalOptions,
): EditJournal => {
  const folder = runJournal(workspace, runId, place)
  const start = async (): Promise<void> => {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const run = { runId: topRun(runId), root: workspace.root, at: Date.now() }
    await publish(folder, 'run.json', JSON.stringify(run))
    await forgetOldRuns(workspaceJournals(workspace, place))
  }
  let started: Promise<void> | undefined
  return {
    record: async ({ path, before, after = null }) => {
      await (started ??= start())
      const version = before && versionOf(before.bytes)
      if (before && version !== undefined) await publish(folder, `${version}.bin`, before.bytes)
      const kept = before && version !== undefined ? { version, mode: before.mode } : null
      await append(folder, { path, before: kept, after, at: Date.now() })
    },
  }
}

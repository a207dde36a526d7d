import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join, sep } from 'node:path'
import { isObject } from '@ashlar/core'
import { listOf, runGit } from './run-git.ts'
import type { Repository } from './repository.ts'

/** What a run leaves in the repository while it has worktrees, so that they are found if it is killed. */
interface Marker {
  readonly runId: string
  /** The folder of the worktrees. */
  readonly root: string
  readonly pid: number
  /** When the process began, as its system counts; tells it from a later one with the same number. */
  readonly began: string
  readonly host: string
  /** Milliseconds since the epoch. */
  readonly at: number
}

/** Milliseconds after which what another machine left behind is taken for dead. */
const longestRun = 24 * 60 * 60 * 1_000

/** The branches of a run are below this. */
export const branchesOf = (runId: string): string => `ashlar/${runId}/`

/** Field 22 of `/proc/<pid>/stat`; empty where there is none. */
const beganAt = async (pid: number): Promise<string> => {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
}

const isAlive = async ({ pid, began, host, at }: Marker): Promise<boolean> => {
  if (host !== hostname()) return Date.now() - at < longestRun
  try {
    process.kill(pid, 0)
  } catch (error) {
    return isObject(error) && error['code'] === 'EPERM'
  }
  return (await beganAt(pid)) === began
}

const isMarker = (value: unknown): value is Marker =>
  isObject(value) &&
  ['runId', 'root', 'began', 'host'].every((name) => typeof value[name] === 'string') &&
  ['pid', 'at'].every((name) => typeof value[name] === 'number')

const folderOf = ({ commonDir }: Repository): string => join(commonDir, 'ashlar-worktrees')

const fileOf = (repository: Repository, runId: string): string => join(folderOf(repository), `${runId}.json`)

/** Written before the first worktree is made. */
export const writeMarker = async (
  repository: Repository,
  { runId, root }: Pick<Marker, 'runId' | 'root'>,
): Promise<void> => {
  const { pid } = process
  const marker: Marker = { runId, root, pid, began: await beganAt(pid), host: hostname(), at: Date.now() }
  await mkdir(folderOf(repository), { recursive: true })
  await writeFile(fileOf(repository, runId), JSON.stringify(marker))
}

/** Removes the worktrees of a run, its branches but those to keep, and at last its marker. */
export const removeRun = async (
  repository: Repository,
  { runId, root }: Pick<Marker, 'runId' | 'root'>,
  keep: ReadonlySet<string> = new Set(),
): Promise<void> => {
  const { folder, commonDir } = repository
  await rm(root, { recursive: true, force: true, maxRetries: 5 })
  // As `git worktree prune` does, but for the worktrees of this run alone.
  const known = join(commonDir, 'worktrees')
  for (const name of await readdir(known).catch(() => [])) {
    const at = await readFile(join(known, name, 'gitdir'), 'utf8').catch(() => '')
    if (at.startsWith(root + sep) || at.startsWith(`${root}/`))
      await rm(join(known, name), { recursive: true, force: true })
  }
  const listing = ['for-each-ref', '--format=%(refname)%00', `refs/heads/${branchesOf(runId)}`]
  for (const line of listOf((await runGit({ folder }, listing)).text)) {
    const ref = line.trim()
    if (ref && !keep.has(ref)) await runGit({ folder }, ['update-ref', '-d', ref])
  }
  await rm(fileOf(repository, runId), { force: true })
}

/** Removes what runs left behind whose process is gone. Returns their ids. */
export const sweepRuns = async (repository: Repository): Promise<string[]> => {
  const swept: string[] = []
  for (const name of await readdir(folderOf(repository)).catch(() => [])) {
    const text = await readFile(join(folderOf(repository), name), 'utf8').catch(() => '')
    let marker: unknown
    try {
      marker = JSON.parse(text)
    } catch {
      // Killed while it was written: there is no worktree yet.
      if (text !== '') await rm(join(folderOf(repository), name), { force: true })
    }
    if (!isMarker(marker) || (await isAlive(marker))) continue
    await removeRun(repository, marker)
    swept.push(marker.runId)
  }
  return swept
}

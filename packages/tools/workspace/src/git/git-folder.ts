import { lstat, readdir, readFile, realpath } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { relativeTo } from '../inside-path.ts'
import { WorkspaceError } from '../workspace-error.ts'
import type { Workspace } from '../workspace.ts'

const refuse = (message: string, code: 'not-a-repository' | 'outside-workspace'): WorkspaceError =>
  new WorkspaceError(message, { code, path: '.git' })

const smallText = async (path: string): Promise<string | undefined> => {
  const stats = await lstat(path).catch(() => undefined)
  return stats?.isFile() && stats.size < 65_536 ? readFile(path, 'utf8') : undefined
}

/** Where the history is and which folder it is of. */
export interface GitPlace {
  readonly folder: string
  /** The work tree. */
  readonly top: string
  /** The root below it, with a `/` at the end; empty where it is the root. */
  readonly prefix: string
}

/** Folders beside the root that history may be in. */
type Trusted = readonly string[]

/** A folder that must be inside the root or what is trusted, links resolved. */
const inside = async (workspace: Workspace, path: string, trusted: Trusted): Promise<string> => {
  const real = await realpath(path).catch(() => undefined)
  if (real === undefined)
    throw refuse('The .git of this workspace leads nowhere. Use the file tools instead.', 'not-a-repository')
  if ([workspace.root, ...trusted].every((folder) => relativeTo(folder, real) === undefined))
    throw refuse(
      'The history of this workspace is kept outside it (a linked worktree, a submodule or shared objects), so the git tools cannot read it, unless its gitDir is named when the workspace is made.',
      'outside-workspace',
    )
  return real
}

/** Where a `.git` that is a file (`gitdir: …`) points; the folder itself otherwise; undefined where there is none. */
const follow = async (path: string): Promise<string | undefined> => {
  const stats = await lstat(path).catch(() => undefined)
  if (!stats) return undefined
  const [, target] = /^gitdir: (.+?)\s*$/.exec((await smallText(path)) ?? '') ?? []
  return target === undefined ? path : resolve(dirname(path), target)
}

const commonDir = async (folder: string): Promise<string | undefined> => {
  const common = await smallText(join(folder, 'commondir'))
  return common === undefined ? undefined : resolve(folder, common.trim())
}

/** Links right inside lead nowhere else, and objects are borrowed from nowhere else. */
const checkContents = async (workspace: Workspace, folder: string, trusted: Trusted): Promise<void> => {
  for (const part of [folder, join(folder, 'objects'), join(folder, 'objects/pack')]) {
    const entries = await readdir(part, { withFileTypes: true }).catch(() => [])
    for (const entry of entries)
      if (entry.isSymbolicLink()) await inside(workspace, join(part, entry.name), trusted)
  }
  const alternates = (await smallText(join(folder, 'objects/info/alternates'))) ?? ''
  for (const line of alternates.split('\n'))
    if (line !== '' && !line.startsWith('#'))
      await inside(workspace, resolve(folder, 'objects', line), trusted)
}

/** What naming a `.git` trusts: its folder, and where the `.git` of a linked worktree leads. */
const trustedBy = async (gitDir: string | undefined): Promise<string[]> => {
  const folder = gitDir === undefined ? undefined : await follow(gitDir)
  if (folder === undefined) return []
  const common = await commonDir(folder)
  const all = await Promise.all(
    [folder, ...(common === undefined ? [] : [common])].map((path) => realpath(path).catch(() => path)),
  )
  return all
}

/** The root as a folder of the repository whose `.git` is named. */
const above = ({ root, gitDir }: Workspace): string | undefined => {
  const top = gitDir !== undefined && basename(gitDir) === '.git' ? dirname(gitDir) : undefined
  return top !== undefined && relativeTo(top, root) !== undefined ? top : undefined
}

/**
 * The git folder of the root. It and all it refers to must be inside, or in the `gitDir` that was named when the workspace was
 * made: what a repository says about places elsewhere may come from a stranger.
 * @throws WorkspaceError when there is none, or it leads outside
 */
export const gitPlace = async (workspace: Workspace): Promise<GitPlace> => {
  const { root, gitDir } = workspace
  const trusted = await trustedBy(gitDir)
  const own = await follow(join(root, '.git'))
  const top = own === undefined ? above(workspace) : root
  const found = own ?? (top === undefined || gitDir === undefined ? undefined : await follow(gitDir))
  if (found === undefined || top === undefined)
    throw refuse(
      'The root of this workspace is no git repository. Use the file tools instead; where it is a folder of one, its gitDir must be named when the workspace is made.',
      'not-a-repository',
    )
  const folder = await inside(workspace, found, trusted)
  await checkContents(workspace, folder, trusted)
  const common = await commonDir(folder)
  if (common !== undefined) await checkContents(workspace, await inside(workspace, common, trusted), trusted)
  const below = relativeTo(top, root) ?? '.'
  return { folder, top, prefix: below === '.' ? '' : `${below}/` }
}

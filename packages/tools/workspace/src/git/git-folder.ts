import { lstat, readdir, readFile, realpath } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { relativeTo } from '../inside-path.ts'
import { WorkspaceError } from '../workspace-error.ts'
import type { Workspace } from '../workspace.ts'

const refuse = (message: string, code: 'not-a-repository' | 'outside-workspace'): WorkspaceError =>
  new WorkspaceError(message, { code, path: '.git' })

const smallText = async (path: string): Promise<string | undefined> => {
  const stats = await lstat(path).catch(() => undefined)
  return stats?.isFile() && stats.size < 65_536 ? readFile(path, 'utf8') : undefined
}

/** A folder that must be inside the root, links resolved. */
const inside = async (workspace: Workspace, path: string): Promise<string> => {
  const real = await realpath(path).catch(() => undefined)
  if (real === undefined)
    throw refuse('The .git of this workspace leads nowhere. Use the file tools instead.', 'not-a-repository')
  if (relativeTo(workspace.root, real) === undefined)
    throw refuse(
      'The history of this workspace is kept outside it (a linked worktree, a submodule or shared objects), so the git tools cannot read it.',
      'outside-workspace',
    )
  return real
}

/** Where a `.git` that is a file (`gitdir: …`) points; the folder itself otherwise. */
const follow = async (root: string): Promise<string> => {
  const path = join(root, '.git')
  const stats = await lstat(path).catch(() => undefined)
  if (!stats)
    throw refuse(
      'The root of this workspace is no git repository. Use the file tools instead.',
      'not-a-repository',
    )
  const [, target] = /^gitdir: (.+?)\s*$/.exec((await smallText(path)) ?? '') ?? []
  return target === undefined ? path : resolve(root, target)
}

/** Links right inside lead nowhere else, and objects are borrowed from nowhere else. */
const checkContents = async (workspace: Workspace, folder: string): Promise<void> => {
  for (const part of [folder, join(folder, 'objects'), join(folder, 'objects/pack')]) {
    const entries = await readdir(part, { withFileTypes: true }).catch(() => [])
    for (const entry of entries) if (entry.isSymbolicLink()) await inside(workspace, join(part, entry.name))
  }
  const alternates = (await smallText(join(folder, 'objects/info/alternates'))) ?? ''
  for (const line of alternates.split('\n'))
    if (line !== '' && !line.startsWith('#')) await inside(workspace, resolve(folder, 'objects', line))
}

/**
 * The git folder of the root. It and all it refers to must be inside: what a repository says about places elsewhere may
 * come from a stranger.
 * @throws WorkspaceError when there is none, or it leads outside
 */
export const gitFolder = async (workspace: Workspace): Promise<string> => {
  const folder = await inside(workspace, await follow(workspace.root))
  await checkContents(workspace, folder)
  const common = await smallText(join(folder, 'commondir'))
  if (common !== undefined)
    await checkContents(workspace, await inside(workspace, resolve(folder, common.trim())))
  return folder
}

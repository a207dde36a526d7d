import type { Workspace } from '../workspace.ts'
import { gitPlace } from './git-folder.ts'
import { type GitStatus, parseStatus } from './parse-status.ts'
import { runGit, type RunGitOptions } from './run-git.ts'

/** With paths relative to the root, which git names from the top of the repository. */
const below = (status: GitStatus, prefix: string): GitStatus => {
  const own = (path: string): string => (path === prefix ? './' : path.slice(prefix.length))
  return {
    ...status,
    changed: status.changed.map(({ from, ...file }) => ({
      ...file,
      path: own(file.path),
      ...(from?.startsWith(prefix) && { from: own(from) }),
    })),
    untracked: status.untracked.map(own),
  }
}

/**
 * What differs from the last commit, and the branch: `gitStatus(workspace)`. Untracked folders are named as a whole;
 * submodules are left out, because git would run with their configuration.
 * @throws WorkspaceError when the root is no repository
 */
export const gitStatus = async (workspace: Workspace, options: RunGitOptions = {}): Promise<GitStatus> => {
  const args = ['status', '--porcelain=v2', '--branch', '-z', '--ignore-submodules=all', '--renames']
  const { prefix } = await gitPlace(workspace)
  const { bytes, truncated } = await runGit(workspace, prefix === '' ? args : [...args, '--', '.'], options)
  const status = below(parseStatus(bytes.toString('utf8'), truncated), prefix)
  const { entries } = workspace.limits
  const { changed, untracked } = status
  return {
    ...status,
    changed: changed.slice(0, entries),
    untracked: untracked.slice(0, entries),
    truncated: truncated || changed.length > entries || untracked.length > entries,
  }
}

import type { Workspace } from '../workspace.ts'
import { type GitStatus, parseStatus } from './parse-status.ts'
import { runGit, type RunGitOptions } from './run-git.ts'

/**
 * What differs from the last commit, and the branch: `gitStatus(workspace)`. Untracked folders are named as a whole;
 * submodules are left out, because git would run with their configuration.
 * @throws WorkspaceError when the root is no repository
 */
export const gitStatus = async (workspace: Workspace, options: RunGitOptions = {}): Promise<GitStatus> => {
  const args = ['status', '--porcelain=v2', '--branch', '-z', '--ignore-submodules=all', '--renames']
  const { bytes, truncated } = await runGit(workspace, args, options)
  const status = parseStatus(bytes.toString('utf8'), truncated)
  const { entries } = workspace.limits
  const { changed, untracked } = status
  return {
    ...status,
    changed: changed.slice(0, entries),
    untracked: untracked.slice(0, entries),
    truncated: truncated || changed.length > entries || untracked.length > entries,
  }
}

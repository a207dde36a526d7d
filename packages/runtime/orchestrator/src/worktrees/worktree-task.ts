import { join } from 'node:path'
import { branchesOf } from './marker.ts'
import { filesBetween, type Repository } from './repository.ts'
import { runGit } from './run-git.ts'

/** Where a task works: a copy of the repository on a branch of its own. */
export interface Worktree {
  /** The folder of its files. */
  readonly folder: string
  readonly branch: string
  /** The commit that it began from. */
  readonly base: string
  /** Aborted when the run is. */
  readonly signal: AbortSignal
}

/** A worktree with where git keeps what it knows of it, which its files do not decide. */
export interface OpenWorktree extends Omit<Worktree, 'signal'> {
  readonly gitDir: string
}

export const openWorktree = async (
  { folder: repository, head: base }: Repository,
  { runId, root, id }: { readonly runId: string; readonly root: string; readonly id: string },
): Promise<OpenWorktree> => {
  const folder = join(root, id)
  const branch = `${branchesOf(runId)}${id}`
  await runGit({ folder: repository }, ['worktree', 'add', '--quiet', '-b', branch, folder, base])
  const { text } = await runGit({ folder }, ['rev-parse', '--absolute-git-dir'])
  return { folder, branch, base, gitDir: text.trim() }
}

/** Commits all that the task changed; gives the commit, and the files in it. */
export const commitWork = async (
  { folder, branch, base, gitDir }: OpenWorktree,
  message: string,
): Promise<{ readonly commit: string; readonly files: readonly string[] }> => {
  const place = { folder, gitDir }
  await runGit(place, ['add', '--all'])
  const { code } = await runGit(place, ['diff', '--cached', '--quiet'], { accepts: [0, 1] })
  if (code === 1) await runGit(place, ['commit', '--quiet', '--no-verify', '-m', message])
  const commit = (await runGit(place, ['rev-parse', 'HEAD'])).text.trim()
  // The task may have left its branch.
  await runGit(place, ['update-ref', `refs/heads/${branch}`, commit])
  return { commit, files: await filesBetween(folder, base, commit) }
}

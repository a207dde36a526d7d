import { relativePath } from '../locate.ts'
import { refuseSecret } from '../secret-files.ts'
import { TextDecoding } from '../text-decoding.ts'
import { WorkspaceError } from '../workspace-error.ts'
import type { Workspace } from '../workspace.ts'
import { diffOf, type GitDiff } from './git-diff.ts'
import { type GitCommit, gitLog } from './git-log.ts'
import { resolveCommit } from './revision.ts'
import { runGit, type RunGitOptions } from './run-git.ts'

export interface GitShowOptions extends RunGitOptions {
  /** @default HEAD */
  readonly revision?: string | undefined
  /** Only what the commit did to these. @default all */
  readonly paths?: readonly string[] | undefined
  /** Lines shown around each change. @default 3 */
  readonly context?: number | undefined
}

export interface ShownCommit extends GitDiff {
  readonly commit: GitCommit
}

/**
 * A commit and what it changed, against its first parent: `gitShow(workspace, { revision: 'HEAD~1' })`.
 * @throws WorkspaceError when the root is no repository or the commit unknown
 */
export const gitShow = async (workspace: Workspace, options: GitShowOptions = {}): Promise<ShownCommit> => {
  const { revision = 'HEAD', paths, context, ...rest } = options
  const hash = await resolveCommit(workspace, revision, rest)
  const [commit] = (await gitLog(workspace, { ...rest, revision: hash, limit: 1 })).commits
  if (!commit) throw new WorkspaceError(`There is no commit ${hash}.`, { code: 'git', path: revision })
  const command = ['show', '--format=', '--no-notes', '--no-show-signature', '-m', '--first-parent', hash]
  return { commit, ...(await diffOf(workspace, { command, paths, context }, rest)) }
}

export interface GitFileOptions extends RunGitOptions {
  readonly path: string
  /** @default HEAD */
  readonly revision?: string | undefined
}

/** A file as it was in a commit. */
export interface GitFile {
  readonly path: string
  readonly commit: string
  readonly text: string
  readonly truncated: boolean
}

/**
 * The text of a file in a commit: `gitFile(workspace, { path: 'README.md', revision: 'v1' })`.
 * @throws WorkspaceError when the commit has no such file, or it is not text
 */
export const gitFile = async (workspace: Workspace, options: GitFileOptions): Promise<GitFile> => {
  const { path, revision = 'HEAD', ...rest } = options
  const relative = relativePath(workspace, path)
  refuseSecret(workspace, relative, path)
  const commit = await resolveCommit(workspace, revision, rest)
  const { bytes, truncated } = await runGit(workspace, ['cat-file', 'blob', `${commit}:./${relative}`], rest)
  const decoding = new TextDecoding(path)
  const text = decoding.push(bytes) + (truncated ? '' : decoding.end())
  const { resultChars } = workspace.limits
  return {
    path: relative,
    commit,
    text: text.slice(0, resultChars),
    truncated: truncated || text.length > resultChars,
  }
}

import { WorkspaceError } from '../workspace-error.ts'
import type { Workspace } from '../workspace.ts'
import { runGit, type RunGitOptions } from './run-git.ts'

/** @throws WorkspaceError unless it can only be the name of a commit: no option, no path, no search */
const checkRevision = (revision: string): string => {
  if (/^[^-:\s\p{Cc}][^:\s\p{Cc}]{0,254}$/u.test(revision) && !revision.includes('..')) return revision
  throw new WorkspaceError(
    `${JSON.stringify(revision.slice(0, 100))} is not the name of a commit. Use a hash, branch or tag, such as "HEAD~2".`,
    { code: 'git', path: revision.slice(0, 100) },
  )
}

/** The hash of the commit that a name stands for. @throws WorkspaceError when there is none */
export const resolveCommit = async (
  workspace: Workspace,
  revision: string,
  options: RunGitOptions,
): Promise<string> => {
  const args = ['rev-parse', '--verify', '--quiet', `${checkRevision(revision)}^{commit}`]
  try {
    return (await runGit(workspace, args, options)).bytes.toString('utf8').trim()
  } catch (error) {
    if (!WorkspaceError.isInstance(error) || error.code !== 'git') throw error
    throw new WorkspaceError(
      `There is no commit ${JSON.stringify(revision)}. Use gitLog to see what there is.`,
      { code: 'git', path: revision },
      { cause: error },
    )
  }
}

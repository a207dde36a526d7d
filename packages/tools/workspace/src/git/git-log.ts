import { relativePath } from '../locate.ts'
import type { Workspace } from '../workspace.ts'
import { resolveCommit } from './revision.ts'
import { runGit, type RunGitOptions } from './run-git.ts'

export interface GitCommit {
  readonly hash: string
  readonly parents: readonly string[]
  readonly author: string
  readonly email: string
  /** When it was written, ISO 8601. */
  readonly date: string
  readonly subject: string
  /** The message below its first line; empty when there is none. */
  readonly body: string
}

export interface GitLogOptions extends RunGitOptions {
  /** Where to start. @default HEAD */
  readonly revision?: string | undefined
  /** Commits wanted, at most 1,000. @default 20 */
  readonly limit?: number | undefined
  /** Only commits that changed this file or folder. */
  readonly path?: string | undefined
}

export interface GitLog {
  /** Newest first. */
  readonly commits: readonly GitCommit[]
  /** There are more. */
  readonly truncated: boolean
}

const fields = ['%H', '%P', '%an', '%ae', '%aI', '%s', '%b'] as const

/** Reads what `format` prints; half a record at the end is left out. */
const parseLog = (output: string): GitCommit[] => {
  const tokens = output.split('\0')
  const commits: GitCommit[] = []
  for (let start = 0; start + fields.length < tokens.length; start += fields.length) {
    const [hash = '', parents = '', author = '', email = '', date = '', subject = '', body = ''] =
      tokens.slice(start)
    commits.push({
      hash,
      parents: parents.split(' ').filter(Boolean),
      author,
      email,
      date,
      subject,
      body: body.trimEnd(),
    })
  }
  return commits
}

/** The commit to start at; undefined in a repository without any. */
const startOf = async (
  workspace: Workspace,
  revision: string | undefined,
  options: RunGitOptions,
): Promise<string | undefined> => {
  try {
    return await resolveCommit(workspace, revision ?? 'HEAD', options)
  } catch (error) {
    if (revision !== undefined) throw error
    const refs = await runGit(workspace, ['for-each-ref', '--count=1', '--format=%(refname)'], options)
    if (refs.bytes.length > 0) throw error
    return undefined
  }
}

/**
 * The commits that led to one, newest first: `gitLog(workspace, { limit: 5 })`; none before the first commit.
 * @throws WorkspaceError when the root is no repository, the commit is unknown or the path outside
 */
export const gitLog = async (workspace: Workspace, options: GitLogOptions = {}): Promise<GitLog> => {
  const { revision, limit = 20, path, ...rest } = options
  const wanted = Math.min(Math.max(1, Math.trunc(limit)), 1_000)
  const within = path === undefined ? [] : ['--', relativePath(workspace, path)]
  const start = await startOf(workspace, revision, rest)
  if (start === undefined) return { commits: [], truncated: false }
  const format = `--format=tformat:${fields.join('%x00')}`
  const flags = ['-z', '--no-show-signature', '--no-notes', '--no-color', '--no-patch']
  const args = ['log', ...flags, format, `--max-count=${wanted + 1}`, start, ...within]
  const { bytes, truncated } = await runGit(workspace, args, rest)
  const commits = parseLog(bytes.toString('utf8'))
  return { commits: commits.slice(0, wanted), truncated: truncated || commits.length > wanted }
}

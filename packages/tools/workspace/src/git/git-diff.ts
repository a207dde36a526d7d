import { relativePath } from '../locate.ts'
import type { IsSecret } from '../secret-files.ts'
import type { Workspace } from '../workspace.ts'
import { type DiffFile, parseChanges } from './parse-changes.ts'
import { resolveCommit } from './revision.ts'
import { runGit, type RunGitOptions } from './run-git.ts'

export interface GitDiffOptions extends RunGitOptions {
  /** The commit to compare with. @default the index; with `staged`, HEAD */
  readonly from?: string | undefined
  /** The commit that is compared. @default the folder as it is; with `staged`, the index */
  readonly to?: string | undefined
  /** What the next commit would hold. @default false */
  readonly staged?: boolean | undefined
  /** Only these files and folders. @default all */
  readonly paths?: readonly string[] | undefined
  /** Lines shown around each change. @default 3 */
  readonly context?: number | undefined
}

export interface GitDiff {
  readonly files: readonly DiffFile[]
  /** A unified diff. */
  readonly patch: string
  /** The patch is cut off. */
  readonly truncated: boolean
}

/** Every command that prints a patch takes these. */
const patchFlags = [
  '--no-ext-diff',
  '--no-textconv',
  '--no-color',
  '--submodule=short',
  '--src-prefix=a/',
  '--dst-prefix=b/',
  '--find-renames',
] as const

/** The patch without what it says of files that hold secrets. */
const withoutSecrets = (
  patch: string,
  { files, isSecret }: { readonly files: readonly DiffFile[]; readonly isSecret: IsSecret },
): string => {
  const hidden = new Set(
    files
      .filter(({ path, from = path }) => isSecret(path) || isSecret(from))
      .map(({ path, from = path }) => `diff --git a/${from} b/${path}`),
  )
  return patch
    .split(/^(?=diff --git )/m)
    .map((section) => {
      const [header = ''] = section.split('\n', 1)
      const named = header.slice(header.lastIndexOf(' b/') + 3).replace(/"$/, '')
      const isHidden = header.startsWith('diff --git ') && (hidden.has(header) || isSecret(named))
      return isHidden ? `${header}\n(may hold credentials: not shown)\n` : section
    })
    .join('')
}

/** Runs a command twice: for the list of files, and for the patch, which ends at the last whole line that fits. */
export const diffOf = async (
  workspace: Workspace,
  {
    command,
    paths = [],
    context = 3,
  }: { command: readonly string[]; paths?: readonly string[] | undefined; context?: number | undefined },
  options: RunGitOptions,
): Promise<GitDiff> => {
  const limits = ['--', ...paths.map((path) => relativePath(workspace, path))]
  const [verb = '', ...rest] = command
  const list = await runGit(
    workspace,
    [verb, ...patchFlags, '--raw', '--numstat', '-z', ...rest, ...limits],
    options,
  )
  const text = await runGit(
    workspace,
    [verb, ...patchFlags, '-p', `-U${context}`, ...rest, ...limits],
    options,
  )
  const { resultChars, entries } = workspace.limits
  const files = parseChanges(list.bytes.toString('utf8'))
  const all = withoutSecrets(text.bytes.toString('utf8'), { files, isSecret: workspace.isSecret })
  const truncated = text.truncated || list.truncated || all.length > resultChars
  const patch = truncated ? all.slice(0, all.lastIndexOf('\n', resultChars) + 1) : all
  return { files: files.slice(0, entries), patch, truncated }
}

/**
 * What changed: in the folder since the index, in the index since HEAD (`staged`), or between commits:
 * `gitDiff(workspace, { from: 'main', to: 'HEAD' })`.
 * @throws WorkspaceError when the root is no repository, a commit is unknown or a path outside
 */
export const gitDiff = async (workspace: Workspace, options: GitDiffOptions = {}): Promise<GitDiff> => {
  const { from, to, staged = false, paths, context, ...rest } = options
  const ends: string[] = []
  if (from !== undefined || to !== undefined) ends.push(await resolveCommit(workspace, from ?? 'HEAD', rest))
  if (to !== undefined) ends.push(await resolveCommit(workspace, to, rest))
  const command = ['diff', '--ignore-submodules=all', ...(staged ? ['--cached'] : []), ...ends]
  return diffOf(workspace, { command, paths, context }, rest)
}

import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type FileConflict, parseMergeReport, toConflicts } from './conflicts.ts'
import { listOf, runGit } from './run-git.ts'
import { WorktreeError } from './worktree-error.ts'

/** A work tree of git that is clean, with the commit that it is at. */
export interface Repository {
  readonly folder: string
  /** What all its worktrees share: `.git` of the first. */
  readonly commonDir: string
  readonly head: string
}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )

const textOf = async (folder: string, args: readonly string[]): Promise<string> =>
  (await runGit({ folder }, args)).text.trim()

/** Changes that are in no commit: paths, files that git does not know included. */
const changesIn = async (folder: string): Promise<string[]> =>
  listOf((await runGit({ folder }, ['status', '--porcelain=v1', '-z', '--untracked-files=normal'])).text)

/** @throws WorktreeError unless there is a clean repository with a commit */
export const openRepository = async (path: string): Promise<Repository> => {
  const [folder, gitDir, commonDir] = await textOf(path, [
    'rev-parse',
    '--path-format=absolute',
    '--show-toplevel',
    '--git-dir',
    '--git-common-dir',
  ]).then(
    (text) => text.split('\n'),
    (cause: unknown) => {
      throw new WorktreeError('not-a-repository', `${path} is no work tree of git`, { cause })
    },
  )
  if (folder === undefined || gitDir === undefined || commonDir === undefined)
    throw new WorktreeError('not-a-repository', `${path} is no work tree of git`)
  const head = await textOf(folder, ['rev-parse', '--verify', 'HEAD^{commit}']).catch((cause: unknown) => {
    throw new WorktreeError('not-a-repository', `${folder} has no commit yet: make one first`, { cause })
  })
  for (const name of ['MERGE_HEAD', 'CHERRY_PICK_HEAD', 'REVERT_HEAD', 'rebase-merge', 'rebase-apply'])
    if (await isThere(join(gitDir, name)))
      throw new WorktreeError('busy', `A merge or rebase is under way in ${folder}: finish it first`)
  const changes = await changesIn(folder)
  if (changes.length > 0) {
    const more = changes.length > 5 ? ` and ${changes.length - 5} more` : ''
    const shown = changes.slice(0, 5).map((line) => line.slice(3))
    throw new WorktreeError(
      'dirty',
      `${folder} has changes that are in no commit (${shown.join(', ')}${more}): commit or remove them first`,
    )
  }
  return { folder, commonDir, head }
}

/** Files that differ between two commits. */
export const filesBetween = async (folder: string, from: string, to: string): Promise<string[]> =>
  listOf((await runGit({ folder }, ['diff', '--name-only', '--no-renames', '-z', from, to])).text)

/** The text of a file in a tree; nothing where it is not there, or binary. */
const contentIn = async (folder: string, tree: string, path: string): Promise<string> => {
  const { code, text } = await runGit({ folder }, ['cat-file', 'blob', `${tree}:${path}`], {
    accepts: [0, 128],
  })
  return code === 0 && !text.includes('\0') ? text : ''
}

export type Merge = { readonly commit: string } | { readonly conflicts: readonly FileConflict[] }

/** Merges a commit into another without touching a file: a new commit, or what is in the way of one. */
export const mergeCommits = async (
  folder: string,
  { tip, commit, message }: { readonly tip: string; readonly commit: string; readonly message: string },
): Promise<Merge> => {
  const args = ['merge-tree', '--write-tree', '-z', '--name-only', '--allow-unrelated-histories', tip, commit]
  const { code, text } = await runGit({ folder }, args, { accepts: [0, 1] })
  const report = parseMergeReport(text)
  if (code === 0) {
    const made = ['commit-tree', report.tree, '-p', tip, '-p', commit, '-m', message]
    return { commit: await textOf(folder, made) }
  }
  const merged = new Map<string, string>()
  for (const path of report.paths) merged.set(path, await contentIn(folder, report.tree, path))
  return { conflicts: toConflicts(report, merged) }
}

/** Moves the checked-out branch and its files to a commit that has it as an ancestor, or changes nothing. */
export const fastForward = async ({ folder }: Repository, commit: string): Promise<void> => {
  await runGit({ folder }, ['merge', '--ff-only', '--quiet', commit]).catch((cause: unknown) => {
    throw new WorktreeError(
      'moved',
      `${folder} changed meanwhile, so nothing was merged; the branches of the tasks are kept`,
      { cause },
    )
  })
}

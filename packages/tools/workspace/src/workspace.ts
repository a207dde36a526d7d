import { realpathSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { InvalidArgument } from '@ashlar/core'
import { checkOptions } from './check-options.ts'
import { type IsSecret, type SecretsOption, toIsSecret } from './secret-files.ts'
import { createTurns } from './turns.ts'

/** Bounds on what one call may read, write, visit and return. Each is a whole number above 0. */
export interface WorkspaceLimits {
  /** Bytes of the largest file that is searched, or read to its end to count its lines. @default 16 MiB */
  readonly fileBytes: number
  /** Bytes of the largest file that is written. @default 4 MiB */
  readonly writeBytes: number
  /** Characters of text one call returns. @default 100,000 */
  readonly resultChars: number
  /** Paths that `listDirectory` and `glob` return. @default 1,000 */
  readonly entries: number
  /** Files and folders one call looks at. @default 100,000 */
  readonly visited: number
  /** Matching lines that `grep` returns. @default 500 */
  readonly matches: number
  /** Characters shown of a line that `grep` found. @default 500 */
  readonly lineChars: number
  /** Milliseconds a pattern may take on one batch of lines or names; nothing else runs meanwhile. @default 250 */
  readonly patternMs: number
  /** Milliseconds one `grep` may take. @default 20,000 */
  readonly searchMs: number
}

export interface WorkspaceOptions {
  /** The folder that nothing leaves; it must exist. */
  readonly root: string
  readonly limits?: Partial<WorkspaceLimits>
  /**
   * What happens to files that hold credentials, such as `.env` and private keys: `deny` neither reads nor writes them. A
   * function says itself which they are, by the path relative to the root. @default 'deny'
   */
  readonly secrets?: SecretsOption | undefined
  /**
   * The `.git` of a repository that is trusted although it is outside the root: the root is one of its folders, or a linked
   * worktree of it. The git tools read it, all of its history included. @default only one inside the root
   */
  readonly gitDir?: string | undefined
}

/** A folder and the bounds on its use. Everything in this package takes one as its first argument. */
export interface Workspace {
  /** Absolute, symbolic links resolved. */
  readonly root: string
  /** Absolute, as it was given: paths under it are understood too. */
  readonly givenRoot: string
  readonly limits: WorkspaceLimits
  /** Absolute, symbolic links resolved: the trusted git folder outside the root. */
  readonly gitDir: string | undefined
  /** Files that are neither read nor written, by their path relative to the root. */
  readonly isSecret: IsSecret
  /** Runs one change of a file (relative to the root) after the other. */
  readonly exclusive: <T>(path: string, change: () => Promise<T>) => Promise<T>
}

const defaults: WorkspaceLimits = {
  fileBytes: 16 * 1024 * 1024,
  writeBytes: 4 * 1024 * 1024,
  resultChars: 100_000,
  entries: 1_000,
  visited: 100_000,
  matches: 500,
  lineChars: 500,
  patternMs: 250,
  searchMs: 20_000,
}

/** The names of the options. */
export const workspaceOptions: readonly string[] = [
  'root',
  'limits',
  'secrets',
  'gitDir',
] satisfies (keyof WorkspaceOptions)[]

const checkLimits = (limits: Partial<WorkspaceLimits>): WorkspaceLimits => {
  for (const [name, value] of Object.entries(limits)) {
    if (!Object.hasOwn(defaults, name))
      throw new InvalidArgument(
        `limits.${name}`,
        `one of ${Object.keys(defaults).join(', ')}`,
        'an unknown name',
      )
    if (!Number.isSafeInteger(value) || value < 1)
      throw new InvalidArgument(`limits.${name}`, 'a whole number above 0', value)
  }
  return { ...defaults, ...limits }
}

const realGitDir = (gitDir: string): string => {
  if (typeof gitDir !== 'string' || !statSync(resolve(gitDir), { throwIfNoEntry: false }))
    throw new InvalidArgument('gitDir', 'the path of a .git that exists', gitDir)
  return realpathSync.native(resolve(gitDir))
}

/**
 * Opens a folder for the functions of this package: `createWorkspace({ root: 'docs' })`.
 * @throws InvalidArgument for an unknown option, and when the root is not a folder, the git folder does not exist, or a limit is not a whole number above 0
 */
export const createWorkspace = (options: WorkspaceOptions): Workspace => {
  checkOptions(options, workspaceOptions)
  const { root, limits = {}, secrets = 'deny', gitDir } = options
  if (typeof root !== 'string' || root === '' || root.includes('\0'))
    throw new InvalidArgument('root', 'the path of a folder', root)
  const givenRoot = resolve(root)
  if (!statSync(givenRoot, { throwIfNoEntry: false })?.isDirectory())
    throw new InvalidArgument('root', 'a folder that exists', root)
  const real = realpathSync.native(givenRoot)
  return {
    root: real,
    givenRoot,
    limits: checkLimits(limits),
    gitDir: gitDir === undefined ? undefined : realGitDir(gitDir),
    isSecret: toIsSecret(secrets, real),
    exclusive: createTurns(),
  }
}

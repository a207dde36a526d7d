import { execFile } from 'node:child_process'
import { devNull } from 'node:os'
import { delimiter, isAbsolute } from 'node:path'
import { WorktreeError } from './worktree-error.ts'

export interface GitPlace {
  /** The folder of the files. */
  readonly folder: string
  /** Where git keeps what it knows of the folder. @default what git finds */
  readonly gitDir?: string
}

export interface RunGitOptions {
  /** Exit codes that are no failure. @default [0] */
  readonly accepts?: readonly number[]
}

/** Whatever starts a program, asks somebody, or signs: hooks, monitors, editors, keys, transports. */
const settings: readonly string[] = [
  `core.hooksPath=${devNull}`,
  'core.fsmonitor=false',
  'core.quotePath=false',
  'commit.gpgSign=false',
  'credential.helper=',
  'gc.auto=0',
  'maintenance.auto=false',
  'merge.conflictStyle=merge',
  'merge.verifySignatures=false',
  'protocol.allow=never',
  'advice.detachedHead=false',
]

/** None of this process's `GIT_*` variables, no configuration of the user or the system. */
const environment = (): Record<string, string> => ({
  // A relative folder would be looked up in the repository.
  PATH: (process.env['PATH'] ?? '').split(delimiter).filter(isAbsolute).join(delimiter),
  HOME: devNull,
  XDG_CONFIG_HOME: devNull,
  LC_ALL: 'C',
  TERM: 'dumb',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: devNull,
  GIT_ATTR_NOSYSTEM: '1',
  GIT_TERMINAL_PROMPT: '0',
  GIT_EDITOR: 'true',
  GIT_ALLOW_PROTOCOL: '',
  GIT_LITERAL_PATHSPECS: '1',
  GIT_AUTHOR_NAME: 'Ashlar',
  GIT_AUTHOR_EMAIL: 'ashlar@localhost',
  GIT_COMMITTER_NAME: 'Ashlar',
  GIT_COMMITTER_EMAIL: 'ashlar@localhost',
  ...(process.env['SYSTEMROOT'] !== undefined && { SYSTEMROOT: process.env['SYSTEMROOT'] }),
})

/**
 * Runs git with the arguments, without a shell, hooks or anybody's configuration but the repository's.
 * @throws WorktreeError `git` with what git said
 */
export const runGit = (
  { folder, gitDir }: GitPlace,
  args: readonly string[],
  { accepts = [0] }: RunGitOptions = {},
): Promise<{ readonly code: number; readonly text: string }> => {
  const place = gitDir === undefined ? [] : [`--git-dir=${gitDir}`, `--work-tree=${folder}`]
  const argv = ['--no-pager', ...place, ...settings.flatMap((one) => ['-c', one]), ...args]
  const { promise, resolve, reject } = Promise.withResolvers<{ code: number; text: string }>()
  const options = { cwd: folder, env: environment(), maxBuffer: 256 * 1024 * 1024, timeout: 300_000 }
  execFile('git', argv, options, (error, text, complaint) => {
    const code = error ? error.code : 0
    if (typeof code === 'number' && accepts.includes(code)) return resolve({ code, text })
    const why = complaint.trim().slice(0, 500) || error?.message || `exit code ${code}`
    reject(new WorktreeError('git', `git ${args[0]} failed: ${why}`, { cause: error }))
  })
  return promise
}

/** What git printed, parted by NUL. */
export const listOf = (text: string): string[] => text.split('\0').filter(Boolean)

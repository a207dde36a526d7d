import { delimiter, isAbsolute } from 'node:path'
import { devNull } from 'node:os'
import { runProcess } from '../exec/run-process.ts'
import { relativeTo } from '../inside-path.ts'
import { WorkspaceError } from '../workspace-error.ts'
import type { Workspace } from '../workspace.ts'
import { gitPlace } from './git-folder.ts'

export interface RunGitOptions {
  /** Bytes of output that are kept; git is stopped there. @default 4 MiB */
  readonly maxBytes?: number | undefined
  readonly signal?: AbortSignal | undefined
}

export interface GitOutput {
  readonly bytes: Buffer
  /** There was more. */
  readonly truncated: boolean
}

/** Everything in a repository's own configuration that starts a program, reads elsewhere, or changes what is printed. */
const settings: readonly string[] = [
  `core.hooksPath=${devNull}`,
  'core.fsmonitor=false',
  'core.pager=cat',
  'core.sshCommand=false',
  'core.gitProxy=none',
  `core.attributesFile=${devNull}`,
  `core.excludesFile=${devNull}`,
  'core.quotePath=false',
  'credential.helper=',
  `diff.orderFile=${devNull}`,
  'diff.external=',
  'diff.submodule=short',
  'diff.mnemonicPrefix=false',
  'diff.noprefix=false',
  'diff.ignoreSubmodules=all',
  'log.showSignature=false',
  'log.mailmap=false',
  'log.showRoot=true',
  'i18n.logOutputEncoding=UTF-8',
  'color.ui=never',
  // A partial clone fetches what is missing, by any program its configuration names.
  'protocol.allow=never',
  'gpg.program=false',
  'gpg.ssh.program=false',
  'gpg.x509.program=false',
]

/** Folders inside the root are not searched for programs, nor are relative ones. */
const programPath = (root: string): string =>
  (process.env['PATH'] ?? '')
    .split(delimiter)
    .filter((folder) => isAbsolute(folder) && relativeTo(root, folder) === undefined)
    .join(delimiter)

/** None of this process's GIT_* variables, no configuration of the user or the system. */
const environment = (root: string): Record<string, string> => ({
  PATH: programPath(root),
  HOME: devNull,
  XDG_CONFIG_HOME: devNull,
  LC_ALL: 'C',
  TERM: 'dumb',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: devNull,
  GIT_ATTR_NOSYSTEM: '1',
  GIT_OPTIONAL_LOCKS: '0',
  GIT_NO_LAZY_FETCH: '1',
  GIT_NO_REPLACE_OBJECTS: '1',
  GIT_ALLOW_PROTOCOL: '',
  GIT_TERMINAL_PROMPT: '0',
  GIT_LITERAL_PATHSPECS: '1',
  ...(process.env['SYSTEMROOT'] !== undefined && { SYSTEMROOT: process.env['SYSTEMROOT'] }),
})

interface Invocation {
  readonly argv: readonly [string, ...string[]]
  readonly workspace: Workspace
  readonly accepts: readonly number[]
}

const failed = (message: string): WorkspaceError => new WorkspaceError(message, { code: 'git', path: '.git' })

const invoke = async (
  { argv, workspace, accepts }: Invocation,
  options: RunGitOptions,
): Promise<GitOutput> => {
  const { maxBytes = 4 * 1024 * 1024, signal } = options
  const chunks: Buffer[] = []
  let size = 0
  let complaint = ''
  const { exitCode, timedOut, stopped } = await runProcess(argv, {
    cwd: workspace.root,
    env: environment(workspace.root),
    timeoutMs: 30_000,
    graceMs: 200,
    signal,
    onChunk: (stream, chunk) => {
      if (stream === 'stderr') {
        if (complaint.length < 1_000) complaint += chunk.toString('utf8')
        return true
      }
      chunks.push(chunk.subarray(0, maxBytes - size))
      size = Math.min(maxBytes + 1, size + chunk.length)
      return size <= maxBytes
    },
  })
  if (timedOut) throw failed('git took longer than 30 seconds. Ask for less: a path, fewer commits.')
  if (!stopped && (exitCode === null || !accepts.includes(exitCode)))
    throw failed(`git failed: ${complaint.trim().slice(0, 500) || `exit code ${exitCode}`}`)
  return { bytes: Buffer.concat(chunks), truncated: stopped }
}

/** A filter of the repository would be run on changed files: each is switched off by name. */
const withoutFilters = ({ bytes, truncated }: GitOutput): string[] => {
  if (truncated) throw failed('The configuration of this repository is too large.')
  const names = new Set<string>()
  for (const key of bytes.toString('utf8').split('\0')) {
    const [, name] = /^filter\.(.*)\.[^.]*$/s.exec(key) ?? []
    if (name === undefined) continue
    if (/[=\n\ufffd]/.test(name))
      throw failed(`The configuration of this repository has a filter that cannot be switched off: ${key}`)
    names.add(name)
  }
  return [...names].flatMap((name) =>
    ['clean=', 'smudge=', 'process=', 'required=false'].map((setting) => `filter.${name}.${setting}`),
  )
}

/**
 * Runs a reading command of git in the root, with everything off that could run another program: hooks, pagers, external
 * diffs, text conversion, filters, signatures, the file system monitor, fetching, submodules.
 * @throws WorkspaceError when there is no repository, it leads outside, or git fails
 */
export const runGit = async (
  workspace: Workspace,
  args: readonly string[],
  options: RunGitOptions = {},
): Promise<GitOutput> => {
  const { folder, top, prefix } = await gitPlace(workspace)
  const base = ['git', '--no-pager', `--git-dir=${folder}`, `--work-tree=${top}`] as const
  const config = (all: readonly string[]): string[] => all.flatMap((setting) => ['-c', setting])
  const listing = [...base, ...config(settings), 'config', '--list', '-z', '--name-only'] as const
  const names = await invoke({ argv: listing, workspace, accepts: [0, 1] }, { signal: options.signal })
  const argv = [
    ...base,
    ...config([...settings, `diff.relative=${prefix !== ''}`, ...withoutFilters(names)]),
    ...args,
  ] as const
  return invoke({ argv, workspace, accepts: [0] }, options)
}

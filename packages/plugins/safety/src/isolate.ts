import { InvalidArgument } from '@ashlar/core'
import { spawnSync } from 'node:child_process'
import { homedir } from 'node:os'
import { delimiter, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { accessSync, constants, existsSync, realpathSync } from 'node:fs'
import { checkKnownKeys } from './known-keys.ts'

/** What this machine offers to fence a process in. */
export interface Isolation {
  readonly kind: 'bubblewrap' | 'none'
  /** Why it is that, for a person. */
  readonly reason: string
  /** The program, when there is one. */
  readonly program?: string
}

export interface IsolationOptions {
  /** Where programs are looked for. @default the PATH of this process */
  readonly path?: string
}

export interface IsolateOptions {
  /** The one folder that may be written, absolute, but for its `.git`. Neither the home nor a folder that the home is in. */
  readonly root: string
  /** Where the command starts, in `root`. @default root */
  readonly cwd?: string
  /** It may use the network. @default false */
  readonly network?: boolean
  /** Folders below the home that may be read all the same, such as a language's installation. @default [] */
  readonly readable?: readonly string[]
  /** The variables it sees. @default PATH, LANG and TERM of this process, HOME */
  readonly env?: Readonly<Record<string, string>>
  /** What to use. @default isolation() */
  readonly isolation?: Isolation
}

const probeMs = 5000
const readOnlySystem = ['--ro-bind', '/', '/', '--dev', '/dev', '--proc', '/proc'] as const

const findProgram = (name: string, path: string): string | undefined =>
  path
    .split(delimiter)
    .filter(isAbsolute)
    .map((folder) => join(folder, name))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK)
        return true
      } catch {
        return false
      }
    })

/** Finds out what can fence a process in, by trying it: namespaces may be switched off on this machine. */
export const isolation = ({ path = process.env['PATH'] ?? '' }: IsolationOptions = {}): Isolation => {
  if (process.platform !== 'linux')
    return { kind: 'none', reason: `bubblewrap needs Linux, this is ${process.platform}.` }
  const program = findProgram('bwrap', path)
  if (!program) return { kind: 'none', reason: 'bubblewrap (bwrap) is not installed.' }
  const probe = spawnSync(program, ['--unshare-all', ...readOnlySystem, 'true'], {
    encoding: 'utf8',
    timeout: probeMs,
  })
  if (probe.status === 0) return { kind: 'bubblewrap', reason: 'bubblewrap works here.', program }
  return {
    kind: 'none',
    reason: `bubblewrap does not work here: ${probe.stderr?.trim() || probe.error?.message || 'it failed'}.`,
  }
}

const defaultEnvironment = (): Readonly<Record<string, string>> => {
  const kept = ['PATH', 'LANG', 'LC_ALL', 'TERM'].flatMap((name) => {
    const value = process.env[name]
    return value === undefined ? [] : [[name, value] as const]
  })
  return { ...Object.fromEntries(kept), HOME: homedir() }
}

/** Folders that hold what is none of the command's business: emptied for it. */
const hidden = (): readonly string[] =>
  [...new Set(['/tmp', '/var/tmp', '/run', '/home', '/root', homedir()])].filter(
    (folder) => folder !== '/' && existsSync(folder),
  )

const itself = (folder: string): string => {
  try {
    return realpathSync(folder)
  } catch {
    return resolve(folder)
  }
}

/** Whether a folder is another, or the other is in it, links followed. */
const holds = (folder: string, other: string): boolean => {
  const path = relative(itself(folder), itself(other))
  return !isAbsolute(path) && path !== '..' && !path.startsWith(`..${sep}`)
}

/**
 * The argv that runs `argv` fenced in: the system is read-only, homes and `/tmp` are empty, only `root` can be written (its `.git` cannot),
 * no other process is seen, the environment is a short list, and the network is off unless asked for.
 *
 * @throws {InvalidArgument} when the machine offers nothing: run without isolation only on purpose
 */
export const isolate = (argv: readonly string[], options: IsolateOptions): readonly string[] => {
  checkKnownKeys(options, {
    of: 'isolate',
    known: ['root', 'cwd', 'network', 'readable', 'env', 'isolation'],
  })
  const { root, cwd = root, network = false, readable = [], env = defaultEnvironment() } = options
  const found = options.isolation ?? isolation()
  if (argv.length === 0) throw new InvalidArgument('argv', 'a program and its arguments', 'none')
  if (!isAbsolute(root)) throw new InvalidArgument('root', 'an absolute path', root)
  for (const [index, folder] of readable.entries())
    if (!isAbsolute(folder)) throw new InvalidArgument(`readable[${index}]`, 'an absolute path', folder)
  if (holds(root, '/') || holds(root, homedir()))
    throw new InvalidArgument('root', 'a folder below / that the home is not in', root)
  if (!holds(root, cwd)) throw new InvalidArgument('cwd', 'a folder in root', cwd)
  if (found.kind === 'none' || !found.program)
    throw new InvalidArgument('isolation', 'bubblewrap on this machine', found.reason)
  return [
    found.program,
    '--unshare-all',
    '--die-with-parent',
    '--new-session',
    '--clearenv',
    ...(network ? ['--share-net'] : []),
    ...Object.entries(env).flatMap(([name, value]) => ['--setenv', name, value]),
    ...readOnlySystem,
    ...hidden().flatMap((folder) => ['--tmpfs', folder]),
    // Names are looked up by what lies there.
    ...(network ? ['--ro-bind-try', '/run/systemd/resolve', '/run/systemd/resolve'] : []),
    ...readable.flatMap((folder) => ['--ro-bind', folder, folder]),
    '--bind',
    root,
    root,
    // A hook or a setting put in there would run outside, with the next git.
    '--ro-bind-try',
    join(root, '.git'),
    join(root, '.git'),
    '--chdir',
    cwd,
    '--',
    ...argv,
  ]
}

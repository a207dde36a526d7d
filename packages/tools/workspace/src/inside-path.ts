import { posix, win32 } from 'node:path'
import { showPath, WorkspaceError } from './workspace-error.ts'

export interface InsidePathOptions {
  /** Absolute folders that count as the root; the path may start with any of them. */
  readonly roots: readonly string[]
  /** Windows rules: drives, device names, streams. @default as the process runs on */
  readonly windows?: boolean
}

const outside = (path: string): WorkspaceError =>
  new WorkspaceError(
    `${showPath(path)} is outside the workspace. Use a path relative to its root, such as "src/main.ts", without "..".`,
    { code: 'outside-workspace', path },
  )

const invalid = (path: string, why: string): WorkspaceError =>
  new WorkspaceError(`${showPath(path.slice(0, 200))} is not a usable path: ${why}.`, {
    code: 'invalid-path',
    path,
  })

const device = /^(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)/i

const checkWindowsName = (name: string, path: string): void => {
  if (/[:*?"<>|]/.test(name)) throw invalid(path, 'a name may not hold any of : * ? " < > |')
  if (/[. ]$/.test(name)) throw invalid(path, 'a name may not end with a dot or a space')
  if (device.test(name)) throw invalid(path, `"${name}" is the name of a device`)
}

/** True for `.git` in every spelling a file system may take for it. */
const isGit = (name: string): boolean =>
  /^(?:\.git|git~\d+)$/.test(
    name
      .normalize('NFKC')
      .replaceAll(/\p{Cf}/gu, '')
      .toLowerCase()
      .replace(/[. ]+$/, ''),
  )

/** True for a path (relative, with `/`) that is or is inside a `.git` folder. */
export const isGitInternal = (relative: string): boolean => relative.split('/').some(isGit)

/** Refuses what is inside `.git`: hooks run programs, and the configuration may hold credentials. */
export const refuseGitInternal = (relative: string, path: string): void => {
  if (isGitInternal(relative))
    throw new WorkspaceError(`${showPath(path)} belongs to git itself and is not available.`, {
      code: 'hidden',
      path,
    })
}

/** The path relative to `root` with `/`, `'.'` for the root itself; undefined when it is not inside. */
export const relativeTo = (
  root: string,
  absolute: string,
  windows: boolean = process.platform === 'win32',
): string | undefined => {
  const rules = windows ? win32 : posix
  const relative = rules.relative(root, absolute)
  if (rules.isAbsolute(relative) || relative.split(rules.sep)[0] === '..') return undefined
  return relative === '' ? '.' : relative.split(rules.sep).join('/')
}

/**
 * The path relative to the root, by its text alone: with `/`, without `.` and `..`, `'.'` for the root itself.
 * A backslash separates like a slash on every platform. Links are not looked at: `locate` does that.
 * @throws WorkspaceError when the path leads outside, into `.git`, or is no path at all
 */
export const insidePath = (path: string, options: InsidePathOptions): string => {
  const { roots, windows = process.platform === 'win32' } = options
  if (path.includes('\0')) throw invalid(path, 'it holds a NUL character')
  if (!path.isWellFormed()) throw invalid(path, 'it holds half of a surrogate pair')
  if (path.length > 4_096) throw invalid(path, 'it is longer than 4,096 characters')
  const slashed = path.replaceAll('\\', '/')
  const drive = windows ? undefined : /^[A-Za-z]:\//
  if (drive?.test(posix.normalize(slashed))) throw outside(path)
  const rules = windows ? win32 : posix
  for (const root of roots) {
    const relative = relativeTo(root, rules.resolve(root, slashed), windows)
    if (relative === undefined) continue
    if (windows && relative !== '.') for (const name of relative.split('/')) checkWindowsName(name, path)
    if (drive?.test(relative)) throw outside(path)
    refuseGitInternal(relative, path)
    return relative
  }
  throw outside(path)
}

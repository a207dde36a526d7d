import { AshlarError } from '@ashlar/core'

/** What went wrong with a file, as a value to branch on. */
export type WorkspaceErrorCode =
  | 'outside-workspace'
  | 'hidden'
  | 'secret'
  | 'invalid-path'
  | 'not-found'
  | 'not-a-file'
  | 'not-a-folder'
  | 'permission'
  | 'too-large'
  | 'binary'
  | 'encoding'
  | 'invalid-range'
  | 'invalid-pattern'
  | 'slow-pattern'
  | 'invalid-command'
  | 'not-allowed'
  | 'not-a-repository'
  | 'git'
  | 'stale'
  | 'not-read'
  | 'no-match'
  | 'ambiguous'
  | 'patch'
  | 'template'
  | 'unsupported'
  | 'missing-package'
  | 'undo'
  | 'io'

interface WorkspaceErrorFacts {
  readonly code: WorkspaceErrorCode
  /** The path (or pattern) as it was given. */
  readonly path: string
}

/** A file operation was refused or failed. The message is written for the model: what is wrong and what to do. */
export class WorkspaceError extends AshlarError implements WorkspaceErrorFacts {
  declare readonly code: WorkspaceErrorCode
  readonly path: string
  override name = 'WorkspaceError'
  constructor(message: string, facts: WorkspaceErrorFacts, options?: ErrorOptions) {
    super(facts.code, message, options)
    this.path = facts.path
  }
  static override isInstance(error: unknown): error is WorkspaceError {
    return AshlarError.isInstance(error) && error.name === 'WorkspaceError'
  }
}

const meanings: Readonly<Record<string, readonly [WorkspaceErrorCode, string]>> = {
  ENOENT: ['not-found', 'does not exist. Use listDirectory or glob to see what there is'],
  ENOTDIR: [
    'not-a-folder',
    'goes through something that is not a folder. Use listDirectory to look above it',
  ],
  EISDIR: ['not-a-file', 'is a folder. Use listDirectory to see what is in it'],
  ELOOP: ['outside-workspace', 'is a symbolic link that changed or never ends. Use a path without it'],
  ENAMETOOLONG: ['invalid-path', 'is too long a name for this file system. Use a shorter one'],
  EACCES: ['permission', 'is not accessible to this process. Use another file'],
  EPERM: ['permission', 'is not accessible to this process. Use another file'],
  EROFS: ['permission', 'is on a read-only file system. Do not write there'],
}

/** The typed error for an error of the file system; anything typed already, and aborts, pass unchanged. */
export const fromSystemError = (error: unknown, path: string): unknown => {
  if (!(error instanceof Error) || !('code' in error) || !('syscall' in error)) return error
  const [code, meaning] = meanings[String(error.code)] ?? ['io', `could not be used (${String(error.code)})`]
  return new WorkspaceError(`${showPath(path)} ${meaning}.`, { code, path }, { cause: error })
}

const invisible = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}"]/u

/** A path as it is shown: bare, or as a JSON string where it holds quotes or characters one cannot see. */
export const showPath = (path: string): string =>
  invisible.test(path)
    ? JSON.stringify(path).replaceAll(
        /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
        (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
      )
    : path

import { versionOf } from './file-version.ts'
import { type EditJournal, replaceFile } from './replace-file.ts'
import { WorkspaceError } from './workspace-error.ts'
import type { Workspace } from './workspace.ts'

export interface WriteFileOptions {
  readonly path: string
  /** Written as UTF-8. */
  readonly text: string
  /** Version the file must still have (`readFile` says it; its first 12 digits will do); null: there must be none. @default whatever is there */
  readonly expected?: string | null | undefined
  /** Keeps what the file held before. */
  readonly journal?: EditJournal | undefined
  readonly signal?: AbortSignal | undefined
}

export interface WrittenFile {
  /** Relative to the root, links resolved. */
  readonly path: string
  readonly bytes: number
  /** Names the new content. */
  readonly version: string
  /** False: a file that was there is replaced. */
  readonly created: boolean
}

const encode = (workspace: Workspace, path: string, text: string): Uint8Array => {
  if (!text.isWellFormed())
    throw new WorkspaceError('The text holds half of a surrogate pair, which UTF-8 cannot carry.', {
      code: 'encoding',
      path,
    })
  const bytes = Buffer.from(text, 'utf8')
  const { writeBytes } = workspace.limits
  if (bytes.length > writeBytes)
    throw new WorkspaceError(
      `The text has ${bytes.length} bytes; at most ${writeBytes} are written at once. Split it into several files.`,
      { code: 'too-large', path },
    )
  return bytes
}

/**
 * Writes a text file, making the folders above it: `writeFile(workspace, { path: 'out/report.md', text })`.
 * A reader sees the old file or the new one, never a part; the mode of a replaced file is kept.
 * @throws WorkspaceError when the path is outside (also through a link), not a regular file, or the text too large
 */
export const writeFile = async (workspace: Workspace, options: WriteFileOptions): Promise<WrittenFile> => {
  const { text, ...rest } = options
  const bytes = encode(workspace, options.path, text)
  const written = await replaceFile(workspace, { ...rest, bytes })
  return { ...written, bytes: bytes.length, version: versionOf(bytes) }
}

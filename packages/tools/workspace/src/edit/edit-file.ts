import { structuredPatch, formatPatch } from 'diff'
import { isVersion, versionOf } from '../file-version.ts'
import { type EditJournal, replaceFile } from '../replace-file.ts'
import type { TextEncoding } from '../text-decoding.ts'
import { showPath, WorkspaceError } from '../workspace-error.ts'
import type { Workspace } from '../workspace.ts'
import { patchText } from './patch-text.ts'
import { replaceText, type TextReplacement } from './replace-text.ts'
import { readTextFile } from './text-file.ts'

export interface EditFileOptions {
  readonly path: string
  /** Made one after the other, each on what the one before left; all or none. */
  readonly edits?: readonly TextReplacement[] | undefined
  /** A unified diff of this file, instead of `edits`. */
  readonly patch?: string | undefined
  /** The version that was read (`readFile` says it): anything else is refused as stale. */
  readonly expected?: string | undefined
  /** Only for files that are not UTF-8 or UTF-16 with a byte order mark. */
  readonly encoding?: TextEncoding | undefined
  /** Keeps what the file held before. */
  readonly journal?: EditJournal | undefined
  readonly signal?: AbortSignal | undefined
}

export interface EditedFile {
  readonly path: string
  /** Version of the file now. */
  readonly version: string
  readonly bytes: number
  /** What changed, as a unified diff; empty where it is too large to compute at once. */
  readonly patch: string
}

const patchBetween = (path: string, before: string, after: string): string => {
  const patch = structuredPatch(path, path, before, after, undefined, undefined, {
    context: 2,
    maxEditLength: 2_000,
  })
  return patch ? formatPatch(patch) : ''
}

const changed = (text: string, { path, edits, patch }: EditFileOptions): string => {
  if ((edits === undefined) === (patch === undefined) || edits?.length === 0)
    throw new WorkspaceError('Give edits, or a patch.', { code: 'patch', path })
  if (patch !== undefined) return patchText(text, patch, path)
  return (edits ?? []).reduce((current, edit) => replaceText(current, edit, path), text)
}

/**
 * Changes part of a text file: `editFile(workspace, { path: 'a.ts', edits: [{ oldText: 'a', newText: 'b' }] })`. Line ends,
 * encoding, byte order mark and mode stay. A file that changed since it was read is refused.
 * @throws WorkspaceError when the text is not there or not unique, the patch does not fit, or the file is stale
 */
export const editFile = async (workspace: Workspace, options: EditFileOptions): Promise<EditedFile> => {
  const { path, expected, encoding, journal, signal } = options
  signal?.throwIfAborted()
  const file = await readTextFile(workspace, { path, encoding })
  if (expected !== undefined && !isVersion(file.version, expected))
    throw new WorkspaceError(
      `${showPath(path)} has changed since it was read. Read it again, then repeat the edit.`,
      {
        code: 'stale',
        path,
      },
    )
  const text = changed(file.text, options)
  const bytes = file.encode(text)
  if (bytes.length > workspace.limits.writeBytes)
    throw new WorkspaceError(`${showPath(path)} would have ${bytes.length} bytes, too many.`, {
      code: 'too-large',
      path,
    })
  const { path: written } = await replaceFile(workspace, {
    path: file.path,
    bytes,
    expected: file.version,
    journal,
    signal,
  })
  return {
    path: written,
    version: versionOf(bytes),
    bytes: bytes.length,
    patch: patchBetween(written, file.text, text),
  }
}

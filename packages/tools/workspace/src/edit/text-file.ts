import { versionOf } from '../file-version.ts'
import { openFile } from '../open-file.ts'
import { type TextEncoding, TextDecoding } from '../text-decoding.ts'
import { fromSystemError, showPath, WorkspaceError } from '../workspace-error.ts'
import type { Workspace } from '../workspace.ts'

/** A text file as a whole, with all that is needed to write it back as it was. */
export interface TextFile {
  readonly path: string
  /** Without its byte order mark. */
  readonly text: string
  readonly version: string
  /** The bytes of changed text. @throws WorkspaceError when the encoding has no such character */
  readonly encode: (text: string) => Uint8Array
}

const windows1252 = (): Map<string, number> => {
  const decoder = new TextDecoder('windows-1252')
  return new Map(Array.from({ length: 256 }, (_, byte) => [decoder.decode(Uint8Array.of(byte)), byte]))
}

const encodeText = (text: string, encoding: TextEncoding, path: string): Uint8Array => {
  if (!text.isWellFormed())
    throw new WorkspaceError('The text holds half of a surrogate pair.', { code: 'encoding', path })
  if (encoding === 'utf-8') return Buffer.from(text, 'utf8')
  if (encoding === 'utf-16le') return Buffer.from(text, 'utf16le')
  if (encoding === 'utf-16be') return Buffer.from(text, 'utf16le').swap16()
  const bytes = windows1252()
  return Uint8Array.from(text, (character) => {
    const byte = bytes.get(character)
    if (byte !== undefined) return byte
    throw new WorkspaceError(
      `${showPath(path)} is windows-1252, which has no ${JSON.stringify(character)}. Use another character.`,
      { code: 'encoding', path },
    )
  })
}

const markOf = (bytes: Uint8Array, encoding: TextEncoding): Uint8Array => {
  const length = encoding === 'utf-8' ? 3 : encoding === 'windows-1252' ? 0 : 2
  const start = bytes.subarray(0, length)
  return new TextDecoder(encoding, { ignoreBOM: true }).decode(start) === '\ufeff' ? start : new Uint8Array()
}

/** Reads a file that is to be changed. @throws WorkspaceError when it is not text, too large to write, or outside */
export const readTextFile = async (
  workspace: Workspace,
  { path, encoding: given }: { readonly path: string; readonly encoding?: TextEncoding | undefined },
): Promise<TextFile> => {
  const { handle, bytes: size, relative } = await openFile(workspace, path)
  try {
    const { writeBytes } = workspace.limits
    if (size > writeBytes)
      throw new WorkspaceError(
        `${showPath(path)} has ${size} bytes; files up to ${writeBytes} are changed.`,
        {
          code: 'too-large',
          path,
        },
      )
    const bytes = await handle.readFile()
    const decoding = new TextDecoding(path, given)
    const text = decoding.push(bytes) + decoding.end()
    const { encoding } = decoding
    const mark = markOf(bytes, encoding)
    const encode = (changed: string): Uint8Array => Buffer.concat([mark, encodeText(changed, encoding, path)])
    return { path: relative, text, version: versionOf(bytes), encode }
  } catch (error) {
    throw fromSystemError(error, path)
  } finally {
    await handle.close()
  }
}

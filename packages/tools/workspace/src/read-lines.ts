import type { FileHandle } from 'node:fs/promises'
import { type Line, LineSplitter } from './line-splitter.ts'
import type { TextDecoding } from './text-decoding.ts'

export interface ReadLinesOptions {
  readonly decoding: TextDecoding
  /** Characters kept of one line. */
  readonly maxLineChars: number
  readonly signal?: AbortSignal | undefined
  /** Sees every chunk of bytes. */
  readonly onBytes?: ((bytes: Uint8Array) => void) | undefined
}

const chunkBytes = 64 * 1024

/** The lines of an open file in batches, a chunk of the file at a time. @throws WorkspaceError when it is no text */
export async function* readLines(handle: FileHandle, options: ReadLinesOptions): AsyncGenerator<Line[]> {
  const { decoding, maxLineChars, signal, onBytes } = options
  const splitter = new LineSplitter(maxLineChars)
  const buffer = new Uint8Array(chunkBytes)
  // A short read of a regular file is its end.
  for (let bytesRead = chunkBytes; bytesRead === chunkBytes;) {
    signal?.throwIfAborted()
    ;({ bytesRead } = await handle.read(buffer, 0, chunkBytes))
    onBytes?.(buffer.subarray(0, bytesRead))
    yield splitter.push(decoding.push(buffer.subarray(0, bytesRead)))
  }
  yield [...splitter.push(decoding.end()), ...splitter.end()]
}

import { createHash } from 'node:crypto'
import { openFile } from './open-file.ts'
import { readLines } from './read-lines.ts'
import { type TextEncoding, TextDecoding } from './text-decoding.ts'
import { fromSystemError, showPath, WorkspaceError } from './workspace-error.ts'
import type { Workspace } from './workspace.ts'

export interface ReadFileOptions {
  readonly path: string
  /** First line wanted, counted from 1. @default 1 */
  readonly fromLine?: number | undefined
  /** Last line wanted. @default the last of the file */
  readonly toLine?: number | undefined
  /** @default UTF-16 where the file starts with its byte order mark, else strict UTF-8 */
  readonly encoding?: TextEncoding | undefined
  readonly signal?: AbortSignal | undefined
}

/** Text of a file, its line ends as they are. */
export interface FileText {
  /** Relative to the root, links resolved. */
  readonly path: string
  readonly text: string
  readonly encoding: TextEncoding
  /** Size of the whole file. */
  readonly bytes: number
  readonly fromLine: number
  /** Last line in `text`; one less than `fromLine` for an empty file. */
  readonly toLine: number
  /** Lines of the whole file; absent where the file is larger than `limits.fileBytes` and was not read to its end. */
  readonly totalLines?: number
  /** Names the content of the whole file (SHA-256), to see later whether it changed; absent where `totalLines` is. */
  readonly version?: string
  /** There was more in the range than `limits.resultChars` allows. */
  readonly truncated: boolean
}

const checkRange = (path: string, from: number, to: number): void => {
  if (Number.isInteger(from) && from >= 1 && to >= from) return
  throw new WorkspaceError(`fromLine must be 1 or more and toLine not below it; received ${from} to ${to}.`, {
    code: 'invalid-range',
    path,
  })
}

/** Collects the wanted lines up to a number of characters. */
class Range {
  readonly #from: number
  readonly #to: number
  readonly #maxChars: number
  text = ''
  line = 0
  last: number
  truncated = false
  constructor(range: { from: number; to: number; maxChars: number }) {
    this.#from = range.from
    this.#to = range.to
    this.#maxChars = range.maxChars
    this.last = range.from - 1
  }
  get done(): boolean {
    return this.truncated || this.line >= this.#to
  }
  add(text: string, cut: boolean): void {
    this.line += 1
    if (this.line < this.#from || this.line > this.#to || this.truncated) return
    this.truncated = this.text !== '' && this.text.length + text.length > this.#maxChars
    if (this.truncated) return
    this.text += text
    this.last = this.line
    this.truncated = cut
  }
}

/**
 * Reads a text file, or a range of its lines: `readFile(workspace, { path: 'notes.md', fromLine: 1, toLine: 40 })`.
 * @throws WorkspaceError when it is outside, missing, not a regular file, not text, or has fewer lines than `fromLine`
 */
export const readFile = async (workspace: Workspace, options: ReadFileOptions): Promise<FileText> => {
  const { path, fromLine = 1, toLine = Infinity, encoding, signal } = options
  checkRange(path, fromLine, toLine)
  signal?.throwIfAborted()
  const file = await openFile(workspace, path)
  const { resultChars, fileBytes } = workspace.limits
  const decoding = new TextDecoding(path, encoding)
  const range = new Range({ from: fromLine, to: toLine, maxChars: resultChars })
  const countAll = file.bytes <= fileBytes
  const hash = createHash('sha256')
  const onBytes = (bytes: Uint8Array): unknown => countAll && hash.update(bytes)
  let finished = true
  try {
    for await (const lines of readLines(file.handle, {
      decoding,
      maxLineChars: resultChars,
      signal,
      onBytes,
    })) {
      for (const { text, cut } of lines) range.add(text, cut)
      if (range.done && !countAll) {
        finished = false
        break
      }
    }
  } catch (error) {
    throw fromSystemError(error, path)
  } finally {
    await file.handle.close()
  }
  if (range.last < fromLine && fromLine > 1)
    throw new WorkspaceError(`${showPath(path)} has only ${range.line} lines.`, {
      code: 'invalid-range',
      path,
    })
  return {
    path: file.relative,
    text: range.text,
    encoding: decoding.encoding,
    bytes: file.bytes,
    fromLine,
    toLine: range.last,
    ...(finished && { totalLines: range.line }),
    ...(countAll && { version: hash.digest('hex') }),
    truncated: range.truncated,
  }
}

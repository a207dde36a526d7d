import { clip } from './line-splitter.ts'
import type { LineMatcher } from './line-matcher.ts'
import { openFile } from './open-file.ts'
import { readLines } from './read-lines.ts'
import { TextDecoding } from './text-decoding.ts'
import { fromSystemError, showPath, WorkspaceError } from './workspace-error.ts'
import type { Workspace } from './workspace.ts'

/** A line that matched, with the lines around it; long lines are shortened to where the match is. */
export interface GrepMatch {
  /** Relative to the root. */
  readonly path: string
  /** From 1. */
  readonly line: number
  readonly text: string
  readonly before: readonly string[]
  readonly after: readonly string[]
}

export interface SearchFileOptions {
  readonly matcher: LineMatcher
  /** Lines shown on either side. */
  readonly context: number
  readonly signal?: AbortSignal | undefined
}

const excerpt = (line: string, at: number, max: number): string => {
  if (line.length <= max) return line
  let from = Math.max(0, Math.min(at - Math.floor(max / 4), line.length - max))
  const first = line.charCodeAt(from)
  if (first >= 0xdc00 && first <= 0xdfff) from += 1
  const shown = clip(line.slice(from), max)
  return `${from > 0 ? '…' : ''}${shown}${from + shown.length < line.length ? '…' : ''}`
}

const readText = async (workspace: Workspace, path: string, signal?: AbortSignal): Promise<string[]> => {
  const file = await openFile(workspace, path)
  try {
    const { fileBytes } = workspace.limits
    if (file.bytes > fileBytes)
      throw new WorkspaceError(
        `${showPath(path)} has ${file.bytes} bytes; files above ${fileBytes} are not searched.`,
        { code: 'too-large', path },
      )
    const lines: string[] = []
    const decoding = new TextDecoding(path)
    for await (const batch of readLines(file.handle, { decoding, maxLineChars: fileBytes, signal }))
      for (const { text } of batch) lines.push(text.replace(/\r?\n$/, ''))
    return lines
  } catch (error) {
    throw fromSystemError(error, path)
  } finally {
    await file.handle.close()
  }
}

/** The matching lines of one file. @throws WorkspaceError when it cannot be read as text or is too large */
export const searchFile = async (
  workspace: Workspace,
  path: string,
  options: SearchFileOptions,
): Promise<GrepMatch[]> => {
  const { matcher, context, signal } = options
  const max = workspace.limits.lineChars
  const lines = await readText(workspace, path, signal)
  const around = (from: number, to: number): string[] =>
    lines.slice(Math.max(0, from), to).map((line) => excerpt(line, 0, max))
  return matcher(lines).map(({ index, at }) => ({
    path,
    line: index + 1,
    text: excerpt(lines[index] ?? '', at, max),
    before: around(index - context, index),
    after: around(index + 1, index + 1 + context),
  }))
}

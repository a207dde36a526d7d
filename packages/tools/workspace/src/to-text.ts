import type { GlobResult } from './glob.ts'
import type { GrepResult } from './grep.ts'
import type { Listing } from './list-directory.ts'
import type { FileText } from './read-file.ts'
import type { GrepMatch } from './search-file.ts'
import { shownVersion } from './file-version.ts'
import { showPath } from './workspace-error.ts'

/** Shown so that the transcript says which content was read. */
const versionNote = (version: string | undefined): string[] =>
  version === undefined ? [] : [`version ${shownVersion(version)}`]

const numbered = ({ text, fromLine }: FileText): string => {
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  const width = String(fromLine + lines.length - 1).length
  return lines.map((line, index) => `${String(fromLine + index).padStart(width)}\t${line}`).join('\n')
}

/** A file as a model reads it: its text, and a note in the last line that says which part and version of it this is. */
export const fileToText = (file: FileText, { lineNumbers }: { lineNumbers: boolean }): string => {
  const version = versionNote(file.version)
  if (file.text === '') return `(${[`${showPath(file.path)} is empty`, ...version].join('; ')})`
  const text = lineNumbers ? numbered(file) : file.text
  const whole = file.fromLine === 1 && file.toLine === file.totalLines && !file.truncated
  const total = file.totalLines === undefined ? `a file of ${file.bytes} bytes` : `${file.totalLines}`
  const notes = [
    ...(whole ? [] : [`lines ${file.fromLine}–${file.toLine} of ${total}`]),
    ...(file.truncated ? [`the rest is cut off, go on with fromLine ${file.toLine + 1}`] : []),
    ...version,
    ...(whole && !file.text.endsWith('\n') ? ['no newline at its end'] : []),
  ]
  return notes.length === 0 ? text : `${text}${text.endsWith('\n') ? '' : '\n'}(${notes.join('; ')})`
}

/** One entry a line: folders end in `/`, links in `@`, files carry their size. */
export const listingToText = ({ entries, truncated }: Listing): string => {
  if (entries.length === 0) return '(nothing here)'
  const lines = entries.map(({ path, kind, bytes }) => {
    if (kind === 'folder') return `${showPath(path)}/`
    if (kind === 'link') return `${showPath(path)}@`
    return kind === 'other'
      ? `${showPath(path)} (not a regular file)`
      : `${showPath(path)} (${bytes ?? '?'} bytes)`
  })
  if (truncated) lines.push('(there is more: list a folder further down, or use glob)')
  return lines.join('\n')
}

/** One path a line. */
export const globToText = ({ paths, truncated }: GlobResult, pattern: string): string => {
  const deeper = pattern.includes('/') ? '' : ` For every depth use "**/${pattern}".`
  if (paths.length === 0)
    return `(no files match ${showPath(pattern)}.${truncated ? ' Not everything was looked at.' : deeper})`
  const note = truncated ? ['(there is more: use a narrower pattern or path)'] : []
  return [...paths.map(showPath), ...note].join('\n')
}

const matchToText = ({ line, text, before, after }: GrepMatch): string =>
  [
    ...before.map((context, index) => `${line - before.length + index}- ${context}`),
    `${line}: ${text}`,
    ...after.map((context, index) => `${line + index + 1}- ${context}`),
  ].join('\n')

const reasons = {
  matches: 'there are more matches: use a narrower pattern or path',
  resultChars: 'there is more than fits: use a narrower pattern, path or less context',
  visited: 'not every file was searched: use a narrower path or glob',
  searchMs: 'time is up, not every file was searched: use a narrower path or glob',
}

/** Matches under the path of their file, `12: text` a match and `13- text` a line around it. */
export const grepToText = (result: GrepResult): string => {
  const { matches, searched, skipped, truncated } = result
  const files = `${searched} ${searched === 1 ? 'file' : 'files'} searched`
  const left = skipped > 0 ? `, ${skipped} not text, secret or not readable` : ''
  const blocks: string[] = []
  let path: string | undefined
  for (const match of matches) {
    if (match.path !== path) blocks.push(`${blocks.length > 0 ? '\n' : ''}${showPath(match.path)}`)
    else if (match.before.length > 0 || match.after.length > 0) blocks.push('--')
    blocks.push(matchToText(match))
    path = match.path
  }
  if (matches.length === 0) blocks.push('(no matches)')
  return `${blocks.join('\n')}\n(${files}${left}${truncated ? `; ${reasons[truncated]}` : ''})`
}

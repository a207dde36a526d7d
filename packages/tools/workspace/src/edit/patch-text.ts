import { posix } from 'node:path'
import { showPath, WorkspaceError } from '../workspace-error.ts'
import { type Hunk, type HunkLine, parsePatch, PatchProblem } from './parse-patch.ts'

interface Line {
  readonly text: string
  /** Empty at the end of a file that has none there. */
  readonly end: string
}

const toLines = (text: string): Line[] =>
  (text.match(/[^\n]*\n|[^\n]+$/g) ?? []).map((line) => {
    const [end = ''] = /\r?\n$/.exec(line) ?? []
    return { text: line.slice(0, line.length - end.length), end }
  })

const oldLines = ({ lines }: Hunk): HunkLine[] => lines.filter(({ mark }) => mark !== '+')

/** Where its old lines are: where it says, shifted as the ones before were, or else nearest to that. */
const placeOf = (
  hunk: Hunk,
  lines: readonly Line[],
  { start, shift }: { readonly start: number; readonly shift: number },
): number => {
  const old = oldLines(hunk)
  if (old.length === 0) {
    // Nothing but new lines: after the line it names.
    if (hunk.from === undefined && lines.length > 0)
      throw new PatchProblem('a hunk has no line of the file that says where it goes. Add context lines.')
    return Math.min(lines.length, Math.max(start, (hunk.from ?? 0) + shift))
  }
  const fits = (at: number): boolean => old.every(({ text }, index) => lines[at + index]?.text === text)
  const places: number[] = []
  for (let at = start; at + old.length <= lines.length; at += 1) if (fits(at)) places.push(at)
  const wanted = hunk.from === undefined ? undefined : hunk.from - 1 + shift
  const distance = (at: number): number => (wanted === undefined ? 0 : Math.abs(at - wanted))
  const [nearest, next] = places.toSorted((a, b) => distance(a) - distance(b))
  if (nearest === undefined)
    throw new PatchProblem(
      'its lines are not those of the file. Read the file again, or replace text instead.',
    )
  if (next !== undefined && distance(next) === distance(nearest))
    throw new PatchProblem(
      `a hunk fits at line ${Math.min(nearest, next) + 1} as well as at line ${Math.max(nearest, next) + 1}. Add context lines.`,
    )
  return nearest
}

/** The new lines of a hunk, with the line ends of those they stand among. */
const newLines = (hunk: Hunk, old: readonly Line[], usual: string): Line[] => {
  const made: Line[] = []
  let index = 0
  for (const { mark, text } of hunk.lines) {
    const here = old[index]
    if (mark === '+') made.push({ text, end: (old[index - 1] ?? here)?.end || usual })
    else {
      if (mark === ' ' && here) made.push(here)
      index += 1
    }
  }
  return made
}

const withLastEnd = (lines: Line[], hunk: Hunk, { was, usual }: { was: string; usual: string }): Line[] => {
  const said = hunk.oldEndsBare || hunk.newEndsBare
  const end = said ? (hunk.newEndsBare ? '' : usual) : was
  return lines.map((line, index) => (index === lines.length - 1 ? { ...line, end } : line))
}

const applyHunks = (original: string, hunks: readonly Hunk[]): string => {
  let lines = toLines(original)
  const crlf = lines.filter(({ end }) => end === '\r\n').length
  const usual = crlf * 2 > lines.length ? '\r\n' : '\n'
  let [start, shift] = [0, 0]
  for (const hunk of hunks) {
    const place = placeOf(hunk, lines, { start, shift })
    const old = lines.slice(place, place + oldLines(hunk).length)
    const made = newLines(hunk, old, usual)
    const isLast = place + old.length === lines.length
    const was = lines.at(-1)?.end ?? usual
    lines = [...lines.slice(0, place), ...made, ...lines.slice(place + old.length)]
    if (isLast) lines = withLastEnd(lines, hunk, { was, usual })
    if (hunk.from !== undefined && old.length > 0) shift = place - (hunk.from - 1)
    shift += made.length - old.length
    start = place + made.length
  }
  return lines.map(({ text, end }, index) => text + (index < lines.length - 1 ? end || usual : end)).join('')
}

/**
 * Applies a unified diff of one file. All context must match, at its line or near it; counts in its headers may be wrong,
 * line ends are those of the file. @throws WorkspaceError
 */
export const patchText = (original: string, patch: string, path: string): string => {
  try {
    const { names, hunks } = parsePatch(patch)
    const own = posix.basename(path.replaceAll('\\', '/'))
    const other = names.find((name) => name !== '/dev/null' && posix.basename(name) !== own)
    if (other !== undefined) throw new PatchProblem(`it is for ${showPath(other)}.`)
    if (names.includes('/dev/null') && original !== '')
      throw new PatchProblem('it makes a new file, and there is one. Read it first.')
    return applyHunks(original, hunks)
  } catch (error) {
    if (!(error instanceof PatchProblem)) throw error
    throw new WorkspaceError(`The patch does not fit ${showPath(path)}: ${error.message}`, {
      code: 'patch',
      path,
    })
  }
}

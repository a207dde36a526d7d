/** One place of a patch. */
export interface Hunk {
  /** First line it is about, from 1; absent where the patch does not say. */
  readonly from: number | undefined
  readonly lines: readonly HunkLine[]
  /** The last old, and the last new line has no line end. */
  readonly oldEndsBare: boolean
  readonly newEndsBare: boolean
}

export interface HunkLine {
  readonly mark: ' ' | '+' | '-'
  readonly text: string
}

export interface ParsedPatch {
  /** The files it says it is about. */
  readonly names: readonly string[]
  readonly hunks: readonly Hunk[]
}

/** What is said to be wrong with a patch. */
export class PatchProblem extends Error {}

const fileName = (text: string): string =>
  text
    .replace(/\t.*$/, '')
    .trim()
    .replace(/^"(.*)"$/, '$1')

/** Lines of a hunk may look like names of files: they are none while the hunk is to have more. */
const isFileStart = (lines: readonly string[], at: number, more = false): boolean => {
  const [line = '', next = ''] = lines.slice(at, at + 2)
  if (line.startsWith('diff --git ') || line.startsWith('*** ')) return true
  return !more && line.startsWith('--- ') && next.startsWith('+++ ')
}

/** `*** Begin Patch` and `*** End Patch` frame a patch of some models. */
const isFrame = (line: string): boolean => /^\*\*\* (?:Begin|End) /.test(line)

const refuseHeader = (line: string): void => {
  if (/^(?:rename|copy) (?:from|to) /.test(line))
    throw new PatchProblem('it renames or copies a file, which a patch here cannot. Leave that out.')
  if (/^deleted file mode |^\*\*\* Delete File: |^\+\+\+ (?:"?)\/dev\/null/.test(line))
    throw new PatchProblem('it deletes the file, which a patch here cannot.')
  if (/^(?:GIT binary patch|Binary files )/.test(line)) throw new PatchProblem('it is a binary patch.')
}

const isMark = (mark: string | undefined): mark is HunkLine['mark'] =>
  mark === ' ' || mark === '+' || mark === '-'

/** The lines up to the next hunk or file: the counts of the header are often wrong, so they only decide about empty lines. */
const readHunk = (lines: readonly string[], start: number): { readonly hunk: Hunk; readonly end: number } => {
  const [, from, count] = /^@@+(?: -(\d+)(?:,(\d+))?[^@]*)?/.exec(lines[start] ?? '') ?? []
  const wanted = from === undefined ? 0 : Number(count ?? 1)
  const body: HunkLine[] = []
  let old = 0
  let [oldEndsBare, newEndsBare] = [false, false]
  let end = start + 1
  for (; end < lines.length; end += 1) {
    const line = lines[end] ?? ''
    if (line.startsWith('@@') || isFileStart(lines, end, old < wanted)) break
    const mark = line === '' ? ' ' : line[0]
    if (isMark(mark)) {
      body.push({ mark, text: line.slice(1) })
      if (mark !== '+') old += 1
    } else if (mark === '\\') {
      const about = body.at(-1)?.mark
      oldEndsBare ||= about !== '+'
      newEndsBare ||= about !== '-'
    } else throw new PatchProblem(`its line ${end + 1} starts with none of " ", "+", "-".`)
  }
  const isEmptyEnd = (): boolean => body.at(-1)?.mark === ' ' && body.at(-1)?.text === ''
  while (isEmptyEnd() && lines[end - 1] === '' && old > wanted) {
    body.pop()
    old -= 1
    end -= 1
  }
  const next = lines.findIndex((line, at) => at >= end && line !== '')
  const line = from === undefined ? undefined : Number(from)
  return {
    hunk: { from: line, lines: body, oldEndsBare, newEndsBare },
    end: next === -1 ? lines.length : next,
  }
}

/** Reads a unified diff, as tools write it and as models do: counts may be wrong, headers missing. @throws PatchProblem */
export const parsePatch = (patch: string): ParsedPatch => {
  const bare = patch.replace(/^\s*```\w*\n/, '').replace(/\n```\s*$/, '\n')
  const lines = bare
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => line.replace(/\r$/, ''))
  const names: string[] = []
  const hunks: Hunk[] = []
  let hadHunks = false
  for (let at = 0; at < lines.length;) {
    const line = lines[at] ?? ''
    if (line.startsWith('@@')) {
      const { hunk, end } = readHunk(lines, at)
      hunks.push(hunk)
      hadHunks = true
      at = end
      continue
    }
    refuseHeader(line)
    if (hadHunks && isFileStart(lines, at) && !isFrame(line))
      throw new PatchProblem('it is about several files.')
    const [, name] = /^(?:--- |\+\+\+ |\*\*\* Update File: )(.*)$/.exec(line) ?? []
    if (name !== undefined) names.push(fileName(name))
    at += 1
  }
  if (hunks.length === 0)
    throw new PatchProblem('it must be a unified diff of this one file, with "@@" lines.')
  return { names, hunks }
}

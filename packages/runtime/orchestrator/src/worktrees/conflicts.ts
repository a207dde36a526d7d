/** Two versions of the same lines. */
export interface ConflictHunk {
  /** Where it would begin in the merged file, from 1. */
  readonly line: number
  /** As it is already, with what was merged before. */
  readonly ours: string
  /** As the task has it. */
  readonly theirs: string
}

/** A file that git could not merge. */
export interface FileConflict {
  readonly path: string
  /** As git names it: `contents`, `modify/delete`, `rename/rename`, `binary`, … */
  readonly kinds: readonly string[]
  /** What git said of it. */
  readonly messages: readonly string[]
  /** Empty where there is no text to compare: one side deleted it, or it is binary. */
  readonly hunks: readonly ConflictHunk[]
}

export interface MergeReport {
  readonly tree: string
  readonly paths: readonly string[]
  readonly notes: readonly {
    readonly paths: readonly string[]
    readonly kind: string
    readonly message: string
  }[]
}

/** Reads what `git merge-tree --write-tree -z --name-only` prints: a tree, the paths in conflict, then notes. */
export const parseMergeReport = (text: string): MergeReport => {
  const [tree = '', ...fields] = text.split('\0')
  const end = fields.indexOf('')
  const paths = end < 0 ? fields : fields.slice(0, end)
  const notes: { paths: string[]; kind: string; message: string }[] = []
  for (let at = end < 0 ? fields.length : end + 1; at < fields.length;) {
    const count = Number(fields[at])
    const kind = fields[at + count + 1]
    const message = fields[at + count + 2]
    if (!Number.isInteger(count) || count < 1 || kind === undefined || message === undefined) break
    // The rest of what git merged by itself is no conflict.
    if (kind.startsWith('CONFLICT'))
      notes.push({ paths: fields.slice(at + 1, at + 1 + count), kind, message: message.trim() })
    at += count + 3
  }
  return { tree, paths: [...new Set(paths)], notes }
}

/** The hunks between the conflict markers of a merged file. */
export const parseHunks = (text: string): ConflictHunk[] => {
  const hunks: ConflictHunk[] = []
  let side: 'ours' | 'theirs' | undefined
  let hunk = { line: 0, ours: '', theirs: '' }
  for (const [i, line] of text.split(/(?<=\n)/).entries()) {
    if (!side && line.startsWith('<<<<<<< ')) {
      side = 'ours'
      hunk = { line: i + 1, ours: '', theirs: '' }
    } else if (side === 'ours' && /^=======\r?\n?$/.test(line)) side = 'theirs'
    else if (side === 'theirs' && line.startsWith('>>>>>>> ')) {
      side = undefined
      hunks.push(hunk)
    } else if (side) hunk[side] += line
  }
  return hunks
}

/** One report a file, of what git said and what the merged file shows. */
export const toConflicts = (
  { paths, notes }: MergeReport,
  merged: ReadonlyMap<string, string>,
): FileConflict[] =>
  paths.map((path) => {
    const own = notes.filter((note) => note.paths.includes(path))
    const kinds = new Set(own.map(({ kind }) => /\((.+)\)/.exec(kind)?.[1] ?? kind))
    const messages = own.map(({ message }) => message)
    return { path, kinds: [...kinds], messages, hunks: parseHunks(merged.get(path) ?? '') }
  })

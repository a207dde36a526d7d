/** What a diff does to one file. */
export interface DiffFile {
  /** Relative to the root. */
  readonly path: string
  /** Where it was before a rename or copy. */
  readonly from?: string
  /** One letter, as git has it: A, M, D, R, C, T, U. */
  readonly status: string
  /** Lines; absent for binary files. */
  readonly additions?: number
  readonly deletions?: number
}

/** Tokens one after the other; undefined at the end. */
const reader = (tokens: readonly string[]): (() => string | undefined) => {
  let index = 0
  return () => tokens[index++]
}

const counts = (added: string, deleted: string): Pick<DiffFile, 'additions' | 'deletions'> =>
  added === '-' ? {} : { additions: Number(added), deletions: Number(deleted) }

/** Reads `--raw --numstat -z`: first a record with the letter for each file, then one with its counts. */
export const parseChanges = (output: string): DiffFile[] => {
  const tokens = output.split('\0')
  tokens.pop()
  const next = reader(tokens)
  const files = new Map<string, DiffFile>()
  for (let token = next(); token !== undefined; token = next()) {
    const [, status] = /^:\d+ \d+ \S+ \S+ ([A-Z])\d*$/.exec(token) ?? []
    if (status !== undefined) {
      const first = next() ?? ''
      const second = /[RC]/.test(status) ? next() : undefined
      files.set(second ?? first, {
        path: second ?? first,
        ...(second !== undefined && { from: first }),
        status,
      })
      continue
    }
    const [, added = '-', deleted = '-', inline = ''] = /^(\d+|-)\t(\d+|-)\t(.*)$/s.exec(token) ?? []
    if (inline === '') next()
    const path = inline === '' ? next() : inline
    const file = path === undefined ? undefined : files.get(path)
    if (file) files.set(file.path, { ...file, ...counts(added, deleted) })
  }
  return [...files.values()]
}

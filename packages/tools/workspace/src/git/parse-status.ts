/** Something that differs between the last commit, the index and the folder. */
export interface ChangedFile {
  /** Relative to the root. */
  readonly path: string
  /** Where it was before a rename or copy. */
  readonly from?: string
  /** Against the last commit: what the next commit would hold. */
  readonly staged?: Change
  /** Against the index: what is not staged. */
  readonly unstaged?: Change
  /** Both sides of a merge changed it. */
  readonly conflict?: true
}

export type Change = 'added' | 'modified' | 'deleted' | 'renamed' | 'copied' | 'type-changed'

export interface GitStatus {
  /** Absent while HEAD is on no branch. */
  readonly branch?: string
  /** Hash of the last commit; absent before the first. */
  readonly commit?: string
  readonly upstream?: string
  /** Commits that upstream lacks. */
  readonly ahead?: number
  /** Commits that upstream has beyond. */
  readonly behind?: number
  readonly changed: readonly ChangedFile[]
  readonly untracked: readonly string[]
  /** There is more than fits. */
  readonly truncated: boolean
}

const changes: Readonly<Record<string, Change>> = {
  A: 'added',
  M: 'modified',
  D: 'deleted',
  R: 'renamed',
  C: 'copied',
  T: 'type-changed',
}

const sidesOf = (flags: string): Pick<ChangedFile, 'staged' | 'unstaged'> => {
  const [staged, unstaged] = [changes[flags.charAt(0)], changes[flags.charAt(1)]]
  return { ...(staged && { staged }), ...(unstaged && { unstaged }) }
}

/** The text after so many spaces: a path may hold spaces of its own. */
const after = (record: string, fields: number): string => {
  let start = 0
  for (let field = 0; field < fields; field += 1) start = record.indexOf(' ', start) + 1
  return record.slice(start)
}

type Branch = Pick<GitStatus, 'branch' | 'commit' | 'upstream' | 'ahead' | 'behind'>

const parseHeader = (header: string): Branch => {
  const [name, ...rest] = header.split(' ')
  const value = rest.join(' ')
  if (name === 'branch.oid') return value === '(initial)' ? {} : { commit: value }
  if (name === 'branch.head') return value === '(detached)' ? {} : { branch: value }
  if (name === 'branch.upstream') return { upstream: value }
  const [, ahead, behind] = (name === 'branch.ab' && /^\+(\d+) -(\d+)$/.exec(value)) || []
  return ahead === undefined ? {} : { ahead: Number(ahead), behind: Number(behind) }
}

/** Reads `git status --porcelain=v2 --branch -z`; with `truncated`, the last record may be half of one. */
export const parseStatus = (output: string, truncated: boolean): GitStatus => {
  const records = output.split('\0')
  records.pop()
  let branch: Branch = {}
  const changed: ChangedFile[] = []
  const untracked: string[] = []
  for (let index = 0; index < records.length; index += 1) {
    const record = records[index] ?? ''
    const flags = record.slice(2, 4)
    const kind = record.slice(0, 2)
    if (kind === '# ') branch = { ...branch, ...parseHeader(record.slice(2)) }
    else if (kind === '? ') untracked.push(record.slice(2))
    else if (kind === '1 ') changed.push({ path: after(record, 8), ...sidesOf(flags) })
    else if (kind === 'u ') changed.push({ path: after(record, 10), conflict: true })
    else if (kind === '2 ') {
      index += 1
      const from = records[index]
      if (from !== undefined) changed.push({ path: after(record, 9), from, ...sidesOf(flags) })
    }
  }
  return { ...branch, changed, untracked, truncated }
}

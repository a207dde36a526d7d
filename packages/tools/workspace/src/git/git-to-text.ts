import { showPath } from '../workspace-error.ts'
import type { GitDiff } from './git-diff.ts'
import type { GitLog } from './git-log.ts'
import type { DiffFile } from './parse-changes.ts'
import type { ChangedFile, GitStatus } from './parse-status.ts'

const more = '(there is more: ask for fewer files)'

const place = ({ path, from }: { readonly path: string; readonly from?: string }): string =>
  from === undefined ? showPath(path) : `${showPath(from)} → ${showPath(path)}`

const section = (title: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : [`${title}:`, ...lines.map((line) => `  ${line}`)]

/** The branch, then a file a line under what is true of it. */
export const statusToText = (status: GitStatus): string => {
  const { branch, commit, upstream, ahead = 0, behind = 0, changed, untracked, truncated } = status
  const side = (name: 'staged' | 'unstaged'): string[] =>
    changed.flatMap((file: ChangedFile) => (file[name] ? [`${file[name]} ${place(file)}`] : []))
  const tracking = upstream === undefined ? '' : `, ${ahead} ahead of and ${behind} behind ${upstream}`
  const lines = [
    `On ${branch === undefined ? 'no branch' : `branch ${branch}`}${commit === undefined ? ', no commits yet' : ` at ${commit.slice(0, 12)}`}${tracking}`,
    ...section('In conflict', changed.filter(({ conflict }) => conflict).map(place)),
    ...section('Staged', side('staged')),
    ...section('Not staged', side('unstaged')),
    ...section('Untracked', untracked.map(showPath)),
  ]
  if (lines.length === 1) lines.push('Nothing has changed.')
  return [...lines, ...(truncated ? [more] : [])].join('\n')
}

const fileLine = (file: DiffFile): string => {
  const { status, additions, deletions } = file
  const size = additions === undefined ? 'binary' : `+${additions} -${deletions}`
  return `${status} ${place(file)} (${size})`
}

/** The files with their counts, then the patch. */
export const diffToText = ({ files, patch, truncated }: GitDiff): string => {
  if (files.length === 0 && patch === '') return '(no changes)'
  const note = truncated ? '\n(the patch is cut off: ask for fewer paths)' : ''
  return `${files.map(fileLine).join('\n')}\n\n${patch.trimEnd()}${note}`
}

/** Hash, date, author and message of each commit. */
export const commitsToText = ({ commits, truncated }: GitLog): string => {
  if (commits.length === 0) return '(no commits)'
  const blocks = commits.map(({ hash, date, author, subject, body, parents }) => {
    const merge = parents.length > 1 ? ` (merge of ${parents.length})` : ''
    const rest = body === '' ? '' : `\n${body.replaceAll(/^/gm, '    ')}`
    return `${hash.slice(0, 12)} ${date} ${author}${merge}\n    ${subject}${rest}`
  })
  return [
    ...blocks,
    ...(truncated ? ['(there are more: ask with a limit, or from an older revision)'] : []),
  ].join('\n')
}

import { allow } from '../outcome.ts'
import { optionSchema } from '../option-schema.ts'
import { hasOption, parseOptions } from '../parse-options.ts'
import type { Judge } from '../shell.ts'
import { askAbout, tool } from '../tool.ts'
import { judgeRevisions } from './git-revisions.ts'

export const add: Judge = tool({
  options:
    '-Aunv -p~ -i~ --all --update --dry-run --verbose --intent-to-add -N --force~ -f~ --patch~ --refresh --ignore-errors --chmod=~ --renormalize --no-all --ignore-removal',
  operands: 'read',
  refine: (parsed, call, shell) => judgeRevisions(parsed, call, shell),
})

export const commit: Judge = tool({
  options: `-aqvs -m= -F< -S? --message= --file< --all --quiet --verbose --signoff --author= --date= --allow-empty --allow-empty-message --no-edit --dry-run --short --trailer= --cleanup= --no-status --status --porcelain --long --no-gpg-sign --gpg-sign? --only --include -i -o
    --amend~ --no-verify~ -n~ --fixup=~ --squash=~ -C=~ -c=~ -e~ --edit~ -p~ --patch~ --reset-author~ -t<~ --template<~ -uall`,
  operands: 'text',
  refine: judgeRevisions,
})

export const makesBranch: Judge = tool({
  options:
    '-qtm -c= -C=~ -b= --create= --track? --no-track --quiet --guess --no-guess --detach -d --progress --no-progress --orphan=~ -f~ --force~ --discard-changes~ --merge~ --force-create=~ -B=~ -p~ --patch~ --ours~ --theirs~ --conflict=~',
  operands: 'text',
  refine: judgeRevisions,
})

const mainBranches = new Set('main master develop dev trunk staging next -'.split(' '))

const branchFolders = new Set(
  'feature feat fix bugfix hotfix release chore docs test refactor ci perf user origin'.split(' '),
)

/** checkout switches branches or throws changes away: allowed where it can only be the first. */
export const checkout: Judge = (call, shell) => {
  const found = makesBranch(call, shell)
  const parsed = parseOptions(
    call.args,
    optionSchema('-qtfBpm -b= --track? --no-track --quiet --detach --ours --theirs --orphan= --progress'),
  )
  if (found.verdict !== 'allow' || hasOption(parsed, '-b', '--detach') || parsed.operands.length === 0)
    return hasOption(parsed, '-b') || found.verdict !== 'allow'
      ? found
      : parsed.operands.length === 0
        ? allow()
        : found
  const [first] = parsed.operands
  const name = first?.text ?? ''
  const looksLikeBranch =
    mainBranches.has(name) ||
    (branchFolders.has(name.split('/')[0] ?? '') && name.includes('/') && !name.includes('.'))
  const isFile =
    name !== '-' &&
    shell.host.files.kind(`${shell.state.folders[0] ?? shell.host.root}/${name}`) !== undefined
  return parsed.operands.length === 1 && parsed.rest === undefined && looksLikeBranch && !isFile
    ? found
    : askAbout('vcs', 'It may throw changes away.', { call, shell })
}

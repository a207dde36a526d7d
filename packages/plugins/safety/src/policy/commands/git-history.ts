import { ask, worst, type Stream } from '../outcome.ts'
import { hasOption } from '../parse-options.ts'
import { readPath } from '../path-rules.ts'
import type { Judge } from '../shell.ts'
import { tool } from '../tool.ts'
import { judgeRevisions } from './git-revisions.ts'

const showOptions = `-# -pusbwzaRcCMBDqiEPFgrtnO= -n= -S= -G= -L= -U= -l= --stat? --shortstat --numstat --dirstat? --name-only --name-status --summary --oneline --graph --all --decorate? --no-decorate --pretty? --format=
  --abbrev-commit --abbrev? --no-abbrev-commit --author= --committer= --grep= --since= --until= --after= --before= --max-count= --skip= --reverse --follow --merges --no-merges --first-parent --date= --patch --no-patch
  --no-color --color? --color-words? --word-diff? --word-diff-regex= --cached --staged --unified= --ignore-all-space --ignore-space-change --ignore-blank-lines --ignore-space-at-eol --minimal --patience --histogram --diff-algorithm=
  --diff-filter= --find-renames? --find-copies? --no-renames --check --full-index --binary --raw --exit-code --quiet --no-index --relative? --topo-order --date-order --author-date-order --branches? --tags? --remotes? --left-right --cherry-pick
  --cherry-mark --cherry --boundary --simplify-by-decoration --source --no-walk --show-signature --stdin --ancestry-path --merge-base --submodule? --function-context --inter-hunk-context= --pickaxe-regex --pickaxe-all
  --regexp-ignore-case --extended-regexp --fixed-strings --perl-regexp --invert-grep --all-match --root --patch-with-stat --cc --combined-all-paths --no-prefix --text --compact-summary --stat-width= --stat-count= --no-ext-diff --no-textconv
  --no-notes --notes? --encoding= --walk-reflogs --reflog --not --exclude= --glob= --parents --children --no-commit-id --always --tool-help --color-moved? --ws-error-highlight= --ita-invisible-in-index --no-relative --name-hash --numbered
  --summary --email --output> --ext-diff! --textconv! --show-pulls --full-history --dense --sparse --simplify-merges --remerge-diff --diff-merges= --no-diff-merges --cumulative --anchored= --src-prefix= --dst-prefix= --default-prefix`

export const shows: Judge = tool({
  options: showOptions,
  operands: 'text',
  refine: (parsed, call, shell) => {
    const wrote = parsed.options.find(({ name }) => name === '--output')
    const output: Stream = { origin: hasOption(parsed, '--name-only') ? 'paths' : 'data' }
    return worst(
      [
        judgeRevisions(parsed, call, shell),
        ...(hasOption(parsed, '--no-index') ? parsed.operands.map((field) => readPath(field, shell)) : []),
        ...(wrote ? [ask('option', 'The output goes to a file.')] : []),
      ],
      output,
    )
  },
})

export const words: Judge = tool({
  options: `-hqsvfH --short? --abbrev-ref? --verify --quiet --show-toplevel --git-dir --show-prefix --show-cdup --is-inside-work-tree --is-inside-git-dir --is-bare-repository --symbolic --symbolic-full-name --all --branches? --tags?
  --remotes? --absolute-git-dir --git-common-dir --git-path= --sq --default= --show-object-format? --local-env-vars --count --left-right --max-count= --since= --until= --author= --no-merges --merges --first-parent --reverse --objects --oneline -n= -#
  --is-ancestor --octopus --fork-point --independent --contains= --tags --always --dirty? --long --exact-match --match= --exclude= --candidates= --abbrev= --broken? --short --name-only --refs= --undefined --no-undefined --stdin --parents --grep= --merged --show-current -a`,
  operands: 'text',
  prints: 'words',
  refine: (parsed, call, shell) => ({ ...judgeRevisions(parsed, call, shell), output: { origin: 'words' } }),
})

export const listing = (options: string): Judge =>
  tool({
    options,
    operands: 'text',
    prints: 'paths',
    refine: (parsed, call, shell) => ({
      ...judgeRevisions(parsed, call, shell),
      output: { origin: 'paths' },
    }),
  })

export const status: Judge = tool({
  options:
    '-sbvuzM -u? --short --branch --porcelain? --long --verbose --untracked-files? --ignored? --ignore-submodules? --show-stash --column? --no-column --ahead-behind --no-ahead-behind --renames --no-renames --find-renames?',
  operands: 'text',
  refine: judgeRevisions,
})

export const branch: Judge = tool({
  options: `-arvlqi --all --remotes --list --verbose --show-current --merged? --no-merged? --contains? --no-contains? --sort= --format= --points-at= --color? --no-color --column? --no-column --abbrev= --no-abbrev --ignore-case
    -d~ -D~ -m~ -M~ -c~ -C~ -f~ -u~ --delete~ --move~ --copy~ --force~ --set-upstream-to?~ --unset-upstream~ --edit-description~ --track?`,
  operands: 'text',
  refine: (parsed, call, shell) => {
    const lists = parsed.options.some(({ name }) =>
      [
        '-a',
        '-r',
        '-l',
        '--all',
        '--remotes',
        '--list',
        '--merged',
        '--no-merged',
        '--contains',
        '--no-contains',
        '--points-at',
        '-v',
        '--verbose',
      ].includes(name),
    )
    // Without a listing option the operands name a branch to make: that loses nothing.
    return worst([
      judgeRevisions(parsed, call, shell),
      ...(parsed.operands.length > 2 && !lists
        ? [ask('unexpected-operand', 'git branch makes one branch.')]
        : []),
    ])
  },
})

export const tag: Judge = tool({
  options:
    '-l -n= -n? -i --list --sort= --format= --contains? --merged? --no-merged? --points-at= --column? --color? -d~ -f~ -s~ -a~ -m= -u=~ -F<~ -v~ --delete~ --force~ --annotate~ --sign~ --verify~',
  operands: 'text',
  refine: (parsed) =>
    parsed.operands.length === 0 ||
    parsed.options.some(({ name }) =>
      ['-l', '--list', '--contains', '--merged', '--points-at', '--no-merged'].includes(name),
    )
      ? undefined
      : ask('vcs', 'A tag would be made.'),
})

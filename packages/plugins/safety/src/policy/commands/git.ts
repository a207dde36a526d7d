import { type Field, HOLE } from '../field.ts'
import { allow, ask, deny, noInput, type Outcome, worst, type Stream } from '../outcome.ts'
import { optionSchema } from '../option-schema.ts'
import { hasOption, parseOptions } from '../parse-options.ts'
import { readPath } from '../path-rules.ts'
import type { Call, Judge } from '../shell.ts'
import { askAbout, isHelp, judgeOption, tool, tools } from '../tool.ts'
import { gitConfig, judgeConfigValue } from './git-config.ts'
import { judgeRevisions } from './git-revisions.ts'
import { gitPush } from './git-push.ts'

const showOptions = `-# -pusbwzaRcCMBDqiEPFgrtnO= -n= -S= -G= -L= -U= -l= --stat? --shortstat --numstat --dirstat? --name-only --name-status --summary --oneline --graph --all --decorate? --no-decorate --pretty? --format=
  --abbrev-commit --abbrev? --no-abbrev-commit --author= --committer= --grep= --since= --until= --after= --before= --max-count= --skip= --reverse --follow --merges --no-merges --first-parent --date= --patch --no-patch
  --no-color --color? --color-words? --word-diff? --word-diff-regex= --cached --staged --unified= --ignore-all-space --ignore-space-change --ignore-blank-lines --ignore-space-at-eol --minimal --patience --histogram --diff-algorithm=
  --diff-filter= --find-renames? --find-copies? --no-renames --check --full-index --binary --raw --exit-code --quiet --no-index --relative? --topo-order --date-order --author-date-order --branches? --tags? --remotes? --left-right --cherry-pick
  --cherry-mark --cherry --boundary --simplify-by-decoration --source --no-walk --show-signature --stdin --ancestry-path --merge-base --submodule? --function-context --inter-hunk-context= --pickaxe-regex --pickaxe-all
  --regexp-ignore-case --extended-regexp --fixed-strings --perl-regexp --invert-grep --all-match --root --patch-with-stat --cc --combined-all-paths --no-prefix --text --compact-summary --stat-width= --stat-count= --no-ext-diff --no-textconv
  --no-notes --notes? --encoding= --walk-reflogs --reflog --not --exclude= --glob= --parents --children --no-commit-id --always --tool-help --color-moved? --ws-error-highlight= --ita-invisible-in-index --no-relative --name-hash --numbered
  --summary --email --output> --ext-diff! --textconv! --show-pulls --full-history --dense --sparse --simplify-merges --remerge-diff --diff-merges= --no-diff-merges --cumulative --anchored= --src-prefix= --dst-prefix= --default-prefix`

const shows = tool({
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

const words = tool({
  options: `-hqsvfH --short? --abbrev-ref? --verify --quiet --show-toplevel --git-dir --show-prefix --show-cdup --is-inside-work-tree --is-inside-git-dir --is-bare-repository --symbolic --symbolic-full-name --all --branches? --tags?
  --remotes? --absolute-git-dir --git-common-dir --git-path= --sq --default= --show-object-format? --local-env-vars --count --left-right --max-count= --since= --until= --author= --no-merges --merges --first-parent --reverse --objects --oneline -n= -#
  --is-ancestor --octopus --fork-point --independent --contains= --tags --always --dirty? --long --exact-match --match= --exclude= --candidates= --abbrev= --broken? --short --name-only --refs= --undefined --no-undefined --stdin --parents --grep= --merged --show-current -a`,
  operands: 'text',
  prints: 'words',
  refine: (parsed, call, shell) => ({ ...judgeRevisions(parsed, call, shell), output: { origin: 'words' } }),
})

const listing = (options: string): Judge =>
  tool({
    options,
    operands: 'text',
    prints: 'paths',
    refine: (parsed, call, shell) => ({
      ...judgeRevisions(parsed, call, shell),
      output: { origin: 'paths' },
    }),
  })

const status = tool({
  options:
    '-sbvuzM -u? --short --branch --porcelain? --long --verbose --untracked-files? --ignored? --ignore-submodules? --show-stash --column? --no-column --ahead-behind --no-ahead-behind --renames --no-renames --find-renames?',
  operands: 'text',
  refine: judgeRevisions,
})

const branch: Judge = tool({
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

const tag: Judge = tool({
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

const only = (allowed: Readonly<Record<string, Judge>>, why: string, alone?: Judge): Judge => {
  const judge = tools('-v --verbose', new Map(Object.entries(allowed)), alone && { alone })
  return (call, shell) => {
    const found = judge(call, shell)
    return found.verdict === 'ask' && found.rule === 'unknown-command'
      ? askAbout('vcs', why, { call, shell })
      : found
  }
}
const text = (options = ''): Judge => tool({ options, operands: 'text' })

const remote = only(
  { show: text('-n'), 'get-url': text('--push --all'), '-v': text() },
  'It changes where the repository comes from.',
  text('-v --verbose'),
)
const stash = only({ list: shows, show: shows }, 'It changes or loses what is stashed.')
const worktree = only({ list: text('-vz --porcelain --verbose') }, 'It makes or removes folders.')
const submodule: Judge = (call, shell) => {
  const [first, ...rest] = call.args
  if (!first || first.text === 'status' || first.text === 'summary') return askOrAllow(rest)
  if (first.text !== 'foreach') return askAbout('vcs', 'It changes submodules.', { call, shell })
  const line = rest
    .filter((field) => !field.text.startsWith('--'))
    .map((field) => field.text)
    .join(' ')
  return worst([
    ask('wrapper', 'It runs a command in every submodule.'),
    shell.runSource(line, { stdin: noInput }),
  ])
}
const askOrAllow = (rest: readonly Field[]): Outcome =>
  rest.every((field) => ['--recursive', '--cached'].includes(field.text))
    ? allow()
    : ask('unknown-option', 'git submodule is not known to be safe with its options.')

const bisect = only({ log: text(), view: shows }, 'It moves between revisions.')
const notes = only({ list: text(), show: text() }, 'It changes notes.')

/** What `--exec`, `-x` or `run` would run: only a refusal says more than the question. */
const runsThings =
  (why: string, names: readonly string[]): Judge =>
  (call, shell) => {
    const found: Outcome[] = [askAbout('vcs', why, { call, shell })]
    for (const [index, field] of call.args.entries()) {
      const equals = field.text.indexOf('=')
      if (names.includes(field.text))
        found.push(
          shell.runSource(
            call.args
              .slice(index + 1)
              .map((arg) => arg.text)
              .join(' '),
            { stdin: noInput },
          ),
          shell.runSource(call.args[index + 1]?.text ?? '', { stdin: noInput }),
          shell.runCommand(call.args.slice(index + 1), { stdin: noInput }),
        )
      else if (equals > 0 && names.includes(field.text.slice(0, equals)))
        found.push(shell.runSource(field.text.slice(equals + 1), { stdin: noInput }))
    }
    return worst(found)
  }

const transports = (call: Call): Outcome | undefined => {
  for (const [index, { text: value }] of call.args.entries()) {
    const equals = value.indexOf('=')
    const name = equals < 0 ? value : value.slice(0, equals)
    if (
      name.length > 4 &&
      ['--upload-pack', '--receive-pack', '--exec'].some((long) => long.startsWith(name))
    )
      return deny('option-runs', `git runs the program named by ${name}.`)
    if (value === '-u' && call.name.endsWith('clone') && call.args[index + 1])
      return deny('option-runs', 'git runs the program named by -u.')
    if (value.startsWith('ext::') || value.startsWith('fd::'))
      return deny('option-runs', 'This kind of address runs a program.')
  }
  return undefined
}

const fetch: Judge = (call, shell) => {
  const bad = transports(call)
  if (bad) return bad
  return tool({
    options:
      '-aptqvnfjk46 -j= --all --prune --prune-tags --tags --no-tags --quiet --verbose --dry-run --depth= --deepen= --unshallow --multiple --append --jobs= --progress --no-progress --recurse-submodules? --no-recurse-submodules --shallow-since= --set-upstream~ --force~ --keep --ipv4 --ipv6 --atomic --porcelain --filter=',
    operands: 'text',
    refine: (parsed) =>
      parsed.operands.some(
        (field) =>
          field.text.includes(':') ||
          field.text.includes('/..') ||
          field.text.startsWith('/') ||
          field.text.startsWith('.') ||
          field.text.startsWith('+'),
      )
        ? ask('network', 'It names an address or changes a branch.')
        : hasOption(parsed, '-f')
          ? ask('vcs', 'It overwrites branches.')
          : undefined,
  })(call, shell)
}

const asksTransport =
  (why: string): Judge =>
  (call, shell) =>
    transports(call) ?? askAbout('vcs', why, { call, shell })

const listsRemote: Judge = (call, shell) =>
  transports(call) ??
  tool({
    options: '-htq --heads --tags --branches --refs --quiet --exit-code --get-url --sort= --symref',
    operands: 'text',
    refine: (parsed) =>
      parsed.operands.some(
        (field) => /[:/]/.test(field.text.split('refs/')[0] ?? '') || field.text.startsWith('.'),
      )
        ? ask('network', 'It names an address.')
        : undefined,
  })(call, shell)

const add: Judge = tool({
  options:
    '-Aunv -p~ -i~ --all --update --dry-run --verbose --intent-to-add -N --force~ -f~ --patch~ --refresh --ignore-errors --chmod=~ --renormalize --no-all --ignore-removal',
  operands: 'read',
  refine: (parsed, call, shell) => judgeRevisions(parsed, call, shell),
})

const commit: Judge = tool({
  options: `-aqvs -m= -F< -S? --message= --file< --all --quiet --verbose --signoff --author= --date= --allow-empty --allow-empty-message --no-edit --dry-run --short --trailer= --cleanup= --no-status --status --porcelain --long --no-gpg-sign --gpg-sign? --only --include -i -o
    --amend~ --no-verify~ -n~ --fixup=~ --squash=~ -C=~ -c=~ -e~ --edit~ -p~ --patch~ --reset-author~ -t<~ --template<~ -uall`,
  operands: 'text',
  refine: judgeRevisions,
})

const makesBranch = tool({
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
const checkout: Judge = (call, shell) => {
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

const grep: Judge = tool({
  options: `-# -inlLwvcehEFGPIraHozpWOq -e= -f< -A= -B= -C= -m= -O? --line-number --files-with-matches --name-only --files-without-match --count --ignore-case --word-regexp --invert-match --extended-regexp --fixed-strings --perl-regexp --cached --untracked
    --no-index --show-function --function-context --heading --break --and --or --not --all-match --color? --max-depth= --context= --after-context= --before-context= --text --column --only-matching --threads= --quiet --recurse-submodules --max-count=
    --open-files-in-pager!`,
  operands: 'text',
  refine: (parsed, call, shell) =>
    parsed.options.some(({ name, value }) => name === '-O' && value)
      ? deny('option-runs', 'git grep -O runs a program.')
      : hasOption(parsed, '-O')
        ? ask('option', 'git grep -O opens a pager.')
        : judgeRevisions(
            {
              ...parsed,
              operands: hasOption(parsed, '-e', '-f') ? parsed.operands : parsed.operands.slice(1),
            },
            call,
            shell,
          ),
})

const asks =
  (why: string): Judge =>
  (call, shell) =>
    askAbout('vcs', why, { call, shell })
const each = (names: string, judge: Judge): readonly (readonly [string, Judge])[] =>
  names.split(' ').map((name) => [name, judge])

const subcommands: ReadonlyMap<string, Judge> = new Map<string, Judge>([
  ...each('log show diff whatchanged diff-tree diff-index diff-files range-diff', shows),
  ...each('rev-parse rev-list describe merge-base name-rev symbolic-ref-read count-objects var-read', words),
  ...each(
    'ls-files ls-tree',
    listing(
      '-cdmoiksuvtrlzfqx -x= --cached --deleted --modified --others --ignored --stage --unmerged --killed --exclude= --exclude-standard --exclude-from< --name-only --name-status --full-name --full-tree --long --abbrev? --error-unmatch --format= --directory --recurse-submodules --eol --deduplicate --object-only',
    ),
  ),
  ['status', status],
  ['branch', branch],
  ['tag', tag],
  ['remote', remote],
  ['stash', stash],
  ['worktree', worktree],
  ['submodule', submodule],
  [
    'reflog',
    (call, shell) =>
      ['expire', 'delete', 'drop'].includes(call.args[0]?.text ?? '')
        ? askAbout('vcs', 'It changes the record of where branches were.', { call, shell })
        : shows({ ...call, args: call.args[0]?.text === 'show' ? call.args.slice(1) : call.args }, shell),
  ],
  ['notes', notes],
  ['config', gitConfig],
  ['push', gitPush],
  ['fetch', fetch],
  ['add', add],
  ['stage', add],
  ['commit', commit],
  ['switch', makesBranch],
  ['checkout', checkout],
  ['grep', grep],
  [
    'blame',
    tool({
      options:
        '-# -wfnsltepcbM? -C? -L= -S= --since= --date= --line-porcelain --porcelain --show-email --show-name --show-number --ignore-rev= --ignore-revs-file< --reverse --first-parent --root --abbrev= --color-lines --incremental',
      operands: 'text',
      refine: judgeRevisions,
    }),
  ],
  ['annotate', shows],
  [
    'shortlog',
    tool({
      options:
        '-snec -# -w? --summary --numbered --email --committer --group= --since= --until= --all --no-merges --format= --author=',
      operands: 'text',
      refine: judgeRevisions,
    }),
  ],
  [
    'cat-file',
    tool({
      options: '-pte -s --batch-check? --batch? --textconv!',
      operands: 'text',
      refine: judgeRevisions,
    }),
  ],
  ['check-ignore', tool({ options: '-qvnz --verbose --non-matching --no-index --stdin', operands: 'names' })],
  ['check-attr', tool({ options: '-az --all --stdin', operands: 'text' })],
  [
    'for-each-ref',
    text(
      '--count= --sort= --format= --points-at= --merged? --contains? --no-merged? --color? --shell --perl',
    ),
  ],
  [
    'show-ref',
    text('-dsq --heads --tags --verify --hash? --head --dereference --branches --quiet --abbrev?'),
  ],
  ['show-branch', text('-ar --all --remotes --list --sha1-name --topics --current --more=')],
  ['cherry', text('-v --abbrev?')],
  ['verify-commit', text('-v')],
  ['version', text('--build-options')],
  ['help', asks('It opens a page.')],
  ['fsck', text('--full --strict --no-dangling --connectivity-only --unreachable')],
  [
    'bisect',
    (call, shell) =>
      call.args[0]?.text === 'run'
        ? runsThings('It runs a command for every revision.', ['run'])(call, shell)
        : bisect(call, shell),
  ],
  ['rebase', runsThings('It rewrites history.', ['--exec', '-x'])],
  ['difftool', runsThings('It starts a program.', ['--extcmd', '-x'])],
  ['mergetool', asks('It starts a program.')],
  [
    'filter-branch',
    runsThings('It rewrites all of the history.', [
      '--tree-filter',
      '--index-filter',
      '--msg-filter',
      '--env-filter',
      '--commit-filter',
      '--tag-name-filter',
      '--parent-filter',
    ]),
  ],
  ['clone', asksTransport('It copies a repository from elsewhere.')],
  ['pull', asksTransport('It merges what others wrote.')],
  ['ls-remote', listsRemote],
  ['archive', asksTransport('It writes an archive.')],
  ['credential', () => deny('secret', 'It prints credentials.')],
  ['send-email', runsThings('It sends mail.', ['--to-cmd', '--cc-cmd', '--sendmail-cmd'])],
  ['daemon', asksTransport('It serves the repository.')],
])

const globalSchema = optionSchema(
  '-c= -C/ --no-pager --paginate~ -p~ --git-dir=~ --work-tree=~ --bare --no-optional-locks --literal-pathspecs --no-replace-objects --namespace=~ --exec-path?! --config-env=~ --html-path --version --help -P',
)

/** git: `-c` and its kind first, then the subcommand. */
const git: Judge = (call, shell) => {
  if (isHelp(call)) return allow()
  const parsed = parseOptions(call.args, globalSchema, true)
  const own = parsed.options.map((option) =>
    option.name === '-c' ? judgeConfigValue(option.value, shell) : judgeOption(option, call, shell),
  )
  const [name, ...args] = parsed.operands
  if (parsed.unknown)
    return worst([
      askAbout('unknown-option', `git is not known to be safe with "${parsed.unknown.text}".`, {
        call,
        shell,
      }),
      ...own,
    ])
  if (!name) return worst(own)
  const inner: Call = { ...call, name: `git ${name.text}`, args }
  const judge = name.unknown === undefined ? subcommands.get(name.text) : undefined
  const found =
    args.length === 1 && args[0]?.text === '--help'
      ? ask('interactive', 'git opens a manual page.')
      : (judge?.(inner, shell) ??
        askAbout('vcs', `git ${name.text.replaceAll(HOLE, '…')} changes the repository, or is an alias.`, {
          call: inner,
          shell,
        }))
  return worst([found, ...own], found.output)
}

const gh = tools(
  '-R= --repo=',
  new Map<string, Judge>([
    ...each('pr issue run workflow release repo label ruleset cache gist search', (call, shell) => {
      const [verb] = call.args
      if (
        verb &&
        ['view', 'list', 'diff', 'checks', 'status', 'issues', 'prs', 'repos', 'commits', 'code'].includes(
          verb.text,
        ) &&
        !call.args.some((field) => field.text === '--web' || field.text === '-w')
      )
        return call.args.some((field) => field.unknown !== undefined)
          ? askAbout('unknown-value', 'What it sends is only known when it runs.', { call, shell })
          : allow()
      if (verb && ['delete', 'archive'].includes(verb.text) && call.name === 'gh repo')
        return deny('destroys-remote', 'It deletes a repository.')
      return askAbout('remote', 'It changes something on the server.', { call, shell })
    }),
    ['status', text()],
    [
      'auth',
      (call) =>
        call.args.some(
          (field) => field.text === 'token' || field.text === '--show-token' || field.text === '-t',
        )
          ? deny('secret', 'It prints a token.')
          : call.args[0]?.text === 'status'
            ? allow()
            : ask('remote', 'It changes who is logged in.'),
    ],
  ]),
)

export const gitJudges: Readonly<Record<string, Judge>> = { git, gh }

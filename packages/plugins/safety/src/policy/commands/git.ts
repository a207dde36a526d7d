import { each, text } from './named-judges.ts'
import { type Field, HOLE } from '../field.ts'
import { allow, ask, deny, noInput, type Outcome, worst } from '../outcome.ts'
import { optionSchema } from '../option-schema.ts'
import { hasOption, parseOptions } from '../parse-options.ts'
import type { Call, Judge } from '../shell.ts'
import { readPath } from '../path-rules.ts'
import { destroyPath } from '../write-rules.ts'
import { askAbout, isHelp, judgeOption, tool } from '../tool.ts'
import { gitConfig, judgeConfigValue } from './git-config.ts'
import { judgeRevisions } from './git-revisions.ts'
import { gitPush } from './git-push.ts'
import { shows, words, listing, status, branch, tag } from './git-history.ts'
import { add, commit, makesBranch, checkout } from './git-changes.ts'
import { gitQueries, only } from './git-queries.ts'
import { runsThings, fetch, asksTransport, listsRemote } from './git-remotes.ts'
import { gh } from './github.ts'

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
        : {
            ...judgeRevisions(
              {
                ...parsed,
                operands: hasOption(parsed, '-e', '-f') ? parsed.operands : parsed.operands.slice(1),
              },
              call,
              shell,
            ),
            output: {
              origin: hasOption(
                parsed,
                '-l',
                '-L',
                '--files-with-matches',
                '--name-only',
                '--files-without-match',
              )
                ? 'paths'
                : 'data',
            },
          },
})

const asks =
  (why: string): Judge =>
  (call, shell) =>
    askAbout('vcs', why, { call, shell })

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
  ...gitQueries,
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

/** What takes away files that are not committed. */
const losesFiles = new Set(['clean', 'rm', 'reset', 'checkout', 'restore'])

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
  if (losesFiles.has(name.text))
    own.push(
      ...parsed.options
        .filter((option) => option.name === '-C' || option.name === '--work-tree')
        .flatMap(({ value }) => (value ? [value] : []))
        .filter((value) => readPath(value, shell, 'names').verdict !== 'allow')
        .map((value) => destroyPath(value, shell, true)),
    )
  const judge = name.unknown === undefined ? subcommands.get(name.text) : undefined
  const found =
    args.length === 1 && args[0]?.text === '--help'
      ? judge
        ? allow()
        : ask('vcs', 'It may be an alias.')
      : args.length === 1 && args[0]?.text === '-h' && judge
        ? allow()
        : (judge?.(inner, shell) ??
          askAbout('vcs', `git ${name.text.replaceAll(HOLE, '…')} changes the repository, or is an alias.`, {
            call: inner,
            shell,
          }))
  return worst([found, ...own], found.output)
}

export const gitJudges: Readonly<Record<string, Judge>> = { git, gh }

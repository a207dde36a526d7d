import { each, publishes, text } from './named-judges.ts'
import { allow, ask, worst } from '../outcome.ts'
import { hasOption } from '../parse-options.ts'
import type { Judge } from '../shell.ts'
import { tool, tools } from '../tool.ts'
import { goals } from './build-tools.ts'
import { languageTests } from './language-tests.ts'
import { infrastructureChecks } from './infrastructure-checks.ts'
import { linters } from './linters.ts'
import { asksAboutItself } from './self-queries.ts'
import { empties, verbs } from './sub-commands.ts'

export const rspec: Judge = tool({
  options:
    '-fcbpbw -f= -e= -t= -o> -P= -O<~ -r! --format= --example= --tag= --fail-fast? --only-failures --next-failure --profile? --dry-run --seed= --order= --no-color --color --backtrace --out> --require! --pattern= --bisect',
  operands: 'text',
})

export const rubocop: Judge = tool({
  options:
    '-aADlxLSEP -f= -o> -c< -r! --format= --only= --except= --parallel --display-cop-names --fail-level= --require! --config< --auto-correct --autocorrect --autocorrect-all --lint --no-color --force-exclusion --cache=',
  operands: 'names',
  refine: (parsed) =>
    hasOption(parsed, '-a', '-A', '--auto-correct', '--autocorrect', '--autocorrect-all', '-x')
      ? ask('changes-files', 'It rewrites source files.')
      : undefined,
})

const ruby: ReadonlyMap<string, Judge> = new Map<string, Judge>([
  ['rspec', rspec],
  ['rubocop', rubocop],
  ['rails', (call, shell) => rails(call, shell)],
  ['rake', (call, shell) => rake(call, shell)],
  ['minitest', rspec],
  ['standardrb', rubocop],
  ['gem', (call, shell) => gem(call, shell)],
  ...[
    'erblint',
    'erb_lint',
    'haml-lint',
    'slim-lint',
    'reek',
    'flay',
    'flog',
    'brakeman',
    'fasterer',
    'steep',
    'srb',
    'rbs',
    'mdl',
    'cucumber',
  ].flatMap((name) => {
    const judge = linters[name] ?? infrastructureChecks[name] ?? languageTests[name]
    return judge ? [[name, judge] as const] : []
  }),
  ['bundle-audit', verbs({ check: '--quiet -q' })],
  ['bundler-audit', verbs({ check: '--quiet -q' })],
  [
    'jekyll',
    empties(
      ['-d', '--destination'],
      verbs({
        'build doctor': '-d> --strict_front_matter --drafts --future -q --quiet --trace --incremental',
      }),
    ),
  ],
])

export const rake: Judge = goals(
  'test spec lint rubocop stats notes routes standard features cucumber unit integration about',
  '-qvnt -TADPW -m --trace --tasks --dry-run --all --prereqs --where --describe -j? -f<~ -r! -R~ -e! -E! -p! -I~ --rakefile<~ --require! --execute! --libdir=~',
  ['-T', '-A', '-D', '-P', '-W', '--tasks', '--describe', '--prereqs', '--where', '-n', '--dry-run'],
)

export const gem: Judge = tools(
  '',
  new Map<string, Judge>([
    ...each(
      'list info outdated search which contents query dependency specification stale sources-never check help',
      text(
        '-alredvqi -n= -V -v= --local --remote --all --exact --versions --details --version= --prefix --lib-only --show-install-dir --spec --no-show-install-dir --pre --reverse-dependencies -R --ruby --yaml --marshal',
      ),
    ),
    ['environment', text()],
    ['env', text()],
    ...each('push yank owner', publishes),
  ]),
)

export const bundle: Judge = tools(
  '',
  new Map<string, Judge>([
    [
      'exec',
      (call, shell) => {
        const [name, ...args] = call.args
        const judge = name && ruby.get(name.text)
        if (name && asksAboutItself(name.text, args)) return allow()
        if (name && judge) return judge({ ...call, name: name.text, args }, shell)
        return worst([
          ask('runs-file', 'It runs a program.'),
          shell.runCommand(call.args, { stdin: call.stdin }),
        ])
      },
    ],
    ...each(
      'list show outdated check info platform version licenses doctor',
      text(
        '--paths --path --name-only --only-explicit --only-group= --strict --parseable --groups --group= --local --filter-major --filter-minor --filter-patch --ruby --dry-run',
      ),
    ),
  ]),
)

export const rails: Judge = tools(
  '',
  new Map<string, Judge>([
    ...each(
      'test test:system test:all test:models test:controllers test:integration spec',
      tool({
        options: '-vbfd -n= --verbose --fail-fast --seed= --name= --backtrace --defer-output -p --profile=',
        operands: 'names',
      }),
    ),
    ...each('-T notes', text('-a= --annotations=')),
    ['routes', text('-cgE -c= -g= --expanded --grep=')],
    ['stats', text()],
    ['about', text()],
    ['zeitwerk:check', text()],
    ['--version', text()],
  ]),
)

import { each, text } from './named-judges.ts'
import { ask, worst } from '../outcome.ts'
import { hasOption } from '../parse-options.ts'
import type { Judge } from '../shell.ts'
import { tool, tools } from '../tool.ts'
import { goals } from './build-tools.ts'

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
  ['rake', goals('test spec lint rubocop', '-qvnt -T -P --trace --tasks --dry-run')],
  ['minitest', rspec],
  ['standardrb', rubocop],
])

export const bundle: Judge = tools(
  '',
  new Map<string, Judge>([
    [
      'exec',
      (call, shell) => {
        const [name, ...args] = call.args
        const judge = name && ruby.get(name.text)
        if (name && judge) return judge({ ...call, name: name.text, args }, shell)
        return worst([
          ask('runs-file', 'It runs a program.'),
          shell.runCommand(call.args, { stdin: call.stdin }),
        ])
      },
    ],
    ...each(
      'list show outdated check info platform version',
      text('--paths --only-explicit --strict --parseable'),
    ),
  ]),
)

export const rails: Judge = tools(
  '',
  new Map<string, Judge>([
    ['test', text('-vbf -n= --verbose --fail-fast --seed=')],
    ['routes', text('-cgE -c= -g= --expanded --grep=')],
    ['stats', text()],
    ['about', text()],
    ['zeitwerk:check', text()],
    ['--version', text()],
  ]),
)

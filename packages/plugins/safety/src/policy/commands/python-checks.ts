import { allow, ask, deny } from '../outcome.ts'
import type { Judge } from '../shell.ts'
import { askAbout, isHelp, tool, tools } from '../tool.ts'
import { insideOnly } from '../inside-only.ts'

/** pytest's own options: what they name stays in the project, `-p` and `-c` load code. */
const pytestOptions = tool({
  options: `-qvxslh -k= -m= -n= -r= --quiet --verbose --maxfail= --exitfirst --lf --ff --nf --last-failed --failed-first --durations= --tb= --no-header --no-summary --co --collect-only
    --disable-warnings --cov? --cov-report= --cov-branch --cov-fail-under= --junitxml> --junit-xml> --strict-markers --strict --strict-config --pdb~ --capture= --color= --timeout= --reruns= --sw --stepwise
    --random-order --ignore= --deselect= --import-mode= --asyncio-mode= --setup-show --fixtures --markers --numprocesses= --dist= -W= --benchmark-only --benchmark-skip --no-cov --snapshot-update
    --showlocals --full-trace --version --cache-clear --pyargs --doctest-modules --runslow --runxfail --numprocesses=`,
  operands: 'names',
})

/** `-p` loads a plugin; switching one off does not. */
export const pytest: Judge = (call, shell) => {
  const off = new Set(
    call.args.flatMap((field, index) =>
      field.text === '-p' && call.args[index + 1]?.text.startsWith('no:') ? [index, index + 1] : [],
    ),
  )
  return pytestOptions({ ...call, args: call.args.filter((_, index) => !off.has(index)) }, shell)
}

const unittest = tool({
  options: '-vqfbcl -s/ -t/ -p= -k= --verbose --quiet --failfast --buffer --catch --locals',
  operands: 'text',
})

export const mypy: Judge = tool({
  options: `-p= -m= -v --strict --ignore-missing-imports --show-error-codes --pretty --no-error-summary --check-untyped-defs --warn-unused-ignores --config-file< --python-version=
  --exclude= --namespace-packages --explicit-package-bases --follow-imports= --no-incremental --disallow-untyped-defs --hide-error-context --show-column-numbers --no-color-output --version --warn-return-any --disable-error-code=`,
  operands: 'names',
})

export const black: Judge = tool({
  options:
    '-l= -t= -qvC --check --diff --color --line-length= --target-version= --quiet --verbose --exclude= --include= --extend-exclude= --fast --skip-string-normalization --version',
  operands: 'names',
  refine: (parsed) =>
    parsed.options.some(({ name }) => ['--check', '--diff', '--version'].includes(name))
      ? undefined
      : ask('changes-files', 'It rewrites source files.'),
})

export const isort: Judge = tool({
  options: '-cqv --check --check-only --diff --profile= --quiet --line-length= --skip= --version-number',
  operands: 'names',
  refine: (parsed) =>
    parsed.options.some(({ name }) => ['-c', '--check', '--check-only', '--diff'].includes(name))
      ? undefined
      : ask('changes-files', 'It rewrites source files.'),
})

export const flake8: Judge = tool({
  options:
    '-qv -j= --max-line-length= --select= --ignore= --extend-ignore= --exclude= --count --statistics --show-source --max-complexity= --format= --per-file-ignores= --version',
  operands: 'names',
})

export const pylint: Judge = tool({
  options:
    '-E -j= -f= -r= -s= --errors-only --disable= --enable= --output-format= --score= --reports= --jobs= --fail-under= --ignore= --version --recursive=',
  operands: 'names',
})

export const ruff: Judge = tools(
  '-qvs',
  new Map([
    [
      'check',
      tool({
        options:
          '-qvn --select= --ignore= --extend-select= --extend-ignore= --statistics --output-format= --no-cache --exclude= --line-length= --target-version= --diff --show-files --show-settings --preview --quiet --no-fix --exit-zero --isolated --config<',
        operands: 'names',
      }),
    ],
    [
      'format',
      tool({
        options: '-q --check --diff --line-length= --exclude= --target-version= --no-cache --preview',
        operands: 'names',
        refine: (parsed) =>
          parsed.options.some(({ name }) => name === '--check' || name === '--diff')
            ? undefined
            : ask('changes-files', 'It rewrites source files.'),
      }),
    ],
    ['rule', tool({ operands: 'text', options: '--all' })],
    ['version', tool({ operands: 'none' })],
    ['linter', tool({ operands: 'none' })],
  ]),
)

export const shows = (options: string): Judge => tool({ options, operands: 'text' })

export const pip: Judge = tools(
  '-qv --disable-pip-version-check --no-color --no-input',
  new Map([
    [
      'list',
      shows(
        '-ole --outdated --uptodate --editable --format= --not-required --local --user --exclude-editable',
      ),
    ],
    ['show', shows('-fv --files --verbose')],
    ['freeze', shows('-l --local --user --all --exclude-editable')],
    ['check', shows('')],
    ['--version', shows('')],
    ['-V', shows('')],
    ['help', shows('')],
    ['debug', shows('')],
    ['index', shows('')],
    [
      'cache',
      (call, shell) =>
        ['list', 'dir', 'info'].includes(call.args[0]?.text ?? '')
          ? allow()
          : askAbout('host', 'It empties the cache.', { call, shell }),
    ],
  ]),
)

export const coverage: Judge = tools(
  '',
  new Map([
    [
      'report',
      tool({
        options:
          '-mi --show-missing --skip-covered --include= --omit= --fail-under= --precision= --sort= --format=',
        operands: 'names',
      }),
    ],
    [
      'run',
      (call, shell) => {
        const at = call.args.findIndex((field) => field.text === '-m')
        const judge =
          at >= 0 &&
          call.args
            .slice(0, at)
            .every(
              (field) =>
                ['--branch', '-p', '-a', '--append', '--parallel-mode'].includes(field.text) ||
                field.text.startsWith('--source='),
            )
            ? pythonModule(call.args[at + 1]?.text ?? '')
            : undefined
        return (
          judge?.({ ...call, args: call.args.slice(at + 2) }, shell) ??
          askAbout('runs-file', 'It runs code.', { call, shell })
        )
      },
    ],
    ['html', tool({ options: '-d> --directory> -q', operands: 'none' })],
    ['xml', tool({ options: '-o> -q', operands: 'none' })],
    ['json', tool({ options: '-o> -q --pretty-print', operands: 'none' })],
    ['combine', shows('')],
  ]),
)

const askAboutVenv: Judge = (call, shell) =>
  isHelp(call) ? allow() : askAbout('changes-files', 'It makes an environment.', { call, shell })

export const modules: ReadonlyMap<string, Judge> = new Map<string, Judge>([
  ['pytest', pytest],
  ['unittest', unittest],
  ['mypy', mypy],
  ['black', black],
  ['isort', isort],
  ['flake8', flake8],
  ['pylint', pylint],
  ['ruff', ruff],
  ['pip', pip],
  ['coverage', coverage],
  [
    'json.tool',
    tool({
      options: '--sort-keys --indent= --tab --no-indent --compact --json-lines',
      first: ['read', 'write'],
    }),
  ],
  ['py_compile', tool({ operands: 'names' })],
  ['compileall', tool({ options: '-qflr -j=', operands: 'names' })],
  ['doctest', tool({ options: '-vf -o=', operands: 'names' })],
  ['site', tool({ operands: 'none' })],
  ['pyflakes', tool({ operands: 'names' })],
  ['venv', askAboutVenv],
  ['tabnanny', tool({ operands: 'names', options: '-vq' })],
  ['pydocstyle', shows('--convention= -v')],
  ['pycodestyle', tool({ options: '--max-line-length= --select= --ignore=', operands: 'names' })],
  [
    'bandit',
    tool({ options: '-rqliv -f= -c< -x= --recursive --format= --severity-level=', operands: 'names' }),
  ],
  ['vulture', tool({ options: '--min-confidence= --exclude=', operands: 'names' })],
  [
    'pyright',
    tool({ options: '-p= --outputjson --project< --stats --verbose --warnings', operands: 'names' }),
  ],
  ['dis', tool({})],
  ['ast', tool({ options: '-m= -a -i=' })],
  ['tokenize', tool({ options: '-e' })],
  ['zipfile', tool({ options: '-l< --list< -t<', operands: 'none' })],
  ['tarfile', tool({ options: '-l< --list< -t< -v', operands: 'none' })],
  ['sysconfig', tool({ operands: 'none' })],
  ['platform', tool({ operands: 'none' })],
  ['calendar', tool({ operands: 'text' })],
  [
    'twine',
    (call) => (call.args[0]?.text === 'check' ? allow() : deny('publishes', 'It publishes to the world.')),
  ],
  [
    'flit',
    (call) =>
      call.args[0]?.text === 'publish'
        ? deny('publishes', 'It publishes to the world.')
        : ask('unknown-command', 'It is not on the list.'),
  ],
  ['pipdeptree', tool({ options: '-ar --json --reverse --packages=', operands: 'none' })],
  ['nox', tool({ options: '-lr -s= -e= --list --session=', operands: 'none' })],
  ['tox', tool({ options: '-qvlpr -e= --listenvs --parallel?', operands: 'none' })],
])

/** The judge of `python -m name`. */
export const pythonModule = (name: string): Judge | undefined => {
  const judge = modules.get(name)
  return judge && insideOnly(judge)
}

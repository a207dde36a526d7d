import { publishes } from './named-judges.ts'
import { allow, ask, deny, worst } from '../outcome.ts'
import type { Judge } from '../shell.ts'
import { askAbout, tool, tools } from '../tool.ts'
import { isPlain } from '../field.ts'
import { isSafeScript } from './package-scripts.ts'
import { insideOnly } from '../inside-only.ts'
import {
  pytest,
  mypy,
  black,
  isort,
  flake8,
  pylint,
  ruff,
  shows,
  pip,
  coverage,
  modules,
} from './python-checks.ts'

const pyright = tool({
  options:
    '-p= --outputjson --project< --stats --verbose --pythonversion= --version --level= --warnings --threads?',
  operands: 'names',
})

/** `hatch run test`: a script that the project declares, or a command. */
const runsScript: Judge = (call, shell) => {
  const [name] = call.args
  return call.args.length === 1 && name && isPlain(name) && isSafeScript(name.text.split(':').at(-1) ?? '')
    ? allow()
    : runsTool(call, shell)
}

/** `uv run pytest`: a command of the project's environment. */
const runsTool: Judge = (call, shell) => {
  const [name, ...args] = call.args
  const judge =
    name && !name.text.startsWith('-')
      ? (modules.get(name.text) ??
        (/^python3?$/.test(name.text) && args[0]?.text === '-m'
          ? modules.get(args[1]?.text ?? '')
          : undefined))
      : undefined
  if (!name || !judge)
    return call.args.length > 0 && name && !name.text.startsWith('-')
      ? worst([
          ask('runs-file', `"${name.text}" is not a known tool.`),
          shell.runCommand(call.args, { stdin: call.stdin }),
        ])
      : askAbout('unknown-command', 'It runs a program.', { call, shell })
  return judge({ ...call, name: name.text, args: modules.has(name.text) ? args : args.slice(2) }, shell)
}

const uv = tools(
  '-qv',
  new Map<string, Judge>([
    ['run', runsTool],
    ['pip', pip],
    ['tree', shows('--depth= --outdated')],
    [
      'lock',
      (call, shell) =>
        call.args.length === 1 && call.args[0]?.text === '--check'
          ? allow()
          : askAbout('supply-chain', 'It changes dependencies.', { call, shell }),
    ],
    ['version', shows('')],
    [
      'python',
      (call, shell) =>
        call.args[0]?.text === 'list'
          ? allow()
          : askAbout('unknown-command', 'It changes Python installations.', { call, shell }),
    ],
    ['publish', publishes],
  ]),
)

const poetry = tools(
  '-qnv --no-ansi -C/',
  new Map<string, Judge>([
    ['run', runsTool],
    ['show', shows('-tlao --tree --latest --outdated --only= --with=')],
    ['check', shows('--lock')],
    [
      'env',
      (call, shell) =>
        ['info', 'list'].includes(call.args[0]?.text ?? '')
          ? allow()
          : askAbout('unknown-command', 'It changes environments.', { call, shell }),
    ],
    ['publish', publishes],
  ]),
)

const runner = tools(
  '',
  new Map<string, Judge>([
    ['run', runsScript],
    ['show', shows('')],
    ['list', shows('')],
    ['publish', publishes],
    ['graph', shows('')],
  ]),
)

const tox = tool({ options: '-qvlpr -e= --listenvs --parallel?', operands: 'none' })

const judges: Readonly<Record<string, Judge>> = {
  pytest,
  'py.test': pytest,
  mypy,
  black,
  isort,
  flake8,
  pylint,
  pyright,
  basedpyright: pyright,
  ruff,
  pip,
  pip3: pip,
  coverage,
  uv,
  poetry,
  pdm: runner,
  pipenv: runner,
  hatch: runner,
  rye: runner,
  tox,
  nox: tool({ options: '-lr -s= -e= --list --session=', operands: 'none' }),
  bandit: tool({ options: '-rqlliv -f= -c< -x= --recursive --format= --severity-level=', operands: 'names' }),
  vulture: tool({ options: '--min-confidence= --exclude=', operands: 'names' }),
  djlint: tool({ options: '--check --lint', operands: 'names' }),
  twine: (call) =>
    call.args[0]?.text === 'check' ? allow() : deny('publishes', 'It publishes to the world.'),
  pyenv: tools(
    '',
    new Map([
      ['version', shows('')],
      ['versions', shows('--bare')],
      ['which', shows('')],
    ]),
  ),
  pipdeptree: tool({
    options:
      '-par -w= -d= -e= -o= --json --json-tree --reverse --packages= --depth= --warn= --exclude= --freeze --local-only -l -u --user-only -f',
    operands: 'none',
  }),
  'pip-licenses': tool({
    options: '--format= --order= --summary --with-urls --packages= --from= --fail-on=',
    operands: 'none',
  }),
  pipx: tools(
    '',
    new Map([
      ['list', shows('--json --short --include-injected')],
      ['environment', shows('')],
    ]),
  ),
  flit: tools(
    '',
    new Map<string, Judge>([
      ['publish', publishes],
      ['info', shows('')],
    ]),
  ),
  maturin: tools(
    '',
    new Map<string, Judge>([
      ['publish', publishes],
      ['upload', publishes],
      ['list-python', shows('')],
    ]),
  ),
  jupyter: (call, shell) => askAbout('inline-code', 'A notebook runs code.', { call, shell }),
}

export const pythonJudges: Readonly<Record<string, Judge>> = Object.fromEntries(
  Object.entries(judges).map(([name, judge]) => [name, insideOnly(judge)]),
)

import { publishes } from './named-judges.ts'
import { anyCode } from './script-hosts.ts'
import { allow } from '../outcome.ts'
import type { Judge } from '../shell.ts'
import { askAbout, tool } from '../tool.ts'
import { onlyWith, verbs } from './sub-commands.ts'

const shown =
  (...names: readonly string[]): Judge =>
  (call, shell) =>
    call.args.length > 0 && call.args.every((field) => names.includes(field.text))
      ? allow()
      : askAbout('unknown-command', 'It is not known to only look.', { call, shell })

const stackOptions =
  '--fast --pedantic --test --no-run-tests --bench --no-run-benchmarks --coverage --haddock --no-haddock-deps --ta=~ --test-arguments=~ --flag= --ghc-options=~ --dry-run --only-dependencies~ --keep-going --jobs= -j= --silent --no-terminal --stack-yaml<'
const cabalOptions =
  '-v? -j? -O? --enable-tests --enable-coverage --test-show-details= --test-option=~ --test-options=~ --enable-benchmarks --ghc-options=~ --builddir> --keep-going --dry-run --project-file<~ --offline --with-compiler=! -w!'

const leinAliases = 'test check deps-tree compile version classpath eastwood kibit bikeshed cloverage ancient'

const lein: Judge = (call, shell) => {
  const [verb, ...rest] = call.args
  if (verb?.text === 'deploy') return publishes(call, shell)
  if (
    verb?.text === 'deps' &&
    (rest[0]?.text === ':tree' || rest[0]?.text === ':verify') &&
    rest.length === 1
  )
    return allow()
  if (verb?.text === 'cljfmt' && rest[0]?.text === 'check') return allow()
  return verb && leinAliases.split(' ').includes(verb.text)
    ? tool({ options: '-n', operands: 'text' })({ ...call, args: rest }, shell)
    : askAbout('runs-script', 'What the task does is not known.', { call, shell })
}

/** `clojure -M:test`: an alias that deps.edn declares. */
const clojure: Judge = (call, shell) =>
  call.args.length === 1 &&
  /^-[MX]:(?:test|tests|lint|check|kondo|fmt-check|format-check|unit)$/.test(call.args[0]?.text ?? '')
    ? allow()
    : call.args.length === 1 && ['-Stree', '-Spath', '-Sdescribe'].includes(call.args[0]?.text ?? '')
      ? allow()
      : anyCode(call, shell)

const dune = verbs(
  {
    'build test runtest':
      '-j= --display= --profile= --release -p= --root/ --force -f --no-buffer --verbose --auto-promote~ --auto~ -w --watch',
    'describe rules': '',
    show: '',
  },
  { options: '' },
)

const mixTest = tool({
  options:
    '--trace --failed --stale --cover --warnings-as-errors --only= --exclude= --include= --seed= --max-failures= --color --no-color --slowest= --max-cases= --partitions= --raise --no-start --no-compile --no-deps-check --formatter=~ --listen-on-stdin --preload-modules --export-coverage= --timeout= -r!',
  operands: 'names',
})
const mix: Judge = verbs(
  {
    compile:
      '--force --warnings-as-errors --all-warnings --no-deps-check --no-optional-deps --profile= --no-validate-compile-env --return-errors --verbose',
    credo:
      '--strict --format= --only= --ignore= --all -a -A --min-priority= --files-included= --mute-exit-status',
    dialyzer: '--format= --quiet --no-check --no-compile --halt-exit-status --list-unused-filters --plt',
    'deps deps.tree deps.audit hex.audit hex.outdated app.tree help xref phx.routes docs sobelow doctor':
      '--all --only= --format= --config --exit --verbose --with-version-check',
    'app.config loadpaths': '',
  },
  {
    others: [
      ['test', mixTest],
      [
        'format',
        onlyWith(
          ['--check-formatted', '--dry-run'],
          '--check-formatted --dry-run --dot-formatter<~ --check-equivalent',
        ),
      ],
      ['hex.publish', publishes],
    ],
  },
)

const rebar: Judge = (call, shell) => {
  const args = call.args[0]?.text === 'as' ? call.args.slice(2) : call.args
  return verbs(
    {
      'eunit ct proper dialyzer xref tree compile lint version cover deps as':
        '-v --verbose --suite= --case= --group= --dir/ --module= --app= -c --cover --min_coverage=',
      fmt: '--check',
    },
    {
      others: [
        ['fmt', onlyWith(['--check'], '--check')],
        ['hex', publishes],
      ],
    },
  )({ ...call, args }, shell)
}

/** Tests, builds and checks of the projects of functional languages. */
export const functionalLanguages: Readonly<Record<string, Judge>> = {
  stack: verbs(
    {
      'test build haddock bench': stackOptions,
      'ls path query dot': '--no-terminal --project-root --dependencies',
    },
    {
      options: '--no-terminal --silent --stack-yaml< --system-ghc --resolver=~',
      others: [['upload', publishes]],
    },
  ),
  cabal: verbs(
    {
      'test build bench check haddock outdated list-bin v2-test v2-build new-test new-build freeze-check target':
        cabalOptions,
    },
    { options: '-v?', others: [['upload', publishes]] },
  ),
  lein,
  clj: clojure,
  clojure,
  bb: verbs({ 'test tasks lint check': '' }),
  'clj-kondo': tool({
    options:
      '--lint= --parallel --fail-level= --cache= --config=~ --report-level= --repro --dependencies --copy-configs~',
    operands: 'names',
  }),
  cljfmt: verbs({ check: '' }),
  dune,
  opam: verbs(
    {
      'list show info lint search': '-a -i -s --short --installed --columns= --all --safe',
      var: '',
    },
    {
      others: [
        ['switch', shown('list', 'show')],
        ['publish', publishes],
      ],
    },
  ),
  mix,
  rebar3: rebar,
  gleam: verbs(
    { 'test build check': '--target= --warnings-as-errors', deps: '' },
    {
      others: [
        ['format', onlyWith(['--check'], '--check')],
        ['deps', shown('list')],
        ['publish', publishes],
      ],
    },
  ),
}

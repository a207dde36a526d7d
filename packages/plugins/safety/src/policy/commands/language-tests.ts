import { publishes } from './named-judges.ts'
import { anyCode } from './script-hosts.ts'
import { isPlain } from '../field.ts'
import { allow, ask } from '../outcome.ts'
import { readPath } from '../path-rules.ts'
import type { Judge } from '../shell.ts'
import { askAbout, tool } from '../tool.ts'
import { onlyWith, verbs } from './sub-commands.ts'

const julia: Judge = (call, shell) => {
  const rest = call.args.filter(
    (field) =>
      !/^--(?:project(?:=\.|=@\.)?|color=\w+|startup-file=no|check-bounds=\w+|depwarn=\w+|code-coverage(?:=user)?)$|^-t\d+$/.test(
        field.text,
      ),
  )
  const [first, code] = rest
  const known = /^(?:using|import) Pkg;\s*Pkg\.(?:test|status)\((?:"[\w.-]+")?\)$/
  if (first?.text === '-e' && rest.length === 2 && code && isPlain(code) && known.test(code.text.trim()))
    return allow()
  if (rest.length === 1 && first?.text === 'test/runtests.jl') return readPath(first, shell)
  return anyCode(call, shell)
}

const rscriptCalls =
  /^(?:devtools|testthat|lintr|rcmdcheck|styler|covr)::(?:test|check|test_local|test_dir|test_file|lint|lint_package|lint_dir|rcmdcheck|package_coverage|document_check)\((?:["'](?!\/|\.\.)[\w./-]*["'])?\)$/

const rscript: Judge = (call, shell) => {
  const args = call.args.filter((field) => !['--vanilla', '--no-save', '--quiet', '-q'].includes(field.text))
  const [first, code] = args
  return first?.text === '-e' && args.length === 2 && code && isPlain(code) && rscriptCalls.test(code.text)
    ? allow()
    : anyCode(call, shell)
}

const r: Judge = (call, shell) => {
  const [cmd, verb, ...rest] = call.args
  if (cmd?.text !== 'CMD') return rscript(call, shell)
  return verb && ['check', 'build', 'config'].includes(verb.text)
    ? tool({
        options:
          '--as-cran --no-manual --no-build-vignettes --no-vignettes --no-tests --no-examples --no-install --output/ --all -o/ --cppflags --ldflags',
        operands: 'names',
      })({ ...call, args: rest }, shell)
    : askAbout('runs-script', 'It installs or runs something.', { call, shell })
}

const zig: Judge = (call, shell) => {
  const [verb, ...rest] = call.args
  const inner = { ...call, args: rest }
  if (verb?.text === 'build') {
    const steps = new Set('test check docs fmt-check lint unit'.split(' '))
    return tool({
      options:
        '-Doptimize= -Dtarget= -Doptimize=Debug --summary= --verbose -freference-trace? --release? -j= --build-file<~ --prefix> -p> --color=',
      singleDash: true,
      operands: 'text',
      refine: (parsed) =>
        parsed.operands.every((field) => steps.has(field.text))
          ? undefined
          : ask('runs-script', 'What the step does is not known.'),
    })(inner, shell)
  }
  return verbs(
    {
      'test ast-check': '--test-filter= --summary=',
      'version env targets zen libc': '',
    },
    { others: [['fmt', onlyWith(['--check'], '--check --ast-check --exclude=')]] },
  )(call, shell)
}

const testPaths = (options: string): Judge => tool({ options, operands: 'names' })

export const languageTests: Readonly<Record<string, Judge>> = {
  julia,
  R: r,
  Rscript: rscript,
  zig,
  crystal: verbs({
    spec: '-v --verbose --fail-fast --order= --tag= -e= --error-trace --junit_output> --no-color',
    'docs env version': '',
    build: '--no-codegen --error-trace --release --debug -o> --progress --stats',
  }),
  ameba: tool({ options: '--format= --only= --except= --silent --gen-config~', operands: 'names' }),
  shards: verbs({ 'check list outdated version': '--tree' }),
  nim: verbs({ check: '--hints:off --warnings:off --styleCheck:error --verbosity:0', dump: '' }),
  nimble: verbs(
    { 'test check list dump tasks': '-y --silent --verbose -i --installed' },
    { others: [['publish', publishes]] },
  ),
  'elm-test': testPaths('--compiler=! --seed= --fuzz= --report='),
  'elm-format': onlyWith(['--validate'], '--validate --elm-version='),
  elm: verbs(
    { make: '--optimize --debug --output> --report= --docs>' },
    { others: [['publish', publishes]] },
  ),
  busted: testPaths(
    '-v -o= --coverage --tags= --exclude-tags= --filter= --shuffle -p= --pattern= --no-coverage',
  ),
  luacheck: testPaths(
    '-q --no-color --formatter= --globals= --std= --codes --ignore= --only= --exclude-files= --include-files=',
  ),
  luac: tool({
    options: '-p',
    operands: 'names',
    refine: (parsed) => (parsed.options.length > 0 ? undefined : ask('changes-files', 'It writes a file.')),
  }),
  luarocks: verbs(
    { 'list show search lint config-show': '--local --porcelain --outdated' },
    { others: [['upload', publishes]] },
  ),
  prove: testPaths(
    '-lrvbfsq -j= --lib --blib --recurse --verbose --timer --failures --shuffle --color --nocolor --jobs= --state= --formatter=~ -I/ -e! --exec! -P~ --norc -a>',
  ),
  perlcritic: testPaths(
    '--stern --harsh --cruel --gentle --brutal --severity= --verbose= --quiet -# --exclude= --include= --theme= --profile<',
  ),
  dub: verbs({
    'test build lint describe list':
      '--compiler=! --build= --config= -b= -c= --force --root/ --coverage --deep',
  }),
  fpm: verbs({ 'test build': '--profile= --verbose --list --compiler=!' }),
  alr: verbs({ 'build test show list version': '' }),
  ginkgo: testPaths(
    '-r -v -vv -p --race --cover --trace --dry-run --focus= --skip= --label-filter= --keep-going --fail-fast --randomize-all --randomize-suites --repeat= --timeout= --nodes= --procs= --skip-package= --fail-on-pending --json-report> --junit-report> --output-dir> --coverprofile> --tags= --succinct --no-color --until-it-fails~',
  ),
  behave: testPaths('-t= -n= --tags= --name= --format= -f= --dry-run --no-capture --stop -k --no-color'),
  pants: verbs(
    { 'test lint check list dependencies filedeps peek roots': '' },
    { options: '--changed-since= --no-pantsd' },
  ),
  forge: verbs(
    {
      'test build snapshot-check coverage tree inspect':
        '-vvvvv --match-test= --match-contract= --match-path= --gas-report --no-match-test= --fork-url=~ --ffi~ --sizes --mt= --mc= --report= --force',
    },
    { others: [['fmt', onlyWith(['--check'], '--check')]] },
  ),
  hardhat: verbs({ 'test compile': '--network=~ --grep= --parallel --bail --no-compile --force --quiet' }),
  'scala-cli': verbs(
    { 'test compile': '--watch --test-only= -S= --server=false --power' },
    {
      others: [
        ['fmt', onlyWith(['--check'], '--check')],
        ['publish', publishes],
      ],
    },
  ),
  mill: (call, shell) =>
    call.args.length > 0 &&
    call.args.every(
      (field) =>
        isPlain(field) &&
        /^(?:[\w[\]*]+\.|__\.)*(?:test|compile|checkFormat|resolve|testForked)$|^-[ik]$|^_$|^resolve$/.test(
          field.text,
        ),
    )
      ? allow()
      : askAbout('runs-script', 'What the task does is not known.', { call, shell }),
  nox: tool({
    options: '-lr -s= -e= -k= -t= --list --session= --reuse-existing-virtualenvs -R',
    operands: 'none',
  }),
  cucumber: testPaths(
    '-t= --tags= --dry-run -f= --format= --strict --no-color --publish~ -p= --name= -n= --quiet -r!',
  ),
}

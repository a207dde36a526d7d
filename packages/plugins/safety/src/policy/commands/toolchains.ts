import { each, publishes, text } from './named-judges.ts'
import { isPlain } from '../field.ts'
import { allow, ask } from '../outcome.ts'
import { hasOption } from '../parse-options.ts'
import { readPath } from '../path-rules.ts'
import type { Judge } from '../shell.ts'
import { askAbout, tool, tools } from '../tool.ts'
import { insideOnly } from '../inside-only.ts'
import { go, cargoCommand } from './rust-and-go.ts'
import { make, goals, versionOnly, cmake, gcc, ninjaGoals } from './build-tools.ts'
import { gradle, mvn, dotnet } from './jvm-and-net.ts'
import { rspec, rubocop, bundle, rails } from './ruby-tools.ts'
import { binary, checks } from './binary-tools.ts'

const rewritesUnless = (options: string, unless: readonly string[], singleDash = false): Judge =>
  tool({
    options,
    singleDash,
    operands: 'names',
    refine: (parsed) =>
      hasOption(parsed, ...unless) ? undefined : ask('changes-files', 'It rewrites source files.'),
  })

const mix = goals(
  'test compile credo dialyzer deps.tree format help xref',
  '--trace --failed --stale --cover --warnings-as-errors --check-formatted --strict --only= --exclude= --seed= --max-failures=',
)

const composerScripts = new Set(['test', 'lint', 'check', 'cs', 'stan', 'phpstan', 'analyse', 'phpunit'])

const composer = tools(
  '-nqv --no-interaction --no-ansi -d/',
  new Map(
    each(
      'validate show outdated licenses check-platform-reqs why why-not depends diagnose',
      text('--strict --no-check-all --no-check-publish --tree --direct --installed --all --format= -t -D -o'),
    ),
  ),
  {
    otherwise: (call, shell) =>
      composerScripts.has(call.args[0]?.text ?? '') && call.args.every(isPlain)
        ? allow()
        : askAbout('supply-chain', 'It changes dependencies or runs scripts.', { call, shell }),
  },
)

const judges: Readonly<Record<string, Judge>> = {
  cargo: cargoCommand,
  rustc: (call, shell) =>
    ['--print', '--explain'].includes(call.args[0]?.text ?? '') && call.args.length === 2
      ? allow()
      : versionOnly('')(call, shell),
  readelf: binary,
  nm: binary,
  objdump: binary,
  otool: binary,
  size: binary,
  codespell: checks('-S= -L= -I< --skip= --ignore-words-list= --ignore-words<'),
  typos: checks('--format= --exclude= --diff'),
  vale: checks('--output= --glob= --minAlertLevel='),
  tflint: checks('--recursive --format= --no-color'),
  rustup: tools(
    '',
    new Map<string, Judge>([
      ['show', text()],
      ['--version', text()],
      ['which', text()],
    ]),
  ),
  rustfmt: rewritesUnless('--check --edition= -q -v --config= -l', ['--check']),
  go,
  gofmt: tool({
    options: '-l -d -s -e -w -r=',
    singleDash: true,
    operands: 'names',
    refine: (parsed) =>
      hasOption(parsed, '-w') ? ask('changes-files', 'It rewrites source files.') : undefined,
  }),
  goimports: tool({
    options: '-l -d -e -w -local=',
    singleDash: true,
    operands: 'names',
    refine: (parsed) =>
      hasOption(parsed, '-w') ? ask('changes-files', 'It rewrites source files.') : undefined,
  }),
  'golangci-lint': tools(
    '',
    new Map<string, Judge>([
      [
        'run',
        text(
          '-vc< -E= -D= --timeout= --fast --new --new-from-rev= --out-format= --config< --enable= --disable= --no-config --verbose --issues-exit-code= --print-issued-lines --max-issues-per-linter= --max-same-issues= --build-tags= --tests --allow-parallel-runners',
        ),
      ],
      ['linters', text()],
      ['version', text()],
    ]),
  ),
  staticcheck: text('-checks= -f= -tests', true),
  gotestsum: text('-f= --format= --junitfile> --rerun-fails'),
  make,
  gmake: make,
  just: goals('test lint build check fmt-check typecheck', '-ln --list --dry-run --summary'),
  task: goals('test lint build check', '-l --list -n --dry --summary'),
  gradle,
  gradlew: gradle,
  mvn,
  mvnw: mvn,
  ant: goals('test compile build', '-qv'),
  sbt: goals('test compile Test/compile', '-v'),
  bazel: tools(
    '',
    new Map<string, Judge>([
      ...each(
        'build test query cquery',
        text(
          '--config= -c= --test_output= --keep_going -k --jobs= --nocache_test_results --output= --test_filter= --noshow_progress',
        ),
      ),
      ['version', text()],
      ['info', text()],
    ]),
  ),
  dotnet,
  bundle,
  rspec,
  rubocop,
  standardrb: rubocop,
  rake: goals('test spec lint rubocop', '-qvnt -T -P --trace --tasks --dry-run'),
  rails,
  gem: tools(
    '',
    new Map<string, Judge>([
      ...each('list info environment outdated search which', text('-alr --local --remote --all')),
      ...each('push yank owner', publishes),
    ]),
  ),
  mix,
  cmake,
  ctest: text(
    '-VvjNQ -j= -R= -E= -L= -C= -T=~ --output-on-failure --verbose --parallel= --rerun-failed --timeout= --test-dir/ --stop-on-failure --no-tests= --show-only?',
  ),
  ninja: (call, shell) =>
    call.args.length === 2 && call.args[0]?.text === '-C' && call.args[1]
      ? readPath(call.args[1], shell, 'names')
      : ninjaGoals(call, shell),
  meson: tools(
    '',
    new Map<string, Judge>([
      ['test', text('-vC/ --no-rebuild --print-errorlogs --suite= --list')],
      ['compile', text('-vC/ -j=')],
    ]),
  ),
  gcc,
  'g++': gcc,
  cc: gcc,
  'c++': gcc,
  clang: gcc,
  'clang++': gcc,
  'clang-format': rewritesUnless('-n -i --dry-run --style= -style= --Werror -Werror', ['-n', '--dry-run']),
  'clang-tidy': tool({
    options: '-p/ --checks= -checks= --quiet --config= --warnings-as-errors= --header-filter=',
    operands: 'names',
  }),
  java: versionOnly(''),
  javac: versionOnly(''),
  swift: tools(
    '',
    new Map<string, Judge>([
      ['build', text('-c= -v --configuration= --verbose')],
      ['test', text('--filter= --parallel -v --skip-build --enable-code-coverage')],
      ['--version', text()],
    ]),
  ),
  xcodebuild: (call, shell) => askAbout('runs-script', 'It runs build phases.', { call, shell }),
  flutter: tools(
    '',
    new Map<string, Judge>([
      ['test', text('--coverage -r= --name=')],
      ['analyze', text('--no-fatal-infos')],
      ['doctor', text('-v')],
      ['--version', text()],
    ]),
  ),
  dart: tools(
    '',
    new Map<string, Judge>([
      ['test', text('-r= -n=')],
      ['analyze', text('--fatal-infos')],
      ['--version', text()],
    ]),
  ),
  composer,
  phpunit: text(
    '--filter= --testsuite= --stop-on-failure --colors? --testdox --group= -c<~ --coverage-text --no-coverage --verbose',
  ),
  phpstan: tools(
    '',
    new Map<string, Judge>([
      ['analyse', text('-l= -c< --level= --no-progress --memory-limit= --error-format= --configuration<')],
      ['analyze', text('-l= -c< --level= --no-progress --memory-limit=')],
    ]),
  ),
  phpcs: text('-snp --standard= --report= --extensions= --ignore='),
  shellcheck: tool({
    options:
      '-xa -s= -e= -S= -f= --shell= --exclude= --severity= --format= --external-sources --color? --include= --enable= -i= -o= -W=',
  }),
  shfmt: rewritesUnless('-d -l -i= -ci -bn -sr -w -s -ln= --diff --list', ['-d', '-l', '--diff', '--list']),
  hadolint: tool({ options: '-f= --format= --ignore= -c< --config< --no-fail --failure-threshold=' }),
  actionlint: tool({ options: '-color -verbose -format= -ignore= -no-color -oneline', singleDash: true }),
  yamllint: tool({ options: '-sc< -d= -f= --strict --format= --no-warnings', operands: 'names' }),
  ansiblelint: tool({}),
  'pre-commit': tools(
    '',
    new Map<string, Judge>([
      [
        'run',
        (call, shell) =>
          askAbout('runs-script', 'Hooks run programs and may rewrite files.', { call, shell }),
      ],
      ['--version', text()],
    ]),
  ),
  protoc: versionOnly(''),
  buf: tools(
    '',
    new Map<string, Judge>([
      ['lint', text('--path= --error-format=')],
      ['build', text('')],
      ['breaking', text('--against=')],
    ]),
  ),
}

export const toolchainJudges: Readonly<Record<string, Judge>> = Object.fromEntries(
  Object.entries(judges).map(([name, judge]) => [name, insideOnly(judge)]),
)

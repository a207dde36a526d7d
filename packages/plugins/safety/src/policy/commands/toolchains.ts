import { publishes, text } from './named-judges.ts'
import { onlyWith } from './sub-commands.ts'
import { ask } from '../outcome.ts'
import { hasOption } from '../parse-options.ts'
import { readPath } from '../path-rules.ts'
import type { Judge } from '../shell.ts'
import { askAbout, tool, tools } from '../tool.ts'
import { insideOnly } from '../inside-only.ts'
import { go, cargoCommand } from './rust-and-go.ts'
import { make, goals, versionOnly, cmake, ninjaGoals } from './build-tools.ts'
import { gcc, ghc, javac, kotlinc, rustc, swiftc } from './compilers.ts'
import { functionalLanguages } from './functional-languages.ts'
import { languageTests } from './language-tests.ts'
import { infrastructureChecks } from './infrastructure-checks.ts'
import { linters } from './linters.ts'
import { mobileTools } from './mobile-tools.ts'
import { phpTools } from './php-tools.ts'
import { readers } from './readers.ts'
import { gradle, mvn, sbt } from './jvm-tools.ts'
import { dotnet } from './dotnet.ts'
import { rspec, rubocop, bundle, rails, rake, gem } from './ruby-tools.ts'
import { bazel } from './bazel.ts'
import { binary, checks } from './binary-tools.ts'

const rewritesUnless = (options: string, unless: readonly string[], singleDash = false): Judge =>
  tool({
    options,
    singleDash,
    operands: 'names',
    refine: (parsed) =>
      hasOption(parsed, ...unless) ? undefined : ask('changes-files', 'It rewrites source files.'),
  })

const judges: Readonly<Record<string, Judge>> = {
  cargo: cargoCommand,
  ...functionalLanguages,
  ...languageTests,
  ...linters,
  ...infrastructureChecks,
  ...readers,
  ...phpTools,
  ...mobileTools,
  rustc,
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
  just: goals(
    'test tests lint build check fmt-check format-check typecheck ci unit',
    '-lnq --list --dry-run --summary --show= -s= --unsorted --dump --evaluate~ --justfile<~ -f<~ -d~ --quiet --color= --list-heading= --variables',
    ['-l', '--list', '--summary', '--show', '-s', '--dump', '-n', '--dry-run', '--variables'],
  ),
  task: goals(
    'test tests lint build check fmt-check typecheck ci unit',
    '-lans -v --list --list-all --dry --summary --verbose --silent --json --status -j --sort= --force',
    ['-l', '-a', '--list', '--list-all', '--summary', '--dry', '-n', '--status'],
  ),
  mage: goals('test lint build check', '-l -v', ['-l']),
  gradle,
  gradlew: gradle,
  mvn,
  mvnw: mvn,
  ant: goals('test compile build', '-qv'),
  sbt,
  bundle,
  rspec,
  rubocop,
  standardrb: rubocop,
  rake,
  gem,
  rails,
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
      [
        'setup',
        tool({
          options:
            '--buildtype= --reconfigure --prefix=~ --native-file<~ --cross-file<~ -Dbuildtype= -Db_coverage=',
          singleDash: true,
          operands: 'make',
        }),
      ],
      ['introspect', text('-aif --targets --tests --buildoptions --all')],
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
  gfortran: gcc,
  java: versionOnly(''),
  javac,
  kotlinc,
  ghc,
  swiftc,
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
      ['lint', text('--path= --error-format= --config<')],
      ['build', text('--path=')],
      ['breaking', text('--against= --path= --error-format=')],
      ['format', onlyWith(['-d', '--diff', '--exit-code'], '-d --diff --exit-code --path=')],
      ['ls-files', text()],
      ['push', publishes],
    ]),
  ),
}

export const toolchainJudges: Readonly<Record<string, Judge>> = {
  ...Object.fromEntries(Object.entries(judges).map(([name, judge]) => [name, insideOnly(judge)])),
  bazel,
  bazelisk: bazel,
  dotnet,
}

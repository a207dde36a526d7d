import { isPlain } from '../field.ts'
import { allow, ask, deny, noInput, worst } from '../outcome.ts'
import { optionSchema } from '../option-schema.ts'
import { hasOption, parseOptions } from '../parse-options.ts'
import { readPath } from '../path-rules.ts'
import type { Call, Judge } from '../shell.ts'
import { askAbout, isHelp, judgeOption, tool, tools } from '../tool.ts'
import { insideOnly } from '../inside-only.ts'

const each = (names: string, judge: Judge): readonly (readonly [string, Judge])[] =>
  names.split(' ').map((name) => [name, judge])
const text = (options = '', singleDash = false): Judge => tool({ options, operands: 'text', singleDash })
const publishes: Judge = () => deny('publishes', 'It publishes to the world, or takes back what others use.')

const cargoOptions = `-qvrjp= -j= -F= -Z=~ --package= --workspace --all --exclude= --lib --bins --bin= --examples --example= --tests --test= --benches --bench= --all-targets --release --profile= --features= --all-features --no-default-features --target= --jobs= --keep-going --no-fail-fast
  --verbose --quiet --color= --frozen --locked --offline --message-format= --manifest-path< --no-run --doc --no-deps --document-private-items --timings --ignore-rust-version --target-dir> --config=! --check --all-targets`
/** What follows `--` is for the test binary or the lints. */
const cargoRun =
  (extra = ''): Judge =>
  (call, shell) => {
    const end = call.args.findIndex((field) => field.text === '--')
    return text(`${cargoOptions} ${extra}`)(
      { ...call, args: end < 0 ? call.args : call.args.slice(0, end) },
      shell,
    )
  }
const cargoFmt: Judge = (call, shell) =>
  call.args.some((field) => field.text === '--check')
    ? text('--check --all -p= --package= -v -q --manifest-path<')(
        { ...call, args: call.args.filter((field) => field.text !== '--') },
        shell,
      )
    : askAbout('changes-files', 'It rewrites source files.', { call, shell })
const cargo = tools(
  '-qv --color= --locked --offline --frozen --config=! -Z=~ -C/',
  new Map<string, Judge>([
    ...each('build b check c test t bench doc d rustc-never', cargoRun()),
    [
      'clippy',
      (call, shell) =>
        call.args.some((field) => field.text === '--fix')
          ? askAbout('changes-files', 'It rewrites source files.', { call, shell })
          : cargoRun()(call, shell),
    ],
    [
      'nextest',
      (call, shell) =>
        call.args[0]?.text === 'run' || call.args[0]?.text === 'list'
          ? cargoRun('-E= --retries= --run-ignored= --nocapture --partition= -P= --fail-fast')(
              { ...call, args: call.args.slice(1) },
              shell,
            )
          : askAbout('unknown-command', 'It is not on the list.', { call, shell }),
    ],
    ['fmt', cargoFmt],
    [
      'tree',
      text(
        `${cargoOptions} -e= -i= -d --duplicates --edges= --invert= --depth= --prefix= --no-dedupe --charset= --format= -f=`,
      ),
    ],
    ['metadata', text(`${cargoOptions} --format-version= --filter-platform=`)],
    ...each('pkgid locate-project verify-project read-manifest version', text(cargoOptions)),
    ['search', text('--limit=')],
    ['audit', text('--json -q --deny=')],
    ['outdated', text('-R --root-deps-only --workspace --depth=')],
    ['machete', text('')],
    ['deny', text('')],
    ['doc', cargoRun('--open~')],
    ...each('publish yank owner login', publishes),
  ]),
)

const goOptions = `-v -race -short -cover -coverprofile> -covermode= -coverpkg= -count= -run= -bench= -benchmem -benchtime= -timeout= -parallel= -p= -tags= -json -failfast -mod= -x -n -a -trimpath -skip= -shuffle= -list= -cpu= -vet= -C/ -o> -ldflags=~ -gcflags=~ -exec! -toolexec! -asmflags=~ -overlay<~
  -m -f= -deps -u -test -e -find -retracted -versions -compiled -export -buildvcs= -fuzz= -fuzztime= -cpuprofile> -memprofile> -outputdir> -c -buildmode=~ -i -all -src -cmd -diff -bench= -pgo= -asan -msan -work`
const go = tools(
  '-C/',
  new Map<string, Judge>([
    ...each(
      'build test vet list version doc',
      tool({
        options: goOptions,
        singleDash: true,
        operands: 'text',
        refine: (parsed, _call, shell) =>
          parsed.operands
            .filter((field) => field.text.startsWith('/') || field.text.startsWith('..'))
            .map((field) => readPath(field, shell, 'names'))
            .find(({ verdict }) => verdict !== 'allow'),
      }),
    ),
    [
      'env',
      (call, shell) =>
        call.args.some((field) => field.text === '-w' || field.text === '-u')
          ? askAbout('host', 'It changes settings of Go.', { call, shell })
          : text('-json -changed', true)(call, shell),
    ],
    [
      'mod',
      (call, shell) =>
        ['verify', 'graph', 'why'].includes(call.args[0]?.text ?? '') ||
        (call.args[0]?.text === 'tidy' && call.args[1]?.text === '-diff')
          ? text('-m -go= -diff', true)({ ...call, args: call.args.slice(1) }, shell)
          : askAbout('supply-chain', 'It changes dependencies.', { call, shell }),
    ],
    [
      'tool',
      (call, shell) =>
        ['cover', 'pprof', 'nm', 'objdump'].includes(call.args[0]?.text ?? '') &&
        call.args.every((field) => !field.text.startsWith('-http'))
          ? text('-func= -html= -o> -top', true)({ ...call, args: call.args.slice(1) }, shell)
          : askAbout('runs-file', 'It runs a tool.', { call, shell }),
    ],
  ]),
)
const rewritesUnless = (options: string, checks: readonly string[], singleDash = false): Judge =>
  tool({
    options,
    singleDash,
    operands: 'names',
    refine: (parsed) =>
      hasOption(parsed, ...checks) ? undefined : ask('changes-files', 'It rewrites source files.'),
  })

const targets = new Set(
  'test tests check lint build all-tests typecheck format-check fmt-check verify coverage html unit unit-test unit-tests test-unit integration-test help compile docs doc bench ci vet'.split(
    ' ',
  ),
)
const make: Judge = (call, shell) => {
  if (isHelp(call)) return allow()
  const parsed = parseOptions(
    call.args,
    optionSchema(
      '-nskiBwqjl -C/ -f<~ -j? -l? -o= --dry-run --just-print --recon --silent --quiet --keep-going --always-make --jobs? --directory/ --file<~ --no-print-directory --print-directory --question --warn-undefined-variables --eval=! -E=! -O? --output-sync? --trace -p',
    ),
  )
  const found = parsed.options.map((option) => judgeOption(option, call, shell))
  if (
    call.args.some((field) => field.text === '-f') &&
    parsed.options.some(({ value }) => value?.text === '-')
  )
    found.push(shell.runSource(call.stdin.text?.split(/[:;\n]/).join('\n') ?? '', { stdin: noInput }))
  if (call.args.some((field) => field.text === '-') && call.stdin.text !== undefined)
    found.push(...call.stdin.text.split(/[:;\n\t]/).map((line) => shell.runSource(line, { stdin: noInput })))
  if (parsed.unknown)
    return worst([
      askAbout('unknown-option', 'make is not known to be safe with its options.', { call, shell }),
      ...found,
    ])
  const variables = parsed.operands.filter((field) => field.text.includes('='))
  for (const field of variables) {
    const [name = '', ...value] = field.text.split('=')
    if (['SHELL', 'MAKE', 'CC', 'CXX', '.SHELLFLAGS', 'LD', 'AR'].includes(name.replace(/[:+?]$/, '')))
      found.push(deny('option-runs', `make runs the value of ${name}.`))
    else if (!/^[A-Z_]+$/.test(name) || !/^[\w.,-]*$/.test(value.join('=')))
      found.push(ask('environment', 'make expands and may run what it is given.'))
  }
  const names = parsed.operands.filter((field) => !field.text.includes('='))
  const isKnown = names.length > 0 && names.every((field) => isPlain(field) && targets.has(field.text))
  const dry =
    hasOption(parsed, '-q', '--question') ||
    (hasOption(parsed, '-n', '--dry-run', '--just-print', '--recon') && variables.length === 0)
  return worst([
    ...found,
    isKnown || dry ? allow() : askAbout('runs-script', 'What the target does is not known.', { call, shell }),
  ])
}

const goals = (names: string, options: string): Judge => {
  const known = new Set(names.split(' '))
  return tool({
    options,
    operands: 'text',
    refine: (parsed) =>
      parsed.operands.length > 0 &&
      parsed.operands.every((field) => known.has(field.text.split(':').at(-1) ?? ''))
        ? undefined
        : ask('runs-script', 'What the target does is not known.'),
  })
}
const gradle = goals(
  'test build check assemble tasks dependencies compileJava compileKotlin compileTestJava classes testClasses lint projects properties help ktlintCheck detekt spotlessCheck jacocoTestReport javadoc integrationTest lintDebug testDebugUnitTest assembleDebug',
  '-qsidSmawx= -x= -P=~ -D=~ -I<! --tests= --info --debug --stacktrace --quiet --no-daemon --offline --parallel --continue --rerun-tasks --dry-run --scan~ --console= --warning-mode= --build-cache --no-build-cache --max-workers= --configuration= --init-script! --version --all --daemon -p/ -b<~',
)
const maven = goals(
  'test verify package compile test-compile validate process-classes tree analyze checkstyle check help effective-pom',
  '-qBXeoUTntfael -pl= -am -amd -D=~ -DskipTests -P= -f< -T= -B --batch-mode --quiet --offline --errors --no-transfer-progress -ntp -fae -ff --fail-at-end --version -s<~ -v',
)
/** `-Dname=value` sets a property: only the ones that choose tests are known. */
const mvn: Judge = (call, shell) => {
  const harmless = [
    '-Dtest=',
    '-DskipTests',
    '-Dit.test=',
    '-DskipITs',
    '-DfailIfNoTests=',
    '-Dmaven.test.skip',
    '-Dstyle.color=',
    '-Dsurefire.',
    '-ntp',
    '-pl',
    '-am',
    '-amd',
    '-fae',
    '-ff',
  ]
  if (call.args.some((field) => field.text === 'deploy' || field.text.startsWith('release:')))
    return publishes(call, shell)
  const skip = new Set(
    call.args.flatMap((field, index) =>
      field.text === '-pl'
        ? [index, index + 1]
        : harmless.some((start) => field.text.startsWith(start))
          ? [index]
          : [],
    ),
  )
  return maven(
    { ...call, args: call.args.filter((field, index) => !skip.has(index) || !isPlain(field)) },
    shell,
  )
}

const dotnet = tools(
  '',
  new Map<string, Judge>([
    ...each(
      'build test restore-never',
      text(
        '-c= -f= -r= -v= -o> --no-build --no-restore --configuration= --framework= --verbosity= --filter= --logger= --nologo --collect= --list-tests -q --blame --warnaserror -t -m --settings< --results-directory> --os= --arch=',
      ),
    ),
    ['list', text('package --outdated --vulnerable --include-transitive reference --deprecated')],
    [
      'format',
      (call, shell) =>
        call.args.some((field) => field.text === '--verify-no-changes')
          ? text('--verify-no-changes --verbosity= -v= --no-restore --severity=')(call, shell)
          : askAbout('changes-files', 'It rewrites source files.', { call, shell }),
    ],
    ['--info', text()],
    ['--list-sdks', text()],
    ['--list-runtimes', text()],
    [
      'nuget',
      (call, shell) =>
        call.args[0]?.text === 'push'
          ? publishes(call, shell)
          : askAbout('supply-chain', 'It changes packages.', { call, shell }),
    ],
  ]),
)

const rspec = tool({
  options:
    '-fcbpbw -f= -e= -t= -o> -P= -O<~ -r! --format= --example= --tag= --fail-fast? --only-failures --next-failure --profile? --dry-run --seed= --order= --no-color --color --backtrace --out> --require! --pattern= --bisect',
  operands: 'text',
})
const rubocop = tool({
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
const bundle = tools(
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
const rails = tools(
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
const mix = goals(
  'test compile credo dialyzer deps.tree format help xref',
  '--trace --failed --stale --cover --warnings-as-errors --check-formatted --strict --only= --exclude= --seed= --max-failures=',
)
const versionOnly =
  (options: string): Judge =>
  (call, shell) =>
    isHelp(call) ||
    (call.args.length === 1 &&
      ['-v', '-V', '-version', '--version', 'version', '-dumpversion', '-dumpmachine'].includes(
        call.args[0]?.text ?? '',
      ))
      ? allow()
      : options === ''
        ? askAbout('runs-file', `${call.name} is not known to be safe like this.`, { call, shell })
        : text(options)(call, shell)
const cmakeBuild = tool({
  options: '-v -j? -t= --build/ --target= --config= --parallel? --verbose --clean-first --preset=',
  operands: 'text',
  refine: (parsed) =>
    parsed.options.some(
      ({ name, value }) =>
        (name === '-t' || name === '--target') && !targets.has(value?.text ?? '') && value?.text !== 'all',
    )
      ? ask('runs-script', 'What the target does is not known.')
      : undefined,
})
const cmakeConfigure = tool({
  options: '-S/ -B/ -G= --preset= -Wno-dev -DCMAKE_BUILD_TYPE=',
  singleDash: true,
  operands: 'names',
})
const cmake: Judge = (call, shell) => {
  if (call.args[0]?.text === '--build') return cmakeBuild(call, shell)
  return call.args.some((field) => field.text === '-S' || field.text === '-B')
    ? cmakeConfigure(call, shell)
    : versionOnly('')(call, shell)
}
/** A compiler writes one file and runs nothing, except through `-wrapper`, `-fplugin`, `-B`. */
const gcc: Judge = (call, shell) => {
  if (
    call.args.some((field) =>
      /^(?:-wrapper|-fplugin|-B|-specs|--specs|@|-Xlinker|-Wl,|-load)/.test(field.text),
    )
  )
    return deny('option-runs', `${call.name} is told to load or run a program.`)
  return versionOnly('')(call, shell)
}
const composerScripts = new Set(['test', 'lint', 'check', 'cs', 'stan', 'phpstan', 'analyse', 'phpunit'])
const composer = tools(
  '-nqv --no-interaction --no-ansi -d/',
  new Map<string, Judge>([
    ...each(
      'validate show outdated licenses check-platform-reqs why why-not depends diagnose',
      text('--strict --no-check-all --no-check-publish --tree --direct --installed --all --format= -t -D -o'),
    ),
  ]),
  {
    otherwise: (call, shell) =>
      composerScripts.has(call.args[0]?.text ?? '') && call.args.every(isPlain)
        ? allow()
        : askAbout('supply-chain', 'It changes dependencies or runs scripts.', { call, shell }),
  },
)

/** `cargo +nightly test` names a toolchain first. */
const cargoCommand: Judge = (call, shell) => {
  const [first, ...rest] = call.args
  return first && isPlain(first) && /^\+[\w.-]+$/.test(first.text)
    ? cargo({ ...call, args: rest }, shell)
    : cargo(call, shell)
}

const only =
  (options: string, why: string): Judge =>
  (call, shell) =>
    isHelp(call) || versionOf(call)
      ? allow()
      : call.args.length > 0
        ? tool({ options, operands: 'names' })(call, shell)
        : ask('interactive', why)
const versionOf = (call: Call): boolean =>
  call.args.length === 1 && ['-v', '-V', '-version', '--version'].includes(call.args[0]?.text ?? '')
const binary = only(
  '-hlSsrdnVAuWaxDtTfCgL -j= -M= --headers --sections --symbols --demangle --dynamic -p',
  'It names no file.',
)
const checks = (options: string): Judge => tool({ options, operands: 'names' })

const ninjaGoals = goals('test all check', '-vnk= -C/ -j= -k= -t=~')

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

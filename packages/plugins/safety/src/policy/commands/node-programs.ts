import { ask } from '../outcome.ts'
import { hasOption, type ParsedArguments } from '../parse-options.ts'
import { readPath } from '../path-rules.ts'
import type { Call, Judge, Shell } from '../shell.ts'
import { insideOnly } from '../inside-only.ts'
import { tool, tools } from '../tool.ts'

const rewrites = ask('changes-files', 'It rewrites source files.')

/** Test runners run the project's tests; what loads other code than that asks. */
const testRunner = (options: string): Judge =>
  tool({
    options,
    operands: 'text',
    refine: (parsed: ParsedArguments, _call: Call, shell: Shell) => {
      const outside = parsed.operands
        .map((field) => readPath(field, shell, 'names'))
        .find(({ verdict }) => verdict !== 'allow')
      return outside
    },
  })

const vitestOptions = `-utw -t= -c< -r/ --run --watch? --coverage? --coverage.enabled? --coverage.reporter= --reporter= --config< --root/ --project= --bail= --testNamePattern= --passWithNoTests --silent? --update --changed? --dir/ --environment= --no-color --color --typecheck? --ui~ --pool= --no-coverage
  --maxWorkers= --minWorkers= --testTimeout= --retry= --shard= --logHeapUsage --hideSkippedTests --no-file-parallelism --globals --isolate --no-isolate --allowOnly --dom --exclude= --sequence.shuffle --disable-console-intercept --inspect?~ --outputFile> --benchmark --expandSnapshotDiff`
const vitest = testRunner(vitestOptions)
const jest =
  testRunner(`-tbiuwo -t= -c< -w= --coverage? --watch? --watchAll? --runInBand --ci --verbose --silent --testNamePattern= --testPathPattern= --testPathPatterns= --bail? --updateSnapshot --maxWorkers= --config< --passWithNoTests --onlyChanged --listTests --detectOpenHandles --forceExit
  --no-cache --colors --json --reporters= --collectCoverageFrom= --coverageReporters= --findRelatedTests --showConfig --testTimeout= --selectProjects --clearCache --shard= --notify --no-coverage --changedSince= --logHeapUsage --randomize --noStackTrace --errorOnDeprecated --coverageDirectory> --outputFile> --testEnvironment= --workerIdleMemoryLimit=`)
const tsc = tool({
  options: `-p< -bdvwh -t= -m= --project< --noEmit? --watch? --pretty? --build --strict? --skipLibCheck? --incremental? --listFiles --listFilesOnly --showConfig --diagnostics --extendedDiagnostics --target= --module= --moduleResolution= --lib= --jsx= --esModuleInterop --allowJs --checkJs
    --declaration --emitDeclarationOnly --traceResolution --explainFiles --force --verbose --dry --version --help --all --init~ --outDir> --outFile> --noErrorTruncation --isolatedModules --preserveWatchOutput --noUnusedLocals --noUnusedParameters --resolveJsonModule --types= --rootDir/ --baseUrl/ --tsBuildInfoFile> --clean~ --sourceMap --allowImportingTsExtensions --noImplicitAny --assumeChangesOnlyAffectDirectDependencies --generateTrace>`,
  operands: 'text',
  refine: (parsed, _call, shell) =>
    parsed.operands
      .map((field) => readPath(field, shell, 'names'))
      .find(({ verdict }) => verdict !== 'allow'),
})

const linter = (options: string, fixes: readonly string[]): Judge =>
  tool({
    options,
    operands: 'names',
    refine: (parsed) => (hasOption(parsed, ...fixes) ? rewrites : undefined),
  })

const eslint = linter(
  `-c< -f= -o> --ext= --max-warnings= --fix --fix-dry-run --fix-type= --quiet --cache --cache-location> --no-cache --format= --config< --ignore-pattern= --no-eslintrc --report-unused-disable-directives --no-error-on-unmatched-pattern --color --no-color --debug --version --print-config<
  --no-ignore --ignore-path< --rule= --env= --global= --no-inline-config --exit-on-fatal-error --cache-strategy= --no-warn-ignored --stats --flag= --parser-options= --output-file> --pass-on-no-patterns --concurrency= --report-unused-inline-configs=`,
  ['--fix'],
)
const prettier = linter(
  '-clwu --check --list-different --write --config< --ignore-path< --no-config --ignore-unknown --loglevel= --log-level= --no-error-on-unmatched-pattern --parser= --single-quote --cache --version --find-config-path= --file-info= --stdin-filepath= --no-color --no-editorconfig',
  ['-w', '--write'],
)
const checker = linter(
  '-c< --config< --quiet --max-warnings= --format= --version --deny-warnings -D= -A= -W= --type-aware --ignore-path< --ignore-pattern= --threads= --check --list-different --diff --no-errors-on-unmatched --reporter= --fix --write --apply --apply-unsafe --fix-suggestions --formatter= -f= --allow-empty-input --cache --no-cache --colors --unsafe --changed --since= --production --strict --include= --exclude= --max-diagnostics= --diagnostic-level= --no-progress --tsconfig< --workspace= --no-exit-code --dependencies --files --only= --skip=',
  ['--fix', '--write', '--apply', '--apply-unsafe', '--fix-suggestions'],
)
const biome = tools(
  '--colors= --verbose',
  new Map<string, Judge>([
    ['check', checker],
    ['lint', checker],
    ['format', checker],
    ['ci', checker],
    ['version', tool({ operands: 'none' })],
    ['rage', tool({ operands: 'none' })],
    ['explain', tool({ operands: 'text' })],
  ]),
)
const formatterInPlace: Judge = tool({
  options: '--check --list-different -c< --ignore-path<',
  operands: 'names',
  refine: (parsed) => (hasOption(parsed, '--check', '--list-different') ? undefined : rewrites),
})
const playwright = tools(
  '',
  new Map<string, Judge>([
    [
      'test',
      testRunner(
        '-g= -j= -x -u -c< --grep= --grep-invert= --project= --workers= --reporter= --retries= --timeout= --headed --list --max-failures= --config< --forbid-only --shard= --repeat-each= --quiet --trace= --update-snapshots --last-failed --pass-with-no-tests --fully-parallel --browser= --only-changed? --debug~ --ui~',
      ),
    ],
    ['--version', tool({})],
  ]),
)
const mocha = testRunner(
  '-gRbtCcpj -g= -R= -t= -f= -b --grep= --reporter= --timeout= --bail --recursive --exit --extension= --spec= --parallel --jobs= --fgrep= --forbid-only --no-color --color --full-trace --ignore= --exclude= --dry-run --slow= --ui= --retries= --check-leaks --require!  -r! --file<~',
)
const cypress = tools(
  '',
  new Map<string, Judge>([
    [
      'run',
      testRunner(
        '-sb --spec= --browser= --headless --headed --component --e2e --quiet --reporter= --config= --config-file<~ --env=~',
      ),
    ],
    ['verify', tool({ operands: 'none' })],
    ['info', tool({ operands: 'none' })],
    ['version', tool({ operands: 'none' })],
  ]),
)
const builder = (options: string): Judge =>
  tools(
    '',
    new Map<string, Judge>([
      ['build', tool({ options, operands: 'text' })],
      ['lint', tool({ options, operands: 'text' })],
      ['check', tool({ options, operands: 'text' })],
      ['info', tool({ operands: 'none' })],
      ['typecheck', tool({ operands: 'none' })],
    ]),
  )
const turboOptions =
  '--filter= -F= --force --no-cache --dry? --concurrency= --output-logs= --affected --continue --graph?~ --summarize --no-daemon --ui='
const task: Judge = (call, shell) => {
  const args = call.args[0]?.text === 'run' ? call.args.slice(1) : call.args
  const run = tool({
    options: turboOptions,
    operands: 'text',
    refine: (parsed) =>
      parsed.operands.length > 0 && parsed.operands.every((field) => workspaceTargets.has(field.text))
        ? undefined
        : ask('runs-script', 'It runs scripts.'),
  })
  return run({ ...call, args }, shell)
}

const workspaceTargets = new Set([
  'build',
  'test',
  'lint',
  'typecheck',
  'check',
  'check-types',
  'format:check',
  'e2e',
  'type-check',
])
const runsTargets = (options: string): Judge =>
  tool({
    options,
    operands: 'text',
    refine: (parsed) => {
      const named = parsed.options
        .filter(({ name }) => ['-t', '--target', '--targets'].includes(name))
        .flatMap(({ value }) => value?.text.split(',') ?? [])
      const all = [...named, ...parsed.operands.map((field) => field.text)].filter((target) =>
        workspaceTargets.has(target),
      )
      const others = named.filter((target) => !workspaceTargets.has(target))
      return all.length > 0 && others.length === 0 ? undefined : ask('runs-script', 'It runs scripts.')
    },
  })
const nxOptions =
  '-t= -p= --target= --targets= --projects= --parallel? --skip-nx-cache --base= --head= --all --verbose --exclude= --configuration= --watch=false --coverage --ci --nxBail --output-style='
const nx = tools(
  '',
  new Map<string, Judge>([
    ...['test', 'lint', 'build', 'e2e', 'typecheck'].map(
      (name) => [name, tool({ options: nxOptions, operands: 'text' })] as const,
    ),
    ...['run-many', 'affected'].map((name) => [name, runsTargets(nxOptions)] as const),
    ['show', tool({ options: '--json --web~', operands: 'text' })],
    ['report', tool({ operands: 'none' })],
  ]),
)
const lerna = tools(
  '',
  new Map<string, Judge>([
    ['run', runsTargets('--scope= --since= --stream --parallel --no-bail --concurrency= --ignore=')],
    ['ls', tool({ options: '-la --json --all --since= --long', operands: 'none' })],
    ['list', tool({ options: '-la --json', operands: 'none' })],
    ['changed', tool({ options: '-la --json', operands: 'none' })],
  ]),
)

const programs: readonly (readonly [string, Judge])[] = [
  ['tsc', tsc],
  ['vue-tsc', tsc],
  ['svelte-check', checker],
  ['tsd', checker],
  ['eslint', eslint],
  ['prettier', prettier],
  [
    'vitest',
    tools(
      '-h',
      new Map<string, Judge>([
        ['run', vitest],
        ['bench', vitest],
        ['related', vitest],
        ['list', vitest],
        ['watch', vitest],
        ['dev', vitest],
      ]),
      { otherwise: vitest },
    ),
  ],
  ['jest', jest],
  ['mocha', mocha],
  [
    'ava',
    testRunner('-vsm= -T= --verbose --serial --match= --tap --timeout= --fail-fast --update-snapshots'),
  ],
  ['tap', testRunner('-R= --reporter= --bail --timeout=')],
  ['playwright', playwright],
  ['cypress', cypress],
  ['biome', biome],
  ['oxlint', checker],
  ['oxfmt', formatterInPlace],
  ['stylelint', checker],
  ['knip', checker],
  ['depcheck', checker],
  [
    'madge',
    tool({
      options: '--circular -c --extensions= --ts-config< --json --orphans --leaves --warning --summary',
      operands: 'names',
    }),
  ],
  ['dependency-cruiser', checker],
  ['publint', checker],
  ['attw', tool({ options: '--pack --profile= --format= --ignore-rules=', operands: 'names' })],
  ['markdownlint', checker],
  ['markdownlint-cli2', checker],
  ['commitlint', tool({ options: '--from= --to= --last --edit? --verbose', operands: 'text' })],
  ['cspell', tool({ options: '--no-progress --quiet --config< -c<', operands: 'text' })],
  ['nyc', tool({ options: '--version', operands: 'none' })],
  ['turbo', task],
  ['nx', nx],
  ['lerna', lerna],
  ['ts-prune', checker],
  [
    'changeset',
    tools(
      '',
      new Map<string, Judge>([['status', tool({ options: '--since= --verbose', operands: 'none' })]]),
    ),
  ],
  ['storybook', builder('--quiet -o> --output-dir>')],
  ['redocly', builder('')],
  ['spectral', builder('')],
  ['next', builder('--debug --profile --no-lint')],
  ['vite', builder('--mode= --outDir> --emptyOutDir --minify? --sourcemap? -m= --config< --base=')],
  ['astro', builder('--silent --verbose')],
  ['nuxt', builder('')],
  ['ng', builder('--configuration= --prod')],
  ['svelte-kit', builder('')],
  ['size-limit', checker],
  ['type-coverage', checker],
  [
    'license-checker',
    tool({
      options: '--summary --json --production --csv --onlyAllow= --excludePackages=',
      operands: 'none',
    }),
  ],
  ['npm-check', tool({ options: '-s --skip-unused', operands: 'none' })],
  ['envinfo', tool({ options: '--system --binaries --npmPackages', operands: 'none' })],
]

/** Programs that come with a project's dependencies, by name. */
export const nodePrograms: ReadonlyMap<string, Judge> = new Map(
  programs.map(([name, judge]) => [name, insideOnly(judge)]),
)

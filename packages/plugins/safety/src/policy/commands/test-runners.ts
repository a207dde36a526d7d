import type { ParsedArguments } from '../parse-options.ts'
import { readPath } from '../path-rules.ts'
import type { Call, Judge, Shell } from '../shell.ts'
import { tool, tools } from '../tool.ts'

/** Test runners run the project's tests; what loads other code than that asks. */
export const testRunner = (options: string): Judge =>
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

export const vitest: Judge = testRunner(vitestOptions)

export const jest: Judge =
  testRunner(`-tbiuwo -t= -c< -w= --coverage? --watch? --watchAll? --runInBand --ci --verbose --silent --testNamePattern= --testPathPattern= --testPathPatterns= --bail? --updateSnapshot --maxWorkers= --config< --passWithNoTests --onlyChanged --listTests --detectOpenHandles --forceExit
  --no-cache --colors --json --reporters= --collectCoverageFrom= --coverageReporters= --findRelatedTests --showConfig --testTimeout= --selectProjects --clearCache --shard= --notify --no-coverage --changedSince= --logHeapUsage --randomize --noStackTrace --errorOnDeprecated --coverageDirectory> --outputFile> --testEnvironment= --workerIdleMemoryLimit=`)

export const playwright: Judge = tools(
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

export const mocha: Judge = testRunner(
  '-gRbtCcpj -g= -R= -t= -f= -b --grep= --reporter= --timeout= --bail --recursive --exit --extension= --spec= --parallel --jobs= --fgrep= --forbid-only --no-color --color --full-trace --ignore= --exclude= --dry-run --slow= --ui= --retries= --check-leaks --require!  -r! --file<~',
)

export const cypress: Judge = tools(
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

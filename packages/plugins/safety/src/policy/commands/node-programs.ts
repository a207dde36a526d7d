import { empties } from './sub-commands.ts'
import { ask } from '../outcome.ts'
import { hasOption } from '../parse-options.ts'
import { readPath } from '../path-rules.ts'
import type { Judge } from '../shell.ts'
import { insideOnly } from '../inside-only.ts'
import { tool, tools } from '../tool.ts'
import { testRunner, vitest, jest, playwright, mocha, cypress } from './test-runners.ts'
import { bundlers } from './bundlers.ts'
import { nodeChecks } from './node-checks.ts'
import { task, nx, lerna } from './workspace-runners.ts'

const rewrites = ask('changes-files', 'It rewrites source files.')

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
  ['storybook', empties(['-o', '--output-dir'], builder('--quiet -o> --output-dir>'))],
  ['redocly', builder('')],
  ['spectral', builder('')],
  ['next', builder('--debug --profile --no-lint')],
  [
    'vite',
    empties(
      ['--outDir'],
      builder('--mode= --outDir> --emptyOutDir --minify? --sourcemap? -m= --config< --base='),
    ),
  ],
  ['astro', builder('--silent --verbose')],
  ['nuxt', builder('')],
  ['svelte-kit', builder('')],
  ['size-limit', checker],
  ...bundlers,
  ...nodeChecks,
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

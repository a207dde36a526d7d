import { publishes } from './named-judges.ts'
import type { Judge } from '../shell.ts'
import { tool } from '../tool.ts'
import { notWith, onlyWith, verbs } from './sub-commands.ts'

/** Checkers of a project's dependencies and sources, and what publishes it. */
export const nodeChecks: readonly (readonly [string, Judge])[] = [
  ['standard', notWith(['--fix'], '-v --verbose --env= --global= --ext= --parser=~ --plugin=~')],
  [
    'xo',
    notWith(
      ['--fix'],
      '--reporter= --quiet --env= --ignore= --ext= --space? --no-semicolon --prettier --print-config= --plugin=~ --rule=~',
    ),
  ],
  [
    'jscpd',
    tool({
      options:
        '--min-lines= -l= --min-tokens= -k= --threshold= -t= --ignore= -i= --reporters= -r= --silent -s --format= -f= --gitignore -g --mode= -m= --pattern= -p= --noSymlinks --skipLocal',
      operands: 'names',
    }),
  ],
  [
    'dpdm',
    tool({
      options:
        '-T --transform --circular --warning? --tree? --no-warning --no-tree --exit-code= --tsconfig< --extensions= --exclude= --include=',
      operands: 'names',
    }),
  ],
  [
    'skott',
    tool({
      options:
        '--displayMode= --showCircularDependencies --trackThirdPartyDependencies --fileExtensions= --no-trackTypeOnlyDependencies',
      operands: 'names',
    }),
  ],
  ['ls-lint', tool({ options: '--config< --workdir/ --debug --warn', operands: 'names' })],
  ['secretlint', tool({ options: '--maskSecrets --format= --secretlintrc< --no-color', operands: 'names' })],
  [
    'unimported',
    tool({
      options: '--show-unused-files --show-unused-deps --show-config --init~ --update~ -u~',
      operands: 'none',
    }),
  ],
  [
    'syncpack',
    verbs({
      'list list-mismatches lint lint-semver-ranges':
        '--filter= --source= --types= --dependency-types= --specifier-types=',
    }),
  ],
  ['manypkg', verbs({ check: '' })],
  ['sort-package-json', onlyWith(['--check', '-c'], '--check -c -q --quiet')],
  [
    'npm-package-json-lint',
    tool({ options: '-c< --configFile< -q --quiet -i= --allowEmptyTargets', operands: 'names' }),
  ],
  ['npmPkgJsonLint', tool({ options: '-c< --configFile< -q --quiet -i=', operands: 'names' })],
  [
    'npm-check-updates',
    notWith(
      ['-u', '--upgrade', '-i', '--interactive'],
      '-g -t= --target= --filter= -f= -x= --reject= --workspaces -w= --jsonUpgraded --format= --deep --dep= -e= --errorLevel= --peer',
    ),
  ],
  [
    'ncu',
    notWith(
      ['-u', '--upgrade', '-i', '--interactive'],
      '-g -t= --target= --filter= -f= -x= --reject= --workspaces --jsonUpgraded --format= --deep --dep= -e= --errorLevel= --peer',
    ),
  ],
  [
    'prisma',
    verbs(
      { 'validate version': '--schema< --json' },
      { others: [['format', onlyWith(['--check'], '--check --schema<')]] },
    ),
  ],
  ['drizzle-kit', verbs({ check: '--config< --out/ --dialect=' })],
  ['graphql-codegen', onlyWith(['--check'], '--check --config< -c< --silent -s')],
  ['graphql-inspector', verbs({ 'validate similar': '' })],
  ['swagger-cli', verbs({ validate: '' })],
  [
    'ember',
    verbs({ test: '--filter= --module= --launch= --server~', build: '-e= --environment= --output-path>' }),
  ],
  ['stencil', verbs({ 'build test': '--docs --spec --e2e --ci --prod' })],
  [
    'vue-cli-service',
    verbs(
      { 'build test:unit inspect': '--mode= --dest> --modern --watch?~' },
      { others: [['lint', onlyWith(['--no-fix'], '--no-fix --max-warnings=')]] },
    ),
  ],
  ['quasar', verbs({ build: '-m= --mode=', info: '' })],
  [
    'lit-analyzer',
    tool({ options: '--strict --quiet --rules.no-unknown-tag-name= --format=', operands: 'names' }),
  ],
  ['solhint', notWith(['--fix'], '-f= -c< -q --formatter= --config< --quiet --max-warnings= -w=')],
  ['expo', verbs({}, { others: [['lint', notWith(['--fix'], '--max-warnings=')]] })],
  ['expo-doctor', tool({ operands: 'none' })],
  [
    'vsce',
    verbs(
      { 'ls show': '--tree' },
      {
        others: [
          ['publish', publishes],
          ['unpublish', publishes],
        ],
      },
    ),
  ],
  ['ovsx', verbs({}, { others: [['publish', publishes]] })],
  ['np', publishes],
  ['jsr', verbs({}, { others: [['publish', publishes]] })],
]

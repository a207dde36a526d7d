import type { Judge } from '../shell.ts'
import { askAbout, tool } from '../tool.ts'
import { notWith, onlyWith, verbs } from './sub-commands.ts'

const checks = (options: string, singleDash = false): Judge =>
  tool({ options, operands: 'names', singleDash })

const haskellFormat: Judge = (call, shell) =>
  call.args.some((field) => field.text === 'check' || field.text === '--mode=check')
    ? checks('--mode= -m= --ghc-opt=~ -c')(
        { ...call, args: call.args.filter((field) => !['check', '--mode', '-m'].includes(field.text)) },
        shell,
      )
    : askAbout('changes-files', 'It rewrites source files.', { call, shell })

/** Tools that look at files of the project and print what they find. */
export const linters: Readonly<Record<string, Judge>> = {
  swiftlint: verbs(
    {
      'lint analyze rules version':
        '--quiet --strict --reporter= --config< --no-cache --path/ --lenient --fix~ --force-exclude --use-script-input-files --progress --compiler-log-path<',
    },
    { options: '--quiet --strict' },
  ),
  swiftformat: onlyWith(
    ['--lint', '--dryrun'],
    '--lint --dryrun --config< --quiet --verbose --swiftversion= --rules= --disable= --enable= --exclude= --strict --lenient',
  ),
  'swift-format': verbs({ lint: '-rspi~ --recursive --strict --parallel --configuration<' }),
  ktlint: notWith(
    ['-F', '--format'],
    '--relative --verbose --color --reporter= --editorconfig< --log-level= --code-style= --limit= --android -a -v --disabled_rules= --baseline<',
  ),
  detekt: checks(
    '-c< --config< --input= -i= --build-upon-default-config --all-rules --excludes= --includes= --parallel --report=~ --plugins=~ --auto-correct~',
  ),
  cppcheck: checks(
    '-I/ -D= -U= -j= -q -v -f --enable= --disable= --std= --language= --quiet --force --error-exitcode= --inline-suppr --suppress= --suppressions-list< --template= --xml --platform=~ --check-level= --max-configs= --inconclusive --project< --library=~ --addon=~ --rule=~ --output-file> --verbose --report-progress',
  ),
  cpplint: checks(
    '--filter= --linelength= --recursive --quiet --verbose= --counting= --extensions= --headers= --exclude= --root/ --output=',
  ),
  jsonlint: notWith(['-i', '--in-place'], '-qcst= --quiet --compact --sort-keys --validate<'),
  'check-jsonschema': checks('--schemafile< --builtin-schema= --verbose --quiet -v -q'),
  dprint: verbs({
    'check output-file-paths': '--config< -c< --excludes= --list-different --incremental=',
    version: '',
  }),
  taplo: verbs(
    { 'check lint': '--config< --colors= --no-schema --schema=~ --default-schema-catalogs~' },
    {
      others: [
        ['fmt', onlyWith(['--check', '--diff'], '--check --diff --colors= --config<')],
        ['format', onlyWith(['--check', '--diff'], '--check --diff --colors=')],
        ['get', tool({ options: '-f< --file-path< -o=', operands: 'text' })],
      ],
    },
  ),
  stylua: onlyWith(['--check'], '--check --config-path< --verify --glob= -g= --color= --output-format='),
  selene: checks(
    '--display-style= --no-summary --color= --config< -q --quiet --num-threads= --allow-warnings',
  ),
  hlint: notWith(
    ['--refactor'],
    '-q -v -j= --quiet --verbose --hint< --ignore= --json --color? --no-exit-code --cross --git --with=~ --report>',
  ),
  ormolu: haskellFormat,
  fourmolu: haskellFormat,
  ocamlformat: onlyWith(['--check'], '--check --enable-outside-detected-project'),
  fprettify: onlyWith(['-d', '--diff'], '-ds -i= --diff --indent= --silent'),
  'nixpkgs-fmt': onlyWith(['--check'], '--check'),
  nixfmt: onlyWith(['-c', '--check'], '-cqw= --check --quiet --width='),
  alejandra: onlyWith(['-c', '--check'], '-cq --check --quiet --exclude='),
  statix: verbs({ check: '-o= --format= -i= --ignore=', explain: '' }),
  deadnix: notWith(['-e', '--edit'], '-lLqf --fail --hidden --no-underscore'),
  scalafmt: onlyWith(
    ['--test', '--check', '--list'],
    '--test --check --list --non-interactive --quiet --diff --config<',
  ),
  'google-java-format': onlyWith(
    ['-n', '--dry-run', '--set-exit-if-changed'],
    '-n --dry-run --set-exit-if-changed --aosp -a',
  ),
  checkmake: checks('--format= --config<'),
  'editorconfig-checker': checks('-v --exclude= --verbose --format= --ignore-defaults'),
  ec: checks('-v --exclude= --verbose'),
  proselint: checks('-j --json --demo'),
  alex: checks('-qw --quiet --why --diff'),
  textlint: notWith(
    ['--fix'],
    '-c< -f= --config< --format= --quiet --no-color --dry-run --rule=~ --rulesdir=~ --plugin=~',
  ),
  remark: notWith(['-o', '--output'], '-qfu=~ --quiet --frail --no-stdout --use=~ --rc-path=~'),
  mdl: checks('-g -r= -s= -c< --rules= --style< --git-recurse'),
  pymarkdown: verbs({ scan: '-r -l --recurse', version: '' }),
  mdformat: onlyWith(['--check'], '--check --wrap= --number'),
  htmlhint: checks('-c< --config< --rules= --ignore= --format= --nocolor'),
  'html-validate': checks('--ext= --formatter= --config< --max-warnings= -f='),
  pydocstyle: checks(
    '-evqs --convention= --select= --ignore= --add-ignore= --match= --count --source --explain',
  ),
  pycodestyle: checks(
    '-qvr --max-line-length= --select= --ignore= --exclude= --statistics --count --show-source --show-pep8 --first',
  ),
  pyflakes: checks(''),
  yapf: onlyWith(
    ['-d', '-q', '--diff', '--quiet'],
    '-drqp --diff --quiet --recursive --parallel --style= -e=',
  ),
  autopep8: onlyWith(
    ['-d', '--diff', '--exit-code'],
    '-dra --diff --recursive --aggressive --max-line-length= --exit-code',
  ),
  autoflake: onlyWith(
    ['-c', '--check', '--check-diff', '-cd'],
    '-crq --check --check-diff --recursive --remove-all-unused-imports --quiet',
  ),
  interrogate: checks('-vqiIpmMnCsS --fail-under= --quiet --verbose'),
  radon: verbs({
    'cc mi raw hal':
      '-asnijx= -n= --min= --max= --average --total-average --show-complexity --json --exclude=',
  }),
  xenon: checks('--max-absolute= --max-modules= --max-average= -b= -a= -m='),
  dodgy: checks(''),
  deptry: checks('--ignore= --exclude= -v --config<'),
  'lint-imports': checks('--config< --verbose --no-cache'),
  slotscheck: checks('-mv'),
}

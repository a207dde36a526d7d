import { text } from './named-judges.ts'
import { allow, ask } from '../outcome.ts'
import { hasOption } from '../parse-options.ts'
import type { Judge } from '../shell.ts'
import { askAbout, tool } from '../tool.ts'
import { empties, notWith, onlyWith, verbs } from './sub-commands.ts'

const checks = (options: string, singleDash = false): Judge =>
  tool({ options, operands: 'names', singleDash })

const kustomize: Judge = verbs({
  build: '--load-restrictor=~ --enable-helm~ --enable-exec~ --enable-alpha-plugins~ --output=~ -o=~',
  version: '',
})

/** Checkers of databases, clusters, policies, books and circuits: they read the project and print what they find. */
export const infrastructureChecks: Readonly<Record<string, Judge>> = {
  sqlfluff: verbs({
    'lint parse':
      '--dialect= --rules= --exclude-rules= -f= --format= --nocolor --ignore= --processes= -p= -v --templater=~',
    'rules dialects version': '',
  }),
  sqlfmt: onlyWith(['--check', '--diff'], '--check --diff --quiet --no-progressbar'),
  squawk: checks('--exclude= --reporter= --pg-version='),
  'ansible-lint': notWith(
    ['--fix'],
    '-qvpfL -f= -x= -t= --offline --strict --nocolor --profile= --exclude= --rulesdir~ -r~ -R~',
  ),
  'cfn-lint': checks(
    '-t< --template< --regions= --ignore-checks= --format= -i= -r= -e --append-rules=~ -a=~',
  ),
  kubeconform: checks(
    '-strict -summary -verbose -ignore-missing-schemas -output= -skip= -kubernetes-version= -n= -schema-location=~',
    true,
  ),
  kubeval: checks('--strict --ignore-missing-schemas --output= -d= --skip-kinds= -o='),
  kustomize,
  conftest: verbs({
    'test verify':
      '-p/ --policy/ -o= --output= --namespace= --all-namespaces --fail-on-warn --no-color --parser= --data/ -d/ --update=~',
    parse: '',
  }),
  opa: verbs(
    {
      'test check':
        '-v -c --coverage --format= --verbose -b --bundle --ignore= --run= --strict -S -f= --fail --threshold=',
      'parse deps': '--format= -f=',
      version: '',
    },
    { others: [['fmt', onlyWith(['-l', '-d', '--list', '--diff', '--fail'], '-ld --list --diff --fail')]] },
  ),
  regal: verbs({ lint: '--format= -f= --fail-level= --disable= --enable= --ignore-files=', version: '' }),
  tfsec: checks(
    '--format= -f= --minimum-severity= -m= --exclude= -e= --no-color --soft-fail --concise-output --config-file<',
  ),
  checkov: checks(
    '-d/ -f< --directory/ --file< --framework= --quiet --compact --check= --skip-check= -c= -o= --soft-fail -s --external-checks-dir=~ --external-checks-git=~ --download-external-modules=~ --bc-api-key=~',
  ),
  protolint: verbs({ lint: '-v', version: '' }),
  'verible-verilog-lint': checks('--rules= --ruleset=', true),
  chktex: checks('-q -n= -v= -w= -I='),
  'erb-lint': notWith(['-a', '--autocorrect'], '--lint-all --format= --config< --enable-all-linters'),
  erblint: notWith(['-a', '--autocorrect'], '--lint-all --format= --config< --enable-all-linters'),
  'haml-lint': notWith(
    ['-a', '-A', '--auto-correct'],
    '-c< -e= -i= -x= -r=~ --config< --parallel --reporter=',
  ),
  'slim-lint': checks('-c< -i= -x= -e= --config<'),
  reek: checks('-c< -f= --config< --format= --smell= --no-color --force-exclusion'),
  flay: checks('-v -m= -s --mass= --summary'),
  flog: checks('-abcdgmqs --all --group --score'),
  brakeman: checks(
    '-q -A -w= -z -f= --no-pager --quiet --format= --no-progress --confidence-level= -p/ -o> --exit-on-warn --no-exit-on-warn --rails7 --skip-files= -x= -t= --add-checks-path=~',
  ),
  fasterer: checks(''),
  steep: verbs({
    'check stats validate': '-j= --severity-level= --with-expectations? --jobs= --log-level=',
    version: '',
  }),
  srb: verbs({ tc: '--metrics-file~ --ignore= --quiet -a~' }),
  rbs: verbs({ 'validate list version parse': '--silent' }),
  golint: checks('-min_confidence= -set_exit_status', true),
  revive: checks('-config< -formatter= -exclude= -set_exit_status', true),
  gocyclo: checks('-over= -top= -avg -ignore=', true),
  errcheck: checks('-blank -asserts -ignoretests -exclude< -verbose', true),
  ineffassign: checks(''),
  misspell: notWith(['-w'], '-error -locale= -i= -q'),
  gosec: checks(
    '-quiet -fmt= -exclude= -include= -severity= -confidence= -exclude-dir= -tests -no-fail -out> -exclude-generated',
    true,
  ),
  govulncheck: (call, shell) => askAbout('network', 'It asks a service about dependencies.', { call, shell }),
  gofumpt: onlyWith(['-l', '-d'], '-l -d -extra', true),
  gci: verbs({ 'diff list': '-s= --section= --skip-generated' }),
  yamlfmt: onlyWith(['-lint', '-dry'], '-lint -dry -conf< -quiet', true),
  'yaml-lint': checks('-q'),
  xmlstarlet: (call, shell) =>
    ['val', 'validate', 'el', 'elements'].includes(call.args[0]?.text ?? '')
      ? tool({ options: '-weqbauv -s< -d<', operands: 'read' })({ ...call, args: call.args.slice(1) }, shell)
      : askAbout('unknown-command', 'It may read other files.', { call, shell }),
  plutil: tool({
    options: '-lint -p -s',
    singleDash: true,
    refine: (parsed) =>
      hasOption(parsed, '-lint', '-p') ? undefined : ask('changes-files', 'It changes the file.'),
  }),
  hugo: tool({
    options:
      '-s/ -D --minify --buildDrafts --gc --quiet --printPathWarnings --panicOnWarning --environment= -e= --ignoreCache --logLevel= -d> --destination>',
    operands: 'none',
  }),
  zola: empties(
    ['-o', '--output-dir'],
    verbs({ 'build check': '--drafts -o> --output-dir> --force~ --skip-external-links -f~' }),
  ),
  mdbook: empties(['-d', '--dest-dir'], verbs({ 'build test': '-d> --dest-dir> -L/ -o~ --open~ -c=' })),
  mkdocs: empties(
    ['-d', '--site-dir'],
    verbs({ build: '-cqsv -d> -f< --strict --clean --site-dir> --config-file< --quiet --verbose' }),
  ),
  'sphinx-build': tool({
    options: '-b= -M= -W -n -q -E -a -j= -c/ -T -v --keep-going --fail-on-warning -t= -d>',
    first: ['tree', 'make'],
    operands: 'names',
  }),
  verilator: (call, shell) =>
    call.args[0]?.text === '--lint-only'
      ? text('-Wall -Wno-fatal -sv --top-module=', true)({ ...call, args: call.args.slice(1) }, shell)
      : askAbout('runs-file', 'It builds a program.', { call, shell }),
  'arduino-cli': verbs({
    version: '',
    compile: '-b= --fqbn= --warnings= -v --build-path> --clean --library/ --build-property=~ -u~ --upload~',
  }),
  pio: (call, shell) =>
    ['check', 'test'].includes(call.args[0]?.text ?? '')
      ? text('-e= -f= -v --environment= --severity= --without-uploading --filter=')(
          { ...call, args: call.args.slice(1) },
          shell,
        )
      : askAbout('runs-script', 'It may write to a device.', { call, shell }),
  nix: (call, shell) =>
    call.args[0]?.text === 'flake' &&
    ['show', 'metadata'].includes(call.args[1]?.text ?? '') &&
    call.args.slice(2).every((field) => ['--json', '--all-systems', '.'].includes(field.text))
      ? allow()
      : askAbout('supply-chain', 'It may fetch and build packages.', { call, shell }),
  'nix-instantiate': (call, shell) =>
    call.args[0]?.text === '--parse' && call.args.length === 2
      ? tool({})({ ...call, args: call.args.slice(1) }, shell)
      : askAbout('inline-code', 'It evaluates code.', { call, shell }),
}

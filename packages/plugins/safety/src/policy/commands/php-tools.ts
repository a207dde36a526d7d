import { each, text } from './named-judges.ts'
import { isPlain } from '../field.ts'
import { allow } from '../outcome.ts'
import type { Judge } from '../shell.ts'
import { askAbout, tool, tools } from '../tool.ts'
import { isSafeScript } from './package-scripts.ts'
import { notWith, onlyWith, verbs } from './sub-commands.ts'

const phpunit: Judge = tool({
  options:
    '--filter= --testsuite= --stop-on-failure --stop-on-error --colors? --testdox --group= --exclude-group= -c< --configuration< --coverage-text? --no-coverage --coverage-html> --coverage-clover> --log-junit> --verbose -v --debug --order-by= --list-tests --list-suites --list-groups --fail-on-warning --fail-on-risky --display-warnings --display-deprecations --no-progress --no-configuration --do-not-cache-result --testdox-text> --bootstrap<~ --printer=~ --extension=~ --include-path~ --cache-directory>',
  operands: 'names',
})

const pest: Judge = tool({
  options:
    '--parallel -p --processes= --filter= --testsuite= --group= --exclude-group= --bail --stop-on-failure --dirty --retry --ci --coverage --min= --type-coverage --todos --list-tests --compact --profile -c< --configuration< --colors? --testdox --init~ --no-coverage --arch --order-by= --shard=',
  operands: 'names',
})

const phpstan: Judge = verbs({
  'analyse analyze':
    '-l= -c< -v --level= --no-progress --memory-limit= --error-format= --configuration< --no-interaction -n --ansi --no-ansi --debug --xdebug -q --autoload-file<~ -a<~ --generate-baseline>~ -b>~ --pro~ --fix~',
  'diagnose list': '',
})

const psalm: Judge = notWith(
  ['--alter', '--set-baseline', '--update-baseline', '--init', '--plugin'],
  '-c< -m --config< --no-cache --show-info= --threads= --stats --no-progress --output-format= --long-progress --memory-limit= --shepherd~ --find-dead-code? --no-diff --diff --monochrome --no-suggestions --ignore-baseline --taint-analysis --report> --php-version= --root~ -r~',
)

const phpcs: Judge = tool({
  options:
    '-snpqvwilea --standard= --report= --report-file> --extensions= --ignore= --colors --no-colors --severity= --warning-severity= --error-severity= --exclude= --sniffs= --parallel= --cache --no-cache --tab-width= --bootstrap<~ -d=~ --config-set:~',
  operands: 'names',
})

const csFixer: Judge = (call, shell) => {
  const [verb, ...rest] = call.args
  const options =
    '--dry-run --diff --config< --rules= --allow-risky= --using-cache= --format= --show-progress= -v --verbose --stop-on-violation --path-mode= -n --no-interaction --sequential'
  if (verb?.text === 'check') return tool({ options, operands: 'names' })({ ...call, args: rest }, shell)
  if (verb?.text === 'fix') return onlyWith(['--dry-run'], options)({ ...call, args: rest }, shell)
  return ['list-files', 'describe'].includes(verb?.text ?? '')
    ? text('--config<')({ ...call, args: rest }, shell)
    : askAbout('changes-files', 'It rewrites source files.', { call, shell })
}

const composer: Judge = tools(
  '-nqv --no-interaction --no-ansi --no-cache --no-plugins -d/ --working-dir/',
  new Map(
    each(
      'validate show info outdated licenses check-platform-reqs why why-not depends prohibits diagnose about fund suggests audit',
      text(
        '--strict --no-check-all --no-check-publish --no-check-lock --tree --direct --installed --all --format= -t -D -o -i -l -a -m -P -N --latest --minor-only --locked --no-dev --platform --name-only --abandoned=',
      ),
    ),
  ),
  {
    otherwise: (call, shell) => {
      const rest = call.args.filter(
        (field) => !['-n', '-q', '-v', '--no-interaction', '--no-ansi', '--ansi'].includes(field.text),
      )
      const script = ['run', 'run-script'].includes(rest[0]?.text ?? '') ? rest.slice(1) : rest
      const [name] = script
      const isList =
        script.length === 1 && (name?.text === '--list' || name?.text === '-l') && rest.length > 1
      return isList ||
        (name && (isSafeScript(name.text) || analysers.has(name.text)) && call.args.every(isPlain))
        ? allow()
        : askAbout('supply-chain', 'It changes dependencies or runs scripts.', { call, shell })
    },
  },
)

const analysers = new Set(
  'cs stan phpstan psalm analyse analyze phpunit pest phpcs static-analysis test-coverage test:unit cs-check check-cs cs:check'.split(
    ' ',
  ),
)

/** What `composer install` puts into vendor/bin. */
export const phpTools: Readonly<Record<string, Judge>> = {
  composer,
  phpunit,
  'simple-phpunit': phpunit,
  paratest: phpunit,
  pest,
  phpstan,
  psalm,
  phpcs,
  'php-cs-fixer': csFixer,
  pint: onlyWith(['--test'], '--test --dirty -v --preset= --config< --format= --parallel'),
  rector: (call, shell) =>
    call.args[0]?.text === 'process'
      ? onlyWith(
          ['--dry-run', '-n'],
          '-n --dry-run --config< --no-progress-bar --clear-cache --output-format= --no-diffs -c< --debug',
        )({ ...call, args: call.args.slice(1) }, shell)
      : askAbout('changes-files', 'It rewrites source files.', { call, shell }),
  ecs: (call, shell) =>
    notWith(['--fix'], '--config< --no-progress-bar --clear-cache --output-format=')(
      { ...call, args: call.args[0]?.text === 'check' ? call.args.slice(1) : call.args },
      shell,
    ),
  phpmd: tool({
    options: '--exclude= --suffixes= --minimumpriority= --ignore-violations-on-exit --strict --reportfile>',
    first: ['names', 'text', 'text'],
    operands: 'none',
  }),
  'parallel-lint': tool({
    options: '-j= -e= --exclude= --no-colors --no-progress --json --checkstyle -p! --blame',
    operands: 'names',
  }),
  deptrac: verbs({
    'analyse analyze':
      '--no-progress -c< --config-file< --report-uncovered --fail-on-uncovered --formatter= -f=',
  }),
  phploc: tool({ options: '--exclude= --suffix=', operands: 'names' }),
  codecept: verbs({
    run: '-vg= -x= -s= --steps --fail-fast --no-interaction --no-colors --group= --skip= --debug -d',
  }),
  behat: tool({
    options:
      '-fs= --tags= --format= --suite= --dry-run --stop-on-failure --strict --colors --no-colors --no-interaction -n --profile= -p= -c< --config<',
    operands: 'names',
  }),
  phpspec: verbs({ run: '-v -n --no-interaction --format= -f= --stop-on-failure' }),
  infection: tool({
    options:
      '--threads= -j= --min-msi= --min-covered-msi= --show-mutations --filter= --no-progress --only-covered',
    operands: 'none',
  }),
}

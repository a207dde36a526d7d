import { each, publishes, text } from './named-judges.ts'
import { isPlain } from '../field.ts'
import type { Judge } from '../shell.ts'
import { askAbout, tools } from '../tool.ts'
import { goals } from './build-tools.ts'

export const gradle: Judge = goals(
  'test build check assemble tasks dependencies compileJava compileKotlin compileTestJava classes testClasses lint projects properties help ktlintCheck detekt spotlessCheck jacocoTestReport javadoc integrationTest lintDebug testDebugUnitTest assembleDebug',
  '-qsidSmawx= -x= -P=~ -D=~ -I<! --tests= --info --debug --stacktrace --quiet --no-daemon --offline --parallel --continue --rerun-tasks --dry-run --scan~ --console= --warning-mode= --build-cache --no-build-cache --max-workers= --configuration= --init-script! --version --all --daemon -p/ -b<~',
)

const maven = goals(
  'test verify package compile test-compile validate process-classes tree analyze checkstyle check help effective-pom',
  '-qBXeoUTntfael -pl= -am -amd -D=~ -DskipTests -P= -f< -T= -B --batch-mode --quiet --offline --errors --no-transfer-progress -ntp -fae -ff --fail-at-end --version -s<~ -v',
)

/** `-Dname=value` sets a property: only the ones that choose tests are known. */
export const mvn: Judge = (call, shell) => {
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

export const dotnet: Judge = tools(
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

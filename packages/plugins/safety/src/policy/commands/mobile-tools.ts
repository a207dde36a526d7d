import { publishes, text } from './named-judges.ts'
import { isPlain } from '../field.ts'
import type { Judge } from '../shell.ts'
import { askAbout, tool } from '../tool.ts'
import { onlyWith, verbs } from './sub-commands.ts'

const buildActions = new Set('build test analyze build-for-testing test-without-building'.split(' '))
const buildSettings =
  /^(?:CODE_SIGNING_(?:ALLOWED|REQUIRED)|ONLY_ACTIVE_ARCH|COMPILER_INDEX_STORE_ENABLE|ENABLE_BITCODE|GCC_TREAT_WARNINGS_AS_ERRORS|SWIFT_TREAT_WARNINGS_AS_ERRORS|DEBUG_INFORMATION_FORMAT)=[\w-]*$|^CODE_SIGN_IDENTITY=-?$/

/** xcodebuild builds and tests a scheme that the project declares. */
const xcodebuild: Judge = (call, shell) => {
  const found = tool({
    options:
      '-scheme= -project/ -workspace/ -target= -configuration= -sdk= -destination= -quiet -verbose -list -json -showsdks -showBuildSettings -showdestinations -version -derivedDataPath> -resultBundlePath> -enableCodeCoverage= -only-testing= -skip-testing= -testPlan= -parallel-testing-enabled= -skipMacroValidation~ -skipPackagePluginValidation~ -hideShellScriptEnvironment -disableAutomaticPackageResolution -arch= -jobs=',
    singleDash: true,
    operands: 'text',
  })(
    { ...call, args: call.args.filter((field) => !/^-(?:only|skip)-testing:[\w/.()-]+$/.test(field.text)) },
    shell,
  )
  const actions = call.args.filter(
    (field, index) =>
      !field.text.startsWith('-') &&
      (buildActions.has(field.text) ||
        field.text.includes('=') ||
        !call.args[index - 1]?.text.startsWith('-')),
  )
  const known = actions.every(
    (field) =>
      isPlain(field) &&
      (buildActions.has(field.text) || buildSettings.test(field.text) || field.text.startsWith('platform=')),
  )
  const looks = call.args.some((field) =>
    ['-list', '-showsdks', '-showBuildSettings', '-showdestinations', '-version'].includes(field.text),
  )
  return known && (looks || actions.some((field) => buildActions.has(field.text)))
    ? found
    : askAbout('runs-script', 'It does more than build and test.', { call, shell })
}

const pubVerbs: Judge = (call, shell) =>
  ['deps', 'outdated'].includes(call.args[0]?.text ?? '')
    ? text('--json --no-dev --style= -s= --no-dev-dependencies --show-all --executables')(
        { ...call, args: call.args.slice(1) },
        shell,
      )
    : call.args[0]?.text === 'publish'
      ? publishes(call, shell)
      : askAbout('supply-chain', 'It changes dependencies.', { call, shell })

const testOptions =
  '-r= -n= -N= -j= -t= -x= -p= -d= --coverage? --coverage-path> --reporter= --name= --plain-name= --tags= --exclude-tags= --concurrency= --no-pub --pub --platform= --test-randomize-ordering-seed= --update-goldens~ --machine --fail-fast --timeout= --run-skipped --dart-define= --total-shards= --shard-index= --chain-stack-traces --file-reporter>'

export const mobileTools: Readonly<Record<string, Judge>> = {
  xcodebuild,
  swift: verbs(
    {
      build:
        '-c= -vq --configuration= --verbose --quiet --target= --product= --build-tests --skip-update --disable-sandbox~ --build-path> --package-path/ --scratch-path> --static-swift-stdlib --show-bin-path -j= --jobs= --arch= --explicit-target-dependency-import-check=',
      test: '--filter= --parallel --no-parallel -vq --skip-build --enable-code-coverage -c= --configuration= --skip= --num-workers= --xunit-output> --package-path/ --build-path> --quiet --verbose --show-codecov-path --disable-xctest --enable-swift-testing',
    },
    {
      others: [
        [
          'format',
          (call, shell) =>
            call.args[0]?.text === 'lint'
              ? tool({ options: '-rsp --recursive --strict --parallel --configuration<', operands: 'names' })(
                  { ...call, args: call.args.slice(1) },
                  shell,
                )
              : askAbout('changes-files', 'It rewrites source files.', { call, shell }),
        ],
        [
          'package',
          (call, shell) =>
            ['describe', 'show-dependencies', 'dump-package', 'tools-version', 'completion-tool'].includes(
              call.args[0]?.text ?? '',
            )
              ? text('--type= --format= --package-path/')({ ...call, args: call.args.slice(1) }, shell)
              : askAbout('supply-chain', 'It changes dependencies or runs a plugin.', { call, shell }),
        ],
      ],
    },
  ),
  flutter: verbs(
    {
      test: testOptions,
      analyze:
        '--no-fatal-infos --no-fatal-warnings --fatal-infos --fatal-warnings --no-pub --write=~ --no-congratulate --suggestions',
      doctor: '-v --verbose',
      devices: '--machine',
      emulators: '',
    },
    { options: '--no-version-check --suppress-analytics', others: [['pub', pubVerbs]] },
  ),
  dart: verbs(
    { test: testOptions, analyze: '--fatal-infos --fatal-warnings --no-fatal-warnings --format=', info: '' },
    {
      options: '--disable-analytics',
      others: [
        ['pub', pubVerbs],
        ['fix', onlyWith(['--dry-run', '-n'], '-n --dry-run --code=')],
        [
          'format',
          (call, shell) =>
            call.args
              .filter((field) => field.text.startsWith('-o') || field.text.startsWith('--o'))
              .every((field) => field.text === '--output=none') &&
            call.args.some((field) => field.text === '--output=none')
              ? tool({
                  options: '--output= --set-exit-if-changed -l= --line-length= --show=',
                  operands: 'names',
                })(call, shell)
              : askAbout('changes-files', 'It rewrites source files.', { call, shell }),
        ],
      ],
    },
  ),
  pod: (call, shell) =>
    call.args[0]?.text === 'trunk'
      ? publishes(call, shell)
      : askAbout('supply-chain', 'It changes dependencies.', { call, shell }),
}

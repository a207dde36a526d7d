import { publishes } from './named-judges.ts'
import { isPlain } from '../field.ts'
import { ask } from '../outcome.ts'
import { hasOption } from '../parse-options.ts'
import type { Judge } from '../shell.ts'
import { tool } from '../tool.ts'

const unknownGoal = ask('runs-script', 'What the target does is not known.')

interface BuildSpec {
  readonly options: string
  readonly isKnown: (goal: string) => boolean
  /** Goals that are only known beside another one. */
  readonly beside: readonly string[]
  /** Options with which it runs no goal. */
  readonly looks?: readonly string[]
  readonly singleDash?: boolean
}

const build = ({ options, isKnown, beside, looks = [], singleDash = false }: BuildSpec): Judge =>
  tool({
    options,
    singleDash,
    operands: 'text',
    refine: (parsed) => {
      const goals = parsed.operands.filter((field) => !beside.includes(field.text.split(':').at(-1) ?? ''))
      const known = goals.length > 0 && goals.every((field) => isPlain(field) && isKnown(field.text))
      return known || hasOption(parsed, ...looks) ? undefined : unknownGoal
    },
  })

const gradleTasks = new Set(
  `test build check assemble tasks dependencies dependencyInsight compileJava compileKotlin compileTestJava compileTestKotlin compileScala compileGroovy classes testClasses lint projects properties help ktlintCheck detekt
  spotlessCheck jacocoTestReport jacocoTestCoverageVerification javadoc integrationTest lintDebug lintRelease testDebugUnitTest testReleaseUnitTest assembleDebug bundleDebug jar bootJar checkstyleMain checkstyleTest pmdMain spotbugsMain koverVerify
  koverXmlReport koverHtmlReport apiCheck allTests jvmTest jsTest unitTest buildEnvironment outgoingVariants kotlinDslAccessorsReport processResources dokkaHtml validatePlugins sourcesJar functionalTest`.split(
    /\s+/,
  ),
)

const gradleTask: Judge = build({
  options:
    '-qsidSmawx= -x= -P=~ -D=~ -I<! --tests= --info --debug --stacktrace --full-stacktrace --quiet --no-daemon --offline --parallel --no-parallel --continue --rerun-tasks --rerun --dry-run --scan~ --console= --warning-mode= --build-cache --no-build-cache --configuration-cache --no-configuration-cache --max-workers= --configuration= --dependency= --init-script! --version --all --daemon -p/ -b<~ --refresh-dependencies --status --profile --project-dir/ --task= --no-watch-fs',
  isKnown: (goal) => gradleTasks.has(goal.split(':').at(-1) ?? ''),
  beside: ['clean', 'cleanTest'],
  looks: ['--status', '--dry-run', '-m'],
})

const harmlessGradle =
  /^-P(?:ci|CI|version|env|profile|parallel|coverage|maxParallelForks)(?:=[\w.-]*)?$|^-Dorg\.gradle\.(?:jvmargs=-Xm[xs]\d+[mgMG]|daemon=\w+|parallel=\w+|caching=\w+|workers\.max=\d+|console=\w+|warning\.mode=\w+)$|^-D(?:test\.single|tests|updateSnapshots|junit\.[\w.]+)=?[\w.*-]*$/

export const gradle: Judge = (call, shell) => {
  if (
    call.args.some((field) => /(?:^|:)publish\w*$/i.test(field.text) && !field.text.endsWith('ToMavenLocal'))
  )
    return publishes(call, shell)
  return gradleTask(
    { ...call, args: call.args.filter((field) => !isPlain(field) || !harmlessGradle.test(field.text)) },
    shell,
  )
}

const phases = new Set(
  'test verify package compile test-compile validate process-classes process-resources process-test-classes prepare-package integration-test generate-sources initialize'.split(
    ' ',
  ),
)
/** `plugin:goal` of the plugins everyone has; any other would be fetched and run. */
const pluginGoals =
  /^(?:dependency:(?:tree|list|analyze|analyze-only|resolve|build-classpath|display-ancestors)|help:(?:effective-pom|effective-settings-never|active-profiles|all-profiles|describe|system-never)|versions:display-[\w-]+|checkstyle:check(?:style)?|spotless:check|spotbugs:check|pmd:(?:check|cpd-check|pmd)|enforcer:enforce|surefire:(?:test|help)|failsafe:(?:verify|integration-test)|compiler:(?:compile|testCompile)|jacoco:(?:report|check)|javadoc:javadoc|license:check|formatter:validate|fmt:check|ktlint:check|detekt:check|resources:resources|impsort:check|sortpom:verify|revapi:check|japicmp:cmp|archetype-never)$/

const maven: Judge = build({
  options:
    '-q -B -X -e -o -U -T= -D=~ -P= -f< -N -V -v -s<~ --batch-mode --quiet --offline --errors --debug --no-transfer-progress --fail-at-end --fail-fast --version --threads= --projects= --also-make --also-make-dependents --update-snapshots --no-snapshot-updates --show-version --file< --activate-profiles= --resume-from= --non-recursive --settings<~',
  isKnown: (goal) => phases.has(goal) || pluginGoals.test(goal),
  beside: ['clean'],
  singleDash: true,
})

/** `-Dname=value` sets a property: only the ones that choose tests are known. */
const harmlessMaven =
  /^-D(?:test=|it\.test=|skipTests|skipITs|failIfNoTests=|surefire\.|maven\.test\.(?:skip|failure\.ignore)|style\.color=|includes=|groups=|excludedGroups=|checkstyle\.skip|spotbugs\.skip|jacoco\.skip|enforcer\.skip|verbose|fork(?:Count|Mode)=|trimStackTrace=|parallel=|threadCount=|maven\.javadoc\.skip|gpg\.skip|revision=[\w.-]*$|detail)/
const loneFlags = new Set(['-ntp', '-am', '-amd', '-fae', '-ff', '-fn'])

export const mvn: Judge = (call, shell) => {
  if (
    call.args.some(
      (field) =>
        field.text === 'deploy' || field.text.startsWith('release:') || field.text.startsWith('deploy:'),
    )
  )
    return publishes(call, shell)
  const skip = new Set(
    call.args.flatMap((field, index) =>
      field.text === '-pl' || field.text === '-rf'
        ? [index, index + 1]
        : loneFlags.has(field.text) ||
            /^-T\d+(?:\.\d+)?C?$/.test(field.text) ||
            /^-P[\w,!-]+$/.test(field.text) ||
            (harmlessMaven.test(field.text) && !field.text.includes('argLine'))
          ? [index]
          : [],
    ),
  )
  return maven(
    { ...call, args: call.args.filter((field, index) => !skip.has(index) || !isPlain(field)) },
    shell,
  )
}

const sbtTasks =
  /^(?:[\w-]+\s*\/\s*)?(?:Test\s*\/\s*|test:|it:|IntegrationTest\s*\/\s*)?(?:test|compile|clean|scalafmtCheck|scalafmtCheckAll|scalafmtSbtCheck|doc|projects|tasks|dependencyTree|update-never|mimaReportBinaryIssues|testQuick|coverage|coverageReport|headerCheck|undeclaredCompileDependencies|evicted|reload|about)$|^(?:[\w-]+\s*\/\s*)?(?:Test\s*\/\s*)?test(?:Only|Quick) [\w.*$ ]+(?: -- -[znoD] ?[\w" .]+)?$|^scalafixAll? --check$|^\+\+[\d.]+!?$/

export const sbt: Judge = (call, shell) => {
  if (call.args.some((field) => /publish/i.test(field.text))) return publishes(call, shell)
  return tool({
    options:
      '-v -no-colors -batch -warn -error -info -client --batch --no-colors --client --error --warn -Dsbt.color=',
    singleDash: true,
    operands: 'text',
    refine: (parsed) => {
      const parts = parsed.operands.flatMap((field) =>
        field.text
          .split(';')
          .map((part) => part.trim())
          .filter((part) => part !== ''),
      )
      const known = parsed.operands.every(isPlain) && parts.every((part) => sbtTasks.test(part))
      return known && parts.some((part) => part !== 'clean') ? undefined : unknownGoal
    },
  })(call, shell)
}

import { isPlain, literal, type Field } from '../field.ts'
import { allow, ask, deny, noInput, type Outcome, worst } from '../outcome.ts'
import { type OptionSchema, optionSchema } from '../option-schema.ts'
import { type ParsedArguments, parseOptions } from '../parse-options.ts'
import { readPath } from '../path-rules.ts'
import type { Call, Judge, Shell } from '../shell.ts'
import { insideOnly } from '../inside-only.ts'
import { askAbout, isHelp, judgeOption } from '../tool.ts'

/** Names of scripts that test, check or build. */
const safeScripts = new Set(
  `test tests t lint build check typecheck type-check types tsc format fmt prettier coverage cover compile verify validate unit e2e integration bench docs eslint stylelint storybook:build
  check-types checktypes ci lint-check format-check knip unit-test spec`.split(/\s+/),
)

const unsafeParts = new Set(
  'deploy publish release fix write push migrate seed reset drop clean destroy prod production upload start dev serve watch update upgrade install postinstall remote'.split(
    ' ',
  ),
)

/** A build for production is a build; tests against it are not what tests are. */
const builds = new Set('build compile lint check typecheck types bundle tsc verify validate'.split(' '))
const modes = new Set(['prod', 'production', 'dev'])

export const isSafeScript = (name: string): boolean => {
  const parts = name.split(/[:.-]/)
  return (
    (safeScripts.has(name) || safeScripts.has(parts[0] ?? '')) &&
    !parts.some((part) => unsafeParts.has(part) && !(builds.has(parts[0] ?? '') && modes.has(part)))
  )
}

const mostBytes = 1_048_576

/** The text of a script and of those that run before and after it, as `package.json` declares them. */
const declared = (name: string, shell: Shell): readonly string[] | undefined => {
  for (const folder of shell.state.folders) {
    const text = shell.host.files.text(`${folder}/package.json`, mostBytes)
    if (text === undefined) continue
    try {
      const manifest: unknown = JSON.parse(text)
      const scripts =
        typeof manifest === 'object' && manifest !== null && 'scripts' in manifest
          ? manifest.scripts
          : undefined
      if (typeof scripts !== 'object' || scripts === null) return []
      const found = new Map(Object.entries(scripts))
      return [`pre${name}`, name, `post${name}`]
        .map((key) => found.get(key))
        .filter((script) => typeof script === 'string')
    } catch {
      return []
    }
  }
  return undefined
}

/** A declared script runs when its name says test, check or build, or when all it does is known. What it does can only refuse it. */
const judgeScript = (name: Field, shell: Shell): Outcome => {
  if (!isPlain(name)) return ask('dynamic-command', 'Which script runs is only known when it runs.')
  const texts = declared(name.text, shell)
  const judged = worst((texts ?? []).map((text) => shell.runSource(text, { stdin: noInput })))
  if (judged.verdict === 'deny') return judged
  if (
    shell.state.written.size > 0 &&
    [...shell.state.written.keys()].some((path) => path.endsWith('package.json'))
  )
    return ask('runs-file', 'The scripts were just changed.')
  if (isSafeScript(name.text)) return allow()
  return texts && texts.length > 0 && judged.verdict === 'allow'
    ? allow()
    : ask('runs-script', `The script "${name.text}" may do more than test, check or build.`)
}

const general = `--silent -s --if-present --workspaces -ws --workspace= -w= -r --recursive --filter= -F= --include-workspace-root --no-color --color? --loglevel= --parallel --stream --json --prefix/ -C/ --dir/ --cwd/ --offline --prefer-offline --foreground-scripts --verbose --quiet
  --script-shell! --node-options! --shell! --userconfig<~ --globalconfig<~ --registry=~ --ignore-scripts --aggregate-output --no-bail --sort --no-sort --reporter= --workspace-root --fail-if-no-match --no-update-notifier --coverage --watch? --runInBand --ci -a -p`

export const schema: OptionSchema = optionSchema(general)

const judgeRun = (parsed: ParsedArguments, call: Call, shell: Shell): Outcome => {
  const [script] = parsed.operands
  if (!script) return allow()
  const folders = parsed.options
    .filter(({ kind }) => kind === 'folder')
    .flatMap(({ value }) => (value ? [value] : []))
  const outside = folders
    .map((field) => readPath(field, shell, 'names'))
    .find(({ verdict }) => verdict !== 'allow')
  if (outside)
    return outside.verdict === 'ask'
      ? deny('runs-foreign', 'It runs scripts from outside the project.')
      : outside
  const rest = parsed.operands
    .slice(1)
    .filter((field) => field.unknown === 'secret' || field.unknown === 'env' || field.unknown === 'remote')
  return worst([
    judgeScript(script, shell),
    ...(rest.length > 0
      ? [askAbout('unknown-value', 'An argument is only known when it runs.', { call, shell })]
      : []),
  ])
}

/** The script's own arguments follow `--`, or the name where the manager passes them on. */
export const scriptRunner = (name: string | undefined): Judge =>
  insideOnly((call, shell) => {
    if (isHelp(call)) return allow()
    const end = call.args.findIndex((field) => field.text === '--')
    const head = end < 0 ? call.args : call.args.slice(0, end)
    const parsed = parseOptions(head, schema)
    const own = parsed.options
      .map((option) => judgeOption(option, call, shell))
      .filter(({ verdict }) => verdict !== 'allow')
    const operands = name === undefined ? parsed.operands : [literal(name), ...parsed.operands]
    // npm takes options before `--` for itself; the others hand them to the script.
    const passes = !call.name.startsWith('npm')
    if (parsed.unknown && (!passes || parsed.operands.length + (name ? 1 : 0) === 0))
      return worst([
        askAbout('unknown-option', `${call.name} is not known to be safe with "${parsed.unknown.text}".`, {
          call,
          shell,
        }),
        ...own,
      ])
    const outside = own.filter(({ rule }) => rule !== 'outside-project')
    return worst([judgeRun({ ...parsed, operands }, call, shell), ...outside])
  })

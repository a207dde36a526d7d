import { isPlain, literal, type Field } from '../field.ts'
import { allow, ask, deny, noInput, type Outcome, worst } from '../outcome.ts'
import { optionSchema } from '../option-schema.ts'
import { hasOption, type ParsedArguments, parseOptions } from '../parse-options.ts'
import { readPath } from '../path-rules.ts'
import type { Call, Judge, Shell } from '../shell.ts'
import { insideOnly } from '../inside-only.ts'
import { askAbout, isHelp, judgeOption, tool } from '../tool.ts'
import { nodePrograms } from './node-programs.ts'

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

const isSafeScript = (name: string): boolean => {
  const parts = name.split(/[:.-]/)
  return (
    (safeScripts.has(name) || safeScripts.has(parts[0] ?? '')) && !parts.some((part) => unsafeParts.has(part))
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
export const judgeScript = (name: Field, shell: Shell): Outcome => {
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

const asks =
  (why: string): Judge =>
  (call, shell) =>
    askAbout('supply-chain', why, { call, shell })
/** It asks the registry: what it sends must be known. */
const reads = (options: string): Judge =>
  tool({
    options,
    operands: 'text',
    refine: (_parsed, call) =>
      call.args.some((field) => field.unknown !== undefined)
        ? ask('unknown-value', 'What it sends is only known when it runs.')
        : undefined,
  })
const each = (names: string, judge: Judge): readonly (readonly [string, Judge])[] =>
  names.split(' ').map((name) => [name, judge])

const general = `--silent -s --if-present --workspaces -ws --workspace= -w= -r --recursive --filter= -F= --include-workspace-root --no-color --color? --loglevel= --parallel --stream --json --prefix/ -C/ --dir/ --cwd/ --offline --prefer-offline --foreground-scripts --verbose --quiet
  --script-shell! --node-options! --shell! --userconfig<~ --globalconfig<~ --registry=~ --ignore-scripts --aggregate-output --no-bail --sort --no-sort --reporter= --workspace-root --fail-if-no-match --no-update-notifier --coverage --watch? --runInBand --ci -a -p`
const schema = optionSchema(general)

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
const scriptRunner = (name: string | undefined): Judge =>
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

const publishes: Judge = () => deny('publishes', 'It publishes to the world, or takes back what others use.')
const list = reads(
  '-alg --depth= --json --all --long --parseable --prod --dev --omit= --only-projects --recursive -r --filter= --workspaces --workspace= -w= --global --link --package-lock-only --production --lines -D -P --include=',
)

const npmInfo: readonly (readonly [string, Judge])[] = [
  ...each('ls list ll la outdated why explain licenses', list),
  ...each(
    'view info show search docs-url ping root bin prefix query fund doctor whoami help help-search version-info',
    reads('--json --depth= -g --global --workspaces --workspace= -w= --parseable --long'),
  ),
  [
    'audit',
    (call, shell) =>
      call.args.some((field) => field.text === 'fix' || field.text === '--fix')
        ? askAbout('supply-chain', 'It changes dependencies.', { call, shell })
        : reads(
            '--json --audit-level= --production --prod --dev --omit= --registry=~ --level= -r --recursive --groups=',
          )(call, shell),
  ],
  [
    'pack',
    (call, shell) =>
      call.args.some((field) => field.text === '--dry-run')
        ? reads('--dry-run --json --workspace= -w=')(call, shell)
        : askAbout('changes-files', 'It runs scripts and writes an archive.', { call, shell }),
  ],
  ['config', (call, shell) => judgeConfig(call, shell)],
  ['c', (call, shell) => judgeConfig(call, shell)],
  [
    'pkg',
    (call, shell) =>
      call.args[0]?.text === 'get'
        ? allow()
        : askAbout('executed-file', 'It changes package.json.', { call, shell }),
  ],
  ['token', () => deny('secret', 'It shows or makes tokens.')],
  ...each('publish unpublish deprecate owner access dist-tag star hook team', publishes),
  [
    'npm',
    (call) =>
      call.args[0]?.text === 'publish'
        ? deny('publishes', 'It publishes to the world.')
        : call.args[0]?.text === 'info'
          ? allow()
          : ask('supply-chain', 'It contacts the registry.'),
  ],
]

const judgeConfig = (call: Call, shell: Shell): Outcome => {
  const [verb, key] = call.args
  if (call.args.some((field) => /auth|token|password/i.test(field.text)))
    return deny('secret', 'The setting holds a credential.')
  if (verb?.text === 'get' && key) return allow()
  if (verb?.text === 'list' || verb?.text === 'ls') return allow()
  if (/script-shell|node-options|prefix|globalconfig|userconfig|shell/.test(key?.text ?? ''))
    return deny('environment', 'The setting decides which program runs scripts.')
  return askAbout('supply-chain', 'It changes settings of the package manager.', { call, shell })
}

/** `npm ci` without scripts installs exactly the lockfile and runs nothing. */
const cleanInstall: Judge = (call, shell) => {
  const parsed = parseOptions(
    call.args,
    optionSchema(
      '--ignore-scripts --no-audit --no-fund --silent -s --prefer-offline --offline --omit= --include= --loglevel= --no-progress --frozen-lockfile --quiet --production --workspaces --workspace= -w= --prod --legacy-peer-deps --immutable --no-optional',
    ),
  )
  const frozen = call.name.endsWith(' ci') || hasOption(parsed, '--frozen-lockfile', '--immutable')
  return !parsed.unknown && parsed.operands.length === 0 && frozen && hasOption(parsed, '--ignore-scripts')
    ? allow()
    : askAbout('supply-chain', 'It changes dependencies or runs their scripts.', { call, shell })
}

const executes =
  (from: 'npm' | 'npx'): Judge =>
  (call, shell) => {
    const parsed = parseOptions(
      call.args,
      optionSchema(
        '--no-install --no --offline --prefer-offline -y~ --yes~ -p=~ --package=~ -c~ --call~ -q --quiet --silent --workspace= -w= --bun',
      ),
      true,
    )
    const own = parsed.options.map((option) => judgeOption(option, call, shell))
    if (hasOption(parsed, '-c', '--call'))
      own.push(shell.runSource(parsed.operands[0]?.text ?? '', { stdin: noInput }))
    const [first, ...after] = parsed.operands[0]?.text === '--' ? parsed.operands.slice(1) : parsed.operands
    if (!first) return worst([ask('supply-chain', `${from} runs a package.`), ...own])
    const judge = isPlain(first) && !parsed.unknown ? nodePrograms.get(first.text) : undefined
    const args = from === 'npm' && after[0]?.text === '--' ? after.slice(1) : after
    return worst([
      judge?.({ ...call, name: first.text, args }, shell) ??
        askAbout('supply-chain', `"${first.text}" may be downloaded and run.`, { call, shell }),
      ...own,
    ])
  }

const manager = (extra: readonly (readonly [string, Judge])[], fallback?: Judge): Judge => {
  const subcommands = new Map<string, Judge>([
    ...npmInfo,
    ...each('test tst t', scriptRunner('test')),
    ...each('run run-script rum', scriptRunner(undefined)),
    ...each('install i add ci clean-install install-test it', cleanInstall),
    ...each('exec x', executes('npm')),
    ...extra,
  ])
  return (call, shell) => {
    if (
      isHelp(call) ||
      (call.args.length === 1 && ['-v', '-V', '--version'].includes(call.args[0]?.text ?? ''))
    )
      return allow()
    const parsed = parseOptions(call.args, schema, true)
    const folders = parsed.options
      .filter(({ kind }) => kind === 'folder')
      .flatMap(({ value }) => (value ? [readPath(value, shell, 'names')] : []))
    const foreign = folders.some(({ verdict }) => verdict !== 'allow')
      ? [deny('runs-foreign', 'It works outside the project.')]
      : []
    const own = [
      ...parsed.options
        .filter(({ kind }) => kind !== 'folder')
        .map((option) => judgeOption(option, call, shell)),
      ...foreign,
    ]
    const [name, ...args] = parsed.operands
    if (!name || parsed.unknown)
      return worst([
        askAbout(
          parsed.unknown ? 'unknown-option' : 'supply-chain',
          `${call.name} is not known to be safe like this.`,
          { call, shell },
        ),
        ...own,
      ])
    const judge = isPlain(name) ? (subcommands.get(name.text) ?? fallback) : undefined
    const inner: Call = {
      ...call,
      name: `${call.name} ${name.text}`,
      args: judge === fallback ? parsed.operands : args,
    }
    return worst([
      judge?.(inner, shell) ??
        askAbout('supply-chain', `${inner.name} is not on the list.`, { call: inner, shell }),
      ...own,
    ])
  }
}

/** `yarn lint`, `pnpm typecheck`: a script, or a program of a dependency. */
/** `yarn workspace name test`, `yarn workspaces run test`. */
const yarnWorkspace: Judge = (call, shell) => {
  const rest = call.name.endsWith('workspaces') ? call.args : call.args.slice(1)
  const [verb, ...args] = rest
  if (verb?.text === 'list' || verb?.text === 'info') return allow()
  if (verb?.text === 'run' || verb?.text === 'foreach')
    return scriptOrProgram(
      {
        ...call,
        args: args.filter((field) => !['run', '-A', '-p', '-t', '--all', '--parallel'].includes(field.text)),
      },
      shell,
    )
  return scriptOrProgram({ ...call, args: rest }, shell)
}

/** In pnpm `-w` is a flag: the root of the workspace. */
const pnpmCommand: Judge = (call, shell) => {
  const [first, ...rest] = call.args
  return pnpm(first?.text === '-w' ? { ...call, args: rest } : call, shell)
}

const scriptOrProgram: Judge = (call, shell) => {
  const [first, ...args] = call.args
  const program = first && nodePrograms.get(first.text)
  if (first && program && !isSafeScript(first.text))
    return program({ ...call, name: first.text, args }, shell)
  return scriptRunner(undefined)(call, shell)
}

const pnpm = manager(
  [
    ...each('dlx create', asks('It downloads and runs a package.')),
    ...each('store deploy patch import fetch', asks('It changes the store or the project.')),
  ],
  scriptOrProgram,
)

export const nodeJudges: Readonly<Record<string, Judge>> = {
  npm: manager([
    ...each(
      'update up upgrade uninstall remove rm un link init create version dedupe prune rebuild cache login logout adduser',
      asks('It changes dependencies or the account.'),
    ),
  ]),
  pnpm: pnpmCommand,
  yarn: manager(
    [
      ...each('workspaces workspace', yarnWorkspace),
      ...each('dlx create', asks('It downloads and runs a package.')),
      ...each('global set plugin up upgrade remove link init import cache', asks('It changes the project.')),
    ],
    scriptOrProgram,
  ),
  bun: manager(
    [
      ['test', scriptRunner('test')],
      ...each('build create upgrade link update remove init', asks('It changes the project.')),
    ],
    scriptOrProgram,
  ),
  npx: executes('npx'),
  bunx: executes('npx'),
  corepack: (call, shell) =>
    isHelp(call) ? allow() : askAbout('supply-chain', 'It changes package managers.', { call, shell }),
  nvm: (call, shell) =>
    ['current', 'ls', 'list', '--version', 'which', 'version'].includes(call.args[0]?.text ?? '')
      ? allow()
      : askAbout('host', 'It changes Node installations.', { call, shell }),
}

import { each, publishes } from './named-judges.ts'
import { isPlain } from '../field.ts'
import { allow, ask, deny, noInput, type Outcome, worst } from '../outcome.ts'
import { optionSchema } from '../option-schema.ts'
import { hasOption, parseOptions } from '../parse-options.ts'
import { readPath } from '../path-rules.ts'
import type { Call, Judge, Shell } from '../shell.ts'
import { askAbout, isHelp, judgeOption, tool } from '../tool.ts'
import { nodePrograms } from './node-programs.ts'
import { isSafeScript, schema, scriptRunner } from './package-scripts.ts'

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

import { each } from './named-judges.ts'
import { isPlain } from '../field.ts'
import { allow, ask, deny, noInput, worst } from '../outcome.ts'
import { judgeCode } from '../judge-code.ts'
import { optionSchema } from '../option-schema.ts'
import { hasOption, parseOptions } from '../parse-options.ts'
import { readPath } from '../path-rules.ts'
import type { Call, Judge } from '../shell.ts'
import { askAbout, isHelp, judgeOption } from '../tool.ts'
import { nodePrograms } from './node-programs.ts'
import { asksAboutItself } from './self-queries.ts'
import { npmInfo } from './npm-info.ts'
import { isSafeScript, schema, scriptRunner } from './package-scripts.ts'

const asks =
  (why: string): Judge =>
  (call, shell) =>
    askAbout('supply-chain', why, { call, shell })

/** `npm ci` without scripts installs exactly the lockfile and runs nothing. */
const cleanInstall: Judge = (call, shell) => {
  const parsed = parseOptions(
    call.args,
    optionSchema(
      '--ignore-scripts --no-audit --no-fund --silent -s --prefer-offline --offline --omit= --include= --loglevel= --no-progress --frozen-lockfile --quiet --production --workspaces --workspace= -w= --prod --legacy-peer-deps --immutable --no-optional',
    ),
  )
  const frozen =
    / (?:ci|clean-install|ic|install-clean)$/.test(call.name) ||
    hasOption(parsed, '--frozen-lockfile', '--immutable')
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
    if (
      isPlain(first) &&
      !parsed.unknown &&
      nodePrograms.has(first.text) &&
      asksAboutItself(first.text, after)
    )
      return worst([allow(), ...own])
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
    ...each('install i add ci clean-install ic install-clean install-test it', cleanInstall),
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
  return pnpm(
    ['-w', 'recursive', 'multi', 'm'].includes(first?.text ?? '') ? { ...call, args: rest } : call,
    shell,
  )
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

const bun = manager(
  [
    ['test', scriptRunner('test')],
    ...each('build create upgrade link update remove init', asks('It changes the project.')),
  ],
  scriptOrProgram,
)

/** `bun -e code` is node with another name. */
const bunCommand: Judge = (call, shell) => {
  const code = call.args.find((_, index) =>
    ['-e', '--eval', '-p', '--print'].includes(call.args[index - 1]?.text ?? ''),
  )
  if (code) return judgeCode(code.text.replaceAll('\0', '_'), 'node', shell)
  if (call.stdin.origin === 'remote' && call.args.some((field) => field.text === '-'))
    return deny('remote-code', 'Code from the network would run unseen.')
  return bun(call, shell)
}

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
  bun: bunCommand,
  npx: executes('npx'),
  bunx: executes('npx'),
  corepack: (call, shell) =>
    isHelp(call) ? allow() : askAbout('supply-chain', 'It changes package managers.', { call, shell }),
  nvm: (call, shell) =>
    ['current', 'ls', 'list', '--version', 'which', 'version'].includes(call.args[0]?.text ?? '')
      ? allow()
      : askAbout('host', 'It changes Node installations.', { call, shell }),
}

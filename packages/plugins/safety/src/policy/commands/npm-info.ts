import { each, publishes } from './named-judges.ts'
import { allow, ask, deny, noInput, type Outcome, worst } from '../outcome.ts'
import type { Call, Judge, Shell } from '../shell.ts'
import { askAbout, tool } from '../tool.ts'

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

/** What package managers tell, and what they publish. */
export const npmInfo: readonly (readonly [string, Judge])[] = [
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
        : worst([
            askAbout('executed-file', 'It changes package.json.', { call, shell }),
            ...call.args
              .filter((field) => /^scripts\.[^=]*=/.test(field.text))
              .map((field) =>
                shell.runSource(field.text.slice(field.text.indexOf('=') + 1), { stdin: noInput }),
              )
              .filter(({ verdict }) => verdict === 'deny'),
          ]),
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

import { ask, deny, noInput, type Outcome, worst } from '../outcome.ts'
import { hasOption } from '../parse-options.ts'
import type { Call, Judge } from '../shell.ts'
import { askAbout, tool } from '../tool.ts'

/** What `--exec`, `-x` or `run` would run: only a refusal says more than the question. */
export const runsThings =
  (why: string, names: readonly string[]): Judge =>
  (call, shell) => {
    const found: Outcome[] = [askAbout('vcs', why, { call, shell })]
    for (const [index, field] of call.args.entries()) {
      const equals = field.text.indexOf('=')
      if (names.includes(field.text))
        found.push(
          shell.runSource(
            call.args
              .slice(index + 1)
              .map((arg) => arg.text)
              .join(' '),
            { stdin: noInput },
          ),
          shell.runSource(call.args[index + 1]?.text ?? '', { stdin: noInput }),
          shell.runCommand(call.args.slice(index + 1), { stdin: noInput }),
        )
      else if (equals > 0 && names.includes(field.text.slice(0, equals)))
        found.push(shell.runSource(field.text.slice(equals + 1), { stdin: noInput }))
    }
    return worst(found)
  }

const transports = (call: Call): Outcome | undefined => {
  for (const [index, { text: value }] of call.args.entries()) {
    const equals = value.indexOf('=')
    const name = equals < 0 ? value : value.slice(0, equals)
    if (
      name.length > 4 &&
      ['--upload-pack', '--receive-pack', '--exec'].some((long) => long.startsWith(name))
    )
      return deny('option-runs', `git runs the program named by ${name}.`)
    if (value === '-u' && call.name.endsWith('clone') && call.args[index + 1])
      return deny('option-runs', 'git runs the program named by -u.')
    if (value.startsWith('ext::') || value.startsWith('fd::'))
      return deny('option-runs', 'This kind of address runs a program.')
  }
  return undefined
}

export const fetch: Judge = (call, shell) => {
  const bad = transports(call)
  if (bad) return bad
  return tool({
    options:
      '-aptqvnfjk46 -j= --all --prune --prune-tags --tags --no-tags --quiet --verbose --dry-run --depth= --deepen= --unshallow --multiple --append --jobs= --progress --no-progress --recurse-submodules? --no-recurse-submodules --shallow-since= --set-upstream~ --force~ --keep --ipv4 --ipv6 --atomic --porcelain --filter=',
    operands: 'text',
    refine: (parsed) =>
      parsed.operands.some(
        (field) =>
          field.text.includes(':') ||
          field.text.includes('/..') ||
          field.text.startsWith('/') ||
          field.text.startsWith('.') ||
          field.text.startsWith('+'),
      )
        ? ask('network', 'It names an address or changes a branch.')
        : hasOption(parsed, '-f')
          ? ask('vcs', 'It overwrites branches.')
          : undefined,
  })(call, shell)
}

export const asksTransport =
  (why: string): Judge =>
  (call, shell) =>
    transports(call) ?? askAbout('vcs', why, { call, shell })

export const listsRemote: Judge = (call, shell) =>
  transports(call) ??
  tool({
    options: '-htq --heads --tags --branches --refs --quiet --exit-code --get-url --sort= --symref',
    operands: 'text',
    refine: (parsed) =>
      parsed.operands.some(
        (field) => /[:/]/.test(field.text.split('refs/')[0] ?? '') || field.text.startsWith('.'),
      )
        ? ask('network', 'It names an address.')
        : undefined,
  })(call, shell)

import { type Field, isPlain } from '../field.ts'
import { allow, ask, deny, noInput, type Outcome, worst } from '../outcome.ts'
import { optionSchema } from '../option-schema.ts'
import { hasOption, parseOptions } from '../parse-options.ts'
import { readPath } from '../path-rules.ts'
import type { Judge, Shell } from '../shell.ts'
import { askAbout } from '../tool.ts'

const runs = new Set(
  `core.pager core.editor core.sshcommand core.fsmonitor core.hookspath core.askpass core.gitproxy core.attributesfile core.alternaterefscommand credential.helper diff.external sequence.editor
  gpg.program gpg.ssh.program gpg.ssh.defaultkeycommand uploadpack.packobjectshook web.browser init.templatedir include.path interactive.difffilter sendemail.sendmailcmd ssh.variant core.worktree man.viewer remote.pushdefault http.proxy`.split(
    /\s+/,
  ),
)
const runsByEnd = [
  'command',
  'cmd',
  'textconv',
  'driver',
  'clean',
  'smudge',
  'process',
  'helper',
  'uploadpack',
  'receivepack',
  'vcs',
  'editor',
  'path',
  'program',
  'insteadof',
  'pushinsteadof',
  'sslverify',
]
const harmlessValues = new Set(['cat', 'less', 'more', 'true', 'false', '', '0', '1', 'less -FRX', 'less -R'])
const editors = new Set('vi vim nvim nano emacs code micro ed'.split(' '))
const harmlessKeys = new Set(
  `color.ui color.diff color.status core.quotepath core.quotePath core.pager diff.renames log.date advice.detachedhead core.abbrev user.name user.email pager.log pager.diff pager.branch core.autocrlf status.short log.showsignature commit.gpgsign core.safecrlf diff.algorithm gc.auto`
    .toLowerCase()
    .split(/\s+/),
)

/** Whether git runs, or takes code and addresses from, the value of this setting. */
const configKeyRuns = (key: string): boolean => {
  const lower = key.toLowerCase()
  return (
    runs.has(lower) ||
    lower.startsWith('alias.') ||
    lower.startsWith('includeif.') ||
    (lower.startsWith('pager.') && !harmlessKeys.has(lower)) ||
    runsByEnd.includes(lower.split('.').at(-1) ?? '')
  )
}

/** What the value of a setting would run. */
const judgeValue = (key: string, value: string, shell: Shell): Outcome => {
  if (!configKeyRuns(key))
    return harmlessKeys.has(key.toLowerCase())
      ? allow()
      : ask('vcs', `The setting ${key} is not on the list.`)
  const isAlias = key.toLowerCase().startsWith('alias.')
  if (isAlias && !value.startsWith('!')) return ask('vcs', 'An alias changes what git does.')
  if (harmlessValues.has(value) && !isAlias) return allow()
  if (editors.has(value)) return ask('vcs', 'It chooses an editor.')
  const found = shell.runSource(value.startsWith('!') ? value.slice(1) : value, { stdin: noInput })
  return found.verdict === 'deny' ? found : deny('git-hooks', `git would run the value of ${key}.`)
}

/** `-c key=value`. */
export const judgeConfigValue = (field: Field | undefined, shell: Shell): Outcome => {
  if (!field) return ask('vcs', 'git -c sets nothing.')
  const at = field.text.indexOf('=')
  const key = at < 0 ? field.text : field.text.slice(0, at)
  if (field.unknown && configKeyRuns(key))
    return deny('git-hooks', 'git would run a value that is not known.')
  return field.unknown
    ? ask('vcs', 'A setting is only known when it runs.')
    : judgeValue(key, at < 0 ? 'true' : field.text.slice(at + 1), shell)
}

const schema =
  optionSchema(`-lzef< -f< --get --get-all --get-regexp --list --show-origin --show-scope --name-only --type= --bool --int --path --default= --global --system --local --worktree --add --replace-all --unset --unset-all
  --rename-section --remove-section --edit --null --includes --no-includes --get-urlmatch --file<`)

/** git config: reading is safe; writing is not where git would run the value. */
export const gitConfig: Judge = (call, shell) => {
  const parsed = parseOptions(call.args, schema)
  if (parsed.unknown)
    return askAbout('vcs', 'git config is not known to be safe with its options.', { call, shell })
  const files = parsed.options
    .filter(({ kind }) => kind === 'read')
    .flatMap(({ value }) => (value ? [readPath(value, shell)] : []))
  const [first, ...rest] = parsed.operands
  const verb = first && ['get', 'list', 'set', 'unset', 'edit'].includes(first.text) ? first.text : undefined
  const operands = verb ? rest : parsed.operands
  const reads =
    hasOption(parsed, '-l', '--list', '--get', '--get-all', '--get-regexp', '--get-urlmatch') ||
    verb === 'get' ||
    verb === 'list'
  const changes =
    hasOption(
      parsed,
      '-e',
      '--edit',
      '--unset',
      '--unset-all',
      '--add',
      '--replace-all',
      '--rename-section',
      '--remove-section',
    ) ||
    verb === 'unset' ||
    verb === 'edit'
  if (reads || (operands.length === 1 && !changes && verb !== 'set'))
    return worst([
      ...files,
      operands.some((field) => /helper|token|password|extraheader/i.test(field.text))
        ? ask('secret', 'The setting may hold a credential.')
        : allow(),
    ])
  const [key, value] = operands
  const found =
    key && value
      ? isPlain(value)
        ? judgeValue(key.text, value.text, shell)
        : configKeyRuns(key.text)
          ? deny('git-hooks', 'git would run a value that is not known.')
          : ask('vcs', 'The value is not known.')
      : allow()
  return worst([ask('vcs', 'It changes the settings of git.'), ...files, found])
}

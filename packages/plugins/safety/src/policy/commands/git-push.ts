import type { Field } from '../field.ts'
import { ask, deny, type Outcome, worst } from '../outcome.ts'
import { optionSchema } from '../option-schema.ts'
import { hasOption, parseOptions } from '../parse-options.ts'
import { scanForSecrets } from '../path-rules.ts'
import type { Judge } from '../shell.ts'

const schema = optionSchema(
  '-nufdqv46 -o= --all --mirror --tags --dry-run --delete --force --force-with-lease? --force-if-includes --set-upstream --quiet --verbose --no-verify --follow-tags --atomic --prune --porcelain --progress --push-option= --signed? --receive-pack! --exec! --repo= --no-force-with-lease',
)
const shared = [
  'main',
  'master',
  'develop',
  'dev',
  'trunk',
  'production',
  'prod',
  'staging',
  'stable',
  'HEAD',
]

const isShared = (reference: string): boolean => {
  const name = reference.replace(/^refs\/heads\//, '')
  return shared.includes(name) || name.startsWith('release')
}

/** One `[+]source[:target]`: rewriting or deleting what others build on is refused. */
const judgeReference = (field: Field, forced: boolean, deletes: boolean): Outcome => {
  const plus = field.text.startsWith('+')
  const [source = '', target = source] = (plus ? field.text.slice(1) : field.text).split(':')
  if (deletes || (source === '' && target !== ''))
    return deny('rewrites-remote', `The branch ${target} would be deleted for everyone.`)
  if ((plus || forced) && (isShared(target) || field.unknown || target.includes('*')))
    return deny('rewrites-remote', `The history of ${target} would be rewritten for everyone.`)
  return ask('vcs', 'It leaves this machine.')
}

export const gitPush: Judge = (call, shell) => {
  const parsed = parseOptions(call.args, schema)
  const found: Outcome[] = [ask('vcs', 'It leaves this machine.'), scanForSecrets(call.args, shell)]
  if (parsed.options.some(({ kind }) => kind === 'runs'))
    found.push(deny('option-runs', 'git push runs the program named by the option.'))
  if (hasOption(parsed, '--mirror', '--prune'))
    found.push(deny('rewrites-remote', 'Branches would be deleted or rewritten for everyone.'))
  const forced = hasOption(parsed, '-f', '--force', '--force-with-lease')
  const deletes = hasOption(parsed, '-d', '--delete')
  const references = parsed.operands.slice(1)
  if (forced && references.length === 0)
    found.push(deny('rewrites-remote', 'Which history would be rewritten is not named.'))
  found.push(...references.map((field) => judgeReference(field, forced, deletes)))
  if (call.args.some((field) => field.text.startsWith('ext::')))
    found.push(deny('option-runs', 'This kind of address runs a program.'))
  return worst(found)
}

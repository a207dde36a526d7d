import { isPlain, literal } from '../field.ts'
import { allow, ask, deny, silence, worst } from '../outcome.ts'
import type { Call, Judge } from '../shell.ts'
import { askAbout, tool } from '../tool.ts'
import { cd } from './folders.ts'
import { declares, unset, set, read, test } from './shell-variables.ts'

const quiet = (options = '', operands: 'text' | 'none' | 'names' = 'none'): Judge =>
  tool({ options, operands, prints: 'words' })

const history: Judge = ({ args }) => {
  const changes = args.some((field) =>
    ['-c', '-d', '-w', '-a', '-r', '-n', '-p'].some((option) => field.text.startsWith(option)),
  )
  return changes
    ? deny('covers-tracks', 'The record of commands would be changed.')
    : worst([ask('secret', 'The history may hold credentials.')], { origin: 'secret' })
}

const sleep: Judge = ({ args }) => {
  const short =
    args.length > 0 &&
    args.every(
      (field) => isPlain(field) && Number.parseFloat(field.text) <= 3600 && /^[\d.]+[sm]?$/.test(field.text),
    )
  return short
    ? allow(silence)
    : ask('long-wait', 'It waits for an hour or more, or it is not known how long.')
}

const positions: Judge = (call, shell) => {
  const by = Number(call.args[0]?.text ?? 1)
  shell.state.positional = shell.state.positional.slice(Number.isInteger(by) && by > 0 ? by : 1)
  return allow(silence)
}

const letJudge: Judge = () => ask('arithmetic', 'let evaluates its arguments as arithmetic.')

export const builtinJudges: Readonly<Record<string, Judge>> = {
  cd,
  chdir: cd,
  pushd: cd,
  popd: (call: Call, shell) => cd({ ...call, args: [literal('-')] }, shell),
  dirs: quiet('-clpv'),
  pwd: tool({ options: '-LP', operands: 'none', prints: 'paths' }),
  ':': () => allow(silence),
  true: () => allow(silence),
  false: () => allow(silence),
  exit: quiet('-#', 'text'),
  return: quiet('-#', 'text'),
  break: quiet('', 'text'),
  continue: quiet('', 'text'),
  shift: positions,
  wait: quiet('-n', 'text'),
  jobs: quiet('-lnprs'),
  fg: quiet('', 'text'),
  bg: quiet('', 'text'),
  umask: quiet('-Sp', 'text'),
  ulimit: quiet('-aHScdflmnstuv#', 'text'),
  type: tool({ options: '-afpPt', operands: 'text', prints: 'data' }),
  which: tool({ options: '-as', operands: 'text', prints: 'paths' }),
  whereis: tool({ options: '-bms', operands: 'text', prints: 'paths' }),
  hash: (call, shell) =>
    call.args.some((field) => field.text.startsWith('-') && field.text.includes('p'))
      ? deny('option-runs', 'A name would start another program.')
      : quiet('-rlt', 'text')(call, shell),
  enable: (call, shell) =>
    call.args.some((field) => field.text.startsWith('-f'))
      ? deny('option-runs', 'The shell would load a library.')
      : askAbout('unknown-command', 'It switches commands of the shell off.', { call, shell }),
  export: declares(true),
  declare: declares(false),
  typeset: declares(false),
  local: declares(false),
  readonly: declares(false),
  unset,
  set,
  shopt: (call) =>
    call.args.every((field) =>
      [
        '-s',
        '-u',
        '-q',
        '-p',
        'nullglob',
        'globstar',
        'extglob',
        'failglob',
        'nocaseglob',
        'inherit_errexit',
      ].includes(field.text),
    )
      ? allow(silence)
      : ask('unknown-option', 'The shell option is not known to be harmless.'),
  read,
  mapfile: read,
  readarray: read,
  test,
  '[': test,
  let: letJudge,
  getopts: letJudge,
  history,
  fc: () => ask('eval', 'fc runs earlier commands.'),
  sleep,
  printenv: (call) =>
    call.args.some((field) => /token|secret|key|password/i.test(field.text))
      ? deny('secret', 'A credential would be printed.')
      : worst([ask('environment', 'The environment may hold credentials.')], { origin: 'secret' }),
}

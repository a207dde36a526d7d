import { optionSchema } from '../option-schema.ts'
import { allow, ask, deny, noInput, type Outcome, silence, worst } from '../outcome.ts'
import { hasOption, type ParsedArguments, parseOptions } from '../parse-options.ts'
import { scanForSecrets } from '../path-rules.ts'
import type { Call, Judge, Shell } from '../shell.ts'
import { isHelp, judgeOption } from '../tool.ts'
import { isAssignment, env, fromInput, xargs } from './hand-over.ts'

interface WrapperSpec {
  readonly options: string
  /** Operands before the command. */
  readonly skip?: number
  /** What it adds to the verdict of the command. */
  readonly adds?: Outcome
  /** What it does without a command. */
  readonly alone?: Outcome
  readonly refine?: (parsed: ParsedArguments, call: Call, shell: Shell) => Outcome | undefined
}

/** A command that runs the command after its options. */
const wrapper = ({ options, skip = 0, adds, alone, refine }: WrapperSpec): Judge => {
  const schema = optionSchema(options)
  return (call, shell) => {
    if (isHelp(call)) return allow()
    const parsed = parseOptions(call.args, schema, true)
    const argv = parsed.operands.slice(skip)
    const own = parsed.options.map((option) => judgeOption(option, call, shell))
    const refined = refine?.(parsed, call, shell)
    if (parsed.unknown)
      own.push(ask('unknown-option', `${call.name} is not known to be safe with "${parsed.unknown.text}".`))
    const inner =
      argv.length > 0
        ? shell.runCommand(argv, { stdin: call.stdin, piped: call.piped })
        : (alone ?? ask('interactive', `${call.name} names no command.`))
    return worst([inner, ...own, ...(adds ? [adds] : []), ...(refined ? [refined] : [])], inner.output)
  }
}

const sudo: Judge = (call, shell) => {
  if (isHelp(call)) return allow()
  const parsed = parseOptions(
    call.args,
    optionSchema(
      '-nkKEHbASPs~i~ -u= -g= -p= -C= -h= -U= -T= -R/ -D/ --user= --group= --non-interactive --login~ --shell~ --stdin --preserve-env? -l -v -e~ --edit~ --list --validate',
    ),
    true,
  )
  const found: Outcome[] = [ask('privilege', `${call.name} runs with the rights of another user.`)]
  if (
    hasOption(parsed, '-i', '-s', '--login', '--shell') ||
    (parsed.options.length === 0 && parsed.operands.length === 0)
  )
    found.push(deny('privilege', 'A root shell takes any order.'))
  const count = parsed.operands.findIndex((field) => !isAssignment(field.text))
  const argv = count < 0 ? [] : parsed.operands.slice(count)
  if (argv.length > 0) found.push(shell.runCommand(argv, { stdin: call.stdin, piped: call.piped }))
  const program = argv[0]?.text.split('/').at(-1) ?? ''
  if (shells.has(program) && argv.length === 1) found.push(deny('privilege', 'A root shell takes any order.'))
  if (
    shells.has(program) &&
    argv.length > 1 &&
    argv.every((field, index) => index === 0 || field.text.startsWith('-'))
  )
    found.push(deny('privilege', 'A root shell takes any order.'))
  return worst([...found, scanForSecrets(call.args, shell)])
}

const shells = new Set('sh bash zsh dash ksh su fish'.split(' '))

const su: Judge = (call, shell) => {
  const at = call.args.findIndex((field) => field.text === '-c' || field.text === '--command')
  const script = at < 0 ? undefined : call.args[at + 1]
  if (!script) return deny('privilege', "Another user's shell takes any order.")
  return worst([
    ask('privilege', 'It runs as another user.'),
    shell.runSource(script.text, { stdin: noInput }),
  ])
}

const outside = ask('wrapper', 'It changes what surrounds the command.')

const builtinCommand: Judge = (call, shell) => {
  const [first] = call.args
  if (first && (first.text === '-v' || first.text === '-V')) return allow({ origin: 'paths' })
  return wrapper({ options: '-p', alone: allow(silence) })(call, shell)
}

/** Arguments that are joined to a line for a shell. */
const joinsToLine =
  (options: string): Judge =>
  (call, shell) => {
    if (isHelp(call)) return allow()
    const parsed = parseOptions(call.args, optionSchema(options), true)
    const line = parsed.operands.map((field) => field.text).join(' ')
    const inner = shell.runSource(line, { stdin: call.stdin })
    const asArgv =
      parsed.operands.length > 0 ? shell.runCommand(parsed.operands, { stdin: call.stdin }) : allow()
    return worst([
      ask('wrapper', `${call.name} runs a command by itself.`),
      inner,
      ...(asArgv.verdict === 'deny' ? [asArgv] : []),
      scanForSecrets(call.args, shell),
    ])
  }

export const wrapperJudges: Readonly<Record<string, Judge>> = {
  env,
  xargs,
  sudo,
  doas: sudo,
  pkexec: sudo,
  gosu: wrapper({ options: '', skip: 1, adds: ask('privilege', 'It runs as another user.') }),
  su,
  runuser: su,
  command: builtinCommand,
  builtin: wrapper({ options: '' }),
  exec: wrapper({ options: '-cl -a=', alone: allow(silence) }),
  time: wrapper({ options: '-pvaq -f= -o> --format= --output> --portability --verbose' }),
  timeout: wrapper({
    options: '-s= -k= -v --signal= --kill-after= --preserve-status --foreground --verbose',
    skip: 1,
  }),
  gtimeout: wrapper({ options: '-s= -k= --signal= --kill-after= --preserve-status --foreground', skip: 1 }),
  nice: wrapper({ options: '-# -n= --adjustment=', alone: allow() }),
  ionice: wrapper({ options: '-t -c= -n= -p=' }),
  nohup: wrapper({ options: '', adds: ask('background', 'It keeps running when the session ends.') }),
  setsid: wrapper({
    options: '-cfw --ctty --fork --wait',
    adds: ask('background', 'It leaves the session.'),
  }),
  stdbuf: wrapper({ options: '-i= -o= -e= --input= --output= --error=' }),
  unbuffer: wrapper({ options: '-p' }),
  chrt: wrapper({ options: '-bfior -p=', skip: 1, adds: outside }),
  taskset: wrapper({ options: '-ac -p=', skip: 1, adds: outside }),
  chroot: wrapper({
    options: '--userspec= --groups= --skip-chdir',
    skip: 1,
    adds: ask('privilege', 'It changes the root folder.'),
  }),
  unshare: wrapper({
    options:
      '-munipUfrc --mount --uts --ipc --net --pid --user --fork --map-root-user --mount-proc? --kill-child?',
    adds: ask('privilege', 'It makes new namespaces.'),
  }),
  flock: wrapper({
    options: '-sxnuoFe -w= -c~ -E= --nonblock --exclusive --shared --wait= --command~',
    skip: 1,
    adds: outside,
    refine: (parsed, call, shell) =>
      hasOption(parsed, '-c', '--command')
        ? worst(call.args.map((field) => shell.runSource(field.text, { stdin: noInput })))
        : undefined,
  }),
  caffeinate: wrapper({ options: '-dimsu -t= -w=' }),
  watch: joinsToLine(
    '-bcdegtwxp -n= -q= --interval= --differences? --no-title --color --exec --errexit --beep',
  ),
  parallel: (call, shell) => {
    const at = call.args.findIndex((field) => field.text.startsWith(':::'))
    const argv = call.args
      .slice(0, at < 0 ? undefined : at)
      .filter((field, index) => index > 0 || !field.text.startsWith('-'))
    const line = argv.map((field) => field.text).join(' ')
    const items = at < 0 ? fromInput(call, true) : call.args.slice(at + 1)
    return worst([
      ask('wrapper', 'parallel runs a command for every input.'),
      ...items
        .slice(0, 16)
        .flatMap((item) => [
          shell.runCommand([...argv, item], { stdin: noInput }),
          ...(line.includes('{}')
            ? [shell.runSource(line.replaceAll('{}', item.text), { stdin: noInput })]
            : []),
        ]),
      shell.runSource(line, { stdin: noInput }),
    ])
  },
  script: (call, shell) =>
    worst([
      ask('wrapper', 'script runs a shell.'),
      ...call.args
        .filter((field) => field.text.includes(' ') || field.text.startsWith('-c'))
        .map((field) => shell.runSource(field.text.replace(/^-c/, ''), { stdin: noInput })),
      ...call.args
        .filter((field) => !field.text.startsWith('-') && !field.text.includes(' '))
        .map(() => allow()),
    ]),
  busybox: wrapper({ options: '', adds: ask('wrapper', 'It runs one of its own programs.') }),
  toybox: wrapper({ options: '', adds: ask('wrapper', 'It runs one of its own programs.') }),
  nsenter: () => deny('privilege', "It enters the namespaces of another process, the host's among them."),
}

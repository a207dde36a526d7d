import { allow, ask, deny, noInput, type Outcome, worst } from '../outcome.ts'
import type { Call, Judge, Shell } from '../shell.ts'
import { askAbout, isHelp, tool } from '../tool.ts'

export const shows = (options = '', singleDash = false): Judge =>
  tool({ options, operands: 'text', singleDash })

export const words = (options = ''): Judge => tool({ options, operands: 'none', prints: 'words' })

export const firewall: Judge = (call, shell) => {
  const texts = call.args.map((field) => field.text)
  if (
    texts.length > 0 &&
    texts.every((text) =>
      [
        '-L',
        '-n',
        '-v',
        '-S',
        'list',
        'ruleset',
        'status',
        'verbose',
        '--list',
        '-nL',
        '-nvL',
        '--list-all',
        '--state',
      ].includes(text),
    )
  )
    return askAbout('host', 'It shows the firewall.', { call, shell })
  return deny('host', 'It changes the firewall.')
}

export const disk =
  (shown: readonly string[]): Judge =>
  (call, shell) =>
    isHelp(call)
      ? allow()
      : call.args.some((field) => shown.includes(field.text))
        ? askAbout('device', 'It reads a disk.', { call, shell })
        : deny('device', 'It can destroy what is on a disk.')

export const date: Judge = (call, shell) => {
  if (call.args.some((field) => /^(?:-s|--set)/.test(field.text) || /^\d{8,}/.test(field.text)))
    return deny('host', 'It sets the clock of the machine.')
  return tool({
    options:
      '-uRj +# -d= -I? -r= -v= -f< --utc --date= --iso-8601? --rfc-3339= --rfc-email --reference< --universal',
    operands: 'text',
    prints: 'words',
  })(call, shell)
}

export const hostname: Judge = (call, shell) =>
  call.args.some((field) => !field.text.startsWith('-'))
    ? deny('host', 'It renames the machine.')
    : words('-sfiIdAay --short --fqdn --ip-address')(call, shell)

export const processes: Judge = tool({
  options:
    '-aAefFlMTuxwdjHLcSvyZNrhmnk= -o= -p= -C= -u= -U= -G= -g= -t= --sort= --forest --no-headers --pid= --ppid= --user= -q= -s= --cols= --headers',
  operands: 'text',
  refine: (parsed) =>
    parsed.operands.some((field) => /^[a-z]*e[a-z]*$/.test(field.text))
      ? ask('environment', 'It shows the environment of processes.')
      : undefined,
})

export const man: Judge = (call, shell) => {
  const runs = call.args.some(
    (field) => /^(?:-P|-H|--pager|--html|-C|--config)/.test(field.text) && field.text !== '--help',
  )
  return runs
    ? deny('option-runs', 'man runs the program named by the option.')
    : tool({ options: '-k= -f= -a', operands: 'names' })(call, shell)
}

/** Programs that start another one for looking at it. */
export const traces: Judge = (call, shell) => {
  const pipes = call.args.some((field) => field.text.startsWith('|') || field.text.startsWith('!'))
  const found: Outcome[] = [ask('wrapper', `${call.name} watches a program it starts.`)]
  for (const [index, field] of call.args.entries()) {
    if (field.text.startsWith('-')) continue
    found.push(shell.runCommand(call.args.slice(index), { stdin: noInput }))
    if (index > 2) break
  }
  return worst([
    ...(pipes ? [deny('option-runs', 'It runs the program its output goes to.')] : []),
    ...found.filter(({ verdict, rule }) => verdict === 'deny' || rule === 'wrapper'),
  ])
}

export const gpg: Judge = (call, shell) =>
  call.args.some((field) => /^--export-secret|^--export-secret-subkeys|^-d$|^--decrypt/.test(field.text))
    ? deny('secret', 'It prints a secret key or decrypts.')
    : askAbout('secret', 'It works with keys.', { call, shell })

export const seq: Judge = (call, shell) => {
  const numbers = call.args.filter((field) => Number.isFinite(Number(field.text)))
  if (numbers.some((field) => Math.abs(Number(field.text)) > 1_000_000))
    return ask('endless-loop', 'It prints very many numbers.')
  return tool({ options: '-w -s= -f= -#', operands: 'text', prints: 'words' })(call, shell)
}

export const packageManager = (call: Call, shell: Shell): Outcome => {
  if (isHelp(call)) return allow()
  const verb = call.args.find((field) => !field.text.startsWith('-'))?.text ?? ''
  const shown = [
    'list',
    'info',
    'show',
    'search',
    'policy',
    'deps',
    'madison',
    'depends',
    'rdepends',
    'showpkg',
    'pkgnames',
    'outdated',
    'config',
    'leaves',
    'doctor',
  ]
  const lists = call.args[0]?.text ?? ''
  if (
    (call.name === 'dpkg' && ['-l', '-L', '-S', '-s', '--list'].includes(lists)) ||
    (call.name === 'rpm' && /^-q[ailf]*$/.test(lists))
  )
    return shows('-lLSsqaif --list')(call, shell)
  return shown.includes(verb) &&
    call.args[0]?.text === verb &&
    call.args
      .slice(1)
      .every(
        (field) =>
          !field.text.startsWith('-') ||
          ['--installed', '--upgradable', '--json', '--versions', '--cask', '--formula'].includes(field.text),
      )
    ? allow()
    : askAbout('host', 'It changes what is installed.', { call, shell })
}

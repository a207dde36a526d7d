import { allow, ask, deny, worst } from '../outcome.ts'
import { scanForSecrets } from '../path-rules.ts'
import type { Judge } from '../shell.ts'
import { runStream } from '../run-file.ts'
import { askAbout, isHelp, tool } from '../tool.ts'

const guardNames = /ashlar|gateway|guard|sandbox|auditd|falco|osquery|sshd|systemd|init\b/i

/** Prints numbers of processes. Those of what guards the agent are known by name, for `kill`. */
export const namesProcesses =
  (options: string): Judge =>
  (call, shell) => {
    const found = tool({ options, operands: 'text', prints: 'words' })(call, shell)
    const [guard] = call.args.filter((field) => guardNames.test(field.text))
    return found.verdict === 'allow' && guard
      ? { ...found, output: { origin: 'words', text: guard.text } }
      : found
  }

/** Ends processes: all of them, the first one, or what guards the agent is refused. */
export const kill: Judge = (call) => {
  if (call.args.length === 1 && /^(?:-l|-L|--list|--help|--version)$/.test(call.args[0]?.text ?? ''))
    return allow()
  const signal = call.args[0]?.text.startsWith('-') ? 1 : 0
  const targets = call.args.slice(
    call.args[0]?.text === '-s' || call.args[0]?.text === '-n' ? 2 : call.args[0]?.text === '--' ? 0 : signal,
  )
  if (targets.some((field) => field.text === '-1' || field.text === '1' || field.text === '0'))
    return deny('denial-of-service', 'It ends every process, or the first one.')
  if (targets.some((field) => guardNames.test(field.text)))
    return deny('self-modify', 'It ends what guards the agent or the machine.')
  const chosen = targets.some((field) => field.unknown !== undefined)
  return chosen
    ? ask('process', 'Which process ends is only known when it runs.')
    : ask('process', 'It ends a process.')
}

export const killByName: Judge = (call, shell) => {
  if (isHelp(call)) return allow()
  const names = call.args.filter((field) => !field.text.startsWith('-'))
  if (names.some((field) => guardNames.test(field.text)))
    return deny('self-modify', 'It ends what guards the agent or the machine.')
  if (
    names.some((field) => ['.', '.*', '*', ''].includes(field.text)) ||
    call.args.some((field) => field.text === '-u')
  )
    return deny('denial-of-service', 'It ends every process.')
  return askAbout('process', 'It ends processes by their name.', { call, shell })
}

const criticalUnits =
  /ssh|audit|firewall|ufw|apparmor|selinux|fail2ban|falco|crowdstrike|defender|rsyslog|syslog|journald|network|docker|cron|ashlar|gateway/i

export const service: Judge = (call, shell) => {
  if (isHelp(call)) return allow()
  const texts = call.args.map((field) => field.text)
  const shown = [
    'status',
    'is-active',
    'is-enabled',
    'is-failed',
    'list-units',
    'list-unit-files',
    'list-timers',
    'list-dependencies',
    '--version',
  ]
  const verb = texts.find((text) => !text.startsWith('-')) ?? ''
  if (call.name === 'systemctl' && (shown.includes(verb) || verb === ''))
    return tool({
      options:
        '-alnt= -n= --no-pager --user --all --type= --state= --lines= --full --failed -p= --property= --value --plain --no-legend -q --quiet',
      operands: 'text',
    })(call, shell)
  if (call.name === 'service' && texts.at(-1) === 'status') return allow()
  if (
    texts.some((text) =>
      [
        'poweroff',
        'reboot',
        'halt',
        'kexec',
        'suspend',
        'hibernate',
        'emergency',
        'rescue',
        'isolate',
      ].includes(text),
    )
  )
    return deny('host', 'It stops the machine.')
  if (
    texts.some((text) => ['stop', 'disable', 'mask', 'kill', 'remove'].includes(text)) &&
    texts.some((text) => criticalUnits.test(text))
  )
    return deny('host', 'It stops what others rely on, or what guards the machine.')
  return askAbout('host', 'It changes services.', { call, shell })
}

export const crontab: Judge = (call, shell) => {
  const texts = call.args.map((field) => field.text)
  if (texts.includes('-l')) return ask('host', 'It reads what runs by the clock.')
  if (texts.includes('--help')) return allow()
  return worst([deny('persistence', 'It changes what runs by the clock.'), scanForSecrets(call.args, shell)])
}

export const later: Judge = (call, shell) =>
  worst([
    deny('persistence', 'It runs a command later, when nobody looks.'),
    runStream(call.stdin, shell, 'runs-file'),
  ])

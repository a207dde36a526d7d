import { Buffer } from 'node:buffer'
import { allow, ask, deny, worst } from '../outcome.ts'
import { readPath, scanForSecrets } from '../path-rules.ts'
import type { Judge } from '../shell.ts'
import { isHelp } from '../tool.ts'
import { loopback, hidesData, curl, wget } from './download.ts'
import { ssh, copies, rsync } from './remote-shells.ts'

/** Sends what comes in, or gives away a shell. */
const netcat: Judge = (call, shell) => {
  if (isHelp(call)) return allow()
  const options = call.args.filter((field) => field.text.startsWith('-'))
  if (
    options.some((field) => !field.text.startsWith('--') && /[ec]/.test(field.text)) ||
    options.some((field) => /^--(?:exec|sh-exec|lua-exec)/.test(field.text))
  )
    return deny('reverse-shell', 'A shell would be handed to another machine.')
  const scans = options.some((field) => !field.text.startsWith('--') && field.text.includes('z'))
  const hosts = call.args.filter((field) => !field.text.startsWith('-'))
  if (!scans && call.stdin.origin !== 'none' && !hosts.some((field) => loopback.has(field.text)))
    return deny('exfiltration', 'What comes through the pipe would be sent to another machine.')
  const isProbe =
    scans &&
    hosts.every((field) => loopback.has(field.text) || /^[\d-]+$/.test(field.text)) &&
    options.every((field) => /^-[vzwn46u]+$/.test(field.text))
  if (isProbe) return allow()
  return worst([ask('network', 'It opens a connection.'), scanForSecrets(call.args, shell)], {
    origin: 'remote',
  })
}

const socat: Judge = (call, shell) =>
  call.args.some((field) => /^(?:exec|system|shell):/i.test(field.text))
    ? deny('reverse-shell', 'A shell would be handed to another machine.')
    : worst([ask('network', 'It connects two ends.'), scanForSecrets(call.args, shell)], { origin: 'remote' })

/** Asks a name server: the name itself can carry data out. */
const lookup: Judge = (call, shell) =>
  call.args.some(hidesData)
    ? deny('exfiltration', 'The output of a command would be sent as part of a name.')
    : worst([ask('network', 'It contacts another machine.'), scanForSecrets(call.args, shell)], {
        origin: 'remote',
      })

const ping: Judge = (call, shell) =>
  call.args.every(
    (field) => loopback.has(field.text) || /^-[cwWi]?$/.test(field.text) || /^[\d.]+$/.test(field.text),
  ) &&
  call.args.some((field) => loopback.has(field.text)) &&
  call.args.some((field) => field.text === '-c')
    ? allow()
    : lookup(call, shell)

const openssl: Judge = (call, shell) => {
  const [verb] = call.args
  if (verb?.text === 'version' || verb?.text === 'help') return allow()
  if (verb?.text === 's_client')
    return call.stdin.origin === 'none' || call.stdin.text === ''
      ? { ...ask('network', 'It opens a connection.'), output: { origin: 'remote' } }
      : deny('exfiltration', 'What comes in would be sent to another machine.')
  const decodes = call.args.some((field) => field.text === '-d')
  const base64 = verb?.text === 'base64' || verb?.text === 'enc'
  const decoded =
    base64 && decodes && call.stdin.text !== undefined
      ? Buffer.from(call.stdin.text, 'base64').toString('utf8')
      : undefined
  const harmless =
    ['dgst', 'rand', 'base64', 'x509', 'list', 'ciphers', 'md5', 'sha256', 'sha1'].includes(
      verb?.text ?? '',
    ) &&
    !call.args.some((field) =>
      ['-out', '-engine', '-provider', '-config', '-sign', '-signkey', '-key'].includes(field.text),
    )
  const secret = scanForSecrets(call.args, shell)
  const files = harmless
    ? call.args
        .filter((field) => field.text.includes('/') || field.text.includes('.'))
        .map((field) => readPath(field, shell))
    : []
  return worst(
    [harmless ? allow() : ask('unknown-command', 'openssl makes or reads keys.'), secret, ...files],
    { origin: 'data', ...(decodes && { decoded: true }), ...(decoded !== undefined && { text: decoded }) },
  )
}

export const networkJudges: Readonly<Record<string, Judge>> = {
  curl,
  wget,
  fetch: wget,
  http: (call, shell) => curl({ ...call, args: call.args.filter((field) => field.text !== 'GET') }, shell),
  https: (call, shell) =>
    worst([ask('network', 'It contacts another machine.'), scanForSecrets(call.args, shell)], {
      origin: 'remote',
    }),
  aria2c: wget,
  lynx: lookup,
  nc: netcat,
  ncat: netcat,
  netcat,
  'nc.openbsd': netcat,
  'nc.traditional': netcat,
  telnet: netcat,
  socat,
  ssh,
  autossh: ssh,
  mosh: ssh,
  sshpass: (call, shell) =>
    worst([
      ask('remote', 'It logs in with a password.'),
      shell.runCommand(
        call.args.filter((field) => !field.text.startsWith('-')),
        { stdin: call.stdin },
      ),
    ]),
  scp: copies,
  sftp: copies,
  rsync,
  ftp: netcat,
  tftp: netcat,
  ping,
  ping6: ping,
  dig: lookup,
  host: lookup,
  nslookup: lookup,
  traceroute: lookup,
  whois: lookup,
  drill: lookup,
  mail: netcat,
  sendmail: netcat,
  openssl,
}

import { HOLE } from '../field.ts'
import { allow, ask, deny, noInput, type Outcome, worst } from '../outcome.ts'
import { optionSchema } from '../option-schema.ts'
import { type ParsedArguments, parseOptions } from '../parse-options.ts'
import { scanForSecrets } from '../path-rules.ts'
import type { Call, Judge, Shell } from '../shell.ts'
import { judgeOption } from '../tool.ts'
import { writePath } from '../write-rules.ts'

const sshSchema = optionSchema(
  '-46AaCfGgKkMNnqsTtVvXxYy -B= -b= -c= -D= -E> -e= -F< -I! -i= -J= -L= -l= -m= -O= -o= -p= -Q= -R= -S= -W= -w=',
)

const sshRuns =
  /^(?:proxycommand|localcommand|permitlocalcommand|knownhostscommand|proxyusefdpass|match|include|pkcs11provider|securitykeyprovider)\b/i

const sshOptions = (parsed: ParsedArguments, call: Call, shell: Shell): readonly Outcome[] => {
  const values = parsed.options
    .filter(({ name }) => name === '-o')
    .flatMap(({ value }) => (value ? [value] : []))
  return [
    ...values
      .filter((field) => sshRuns.test(field.text.trim()))
      .map(() => deny('option-runs', `${call.name} runs the command in the option.`)),
    ...parsed.options.filter(({ name }) => name !== '-i').map((option) => judgeOption(option, call, shell)),
  ]
}

export const ssh: Judge = (call, shell) => {
  if (call.args.length === 1 && call.args[0]?.text === '-V') return allow()
  const parsed = parseOptions(call.args, sshSchema, true)
  const line = parsed.operands
    .slice(1)
    .map((field) => field.text.replaceAll(HOLE, ' '))
    .join(' ')
  const found: Outcome[] = [ask('remote', 'It runs on another machine.'), ...sshOptions(parsed, call, shell)]
  if (line !== '') found.push(shell.runSource(line, { stdin: call.stdin }))
  if (call.stdin.origin !== 'none' && !call.stdin.text)
    found.push(
      call.stdin.origin === 'secret'
        ? deny('exfiltration', 'Credentials would be sent to another machine.')
        : deny('exfiltration', 'What comes through the pipe would be sent to another machine.'),
    )
  if (call.stdin.text) found.push(shell.runSource(call.stdin.text, { stdin: noInput }))
  return worst(found, { origin: 'remote' })
}

export const copies: Judge = (call, shell) => {
  const runs = call.args.some(
    (field, index) =>
      (call.name === 'scp' && field.text === '-S') ||
      sshRuns.test(field.text) ||
      (field.text.startsWith('-o') && sshRuns.test(field.text.slice(2))) ||
      (['-e', '--rsh'].includes(field.text) &&
        call.name === 'rsync' &&
        !/^ssh(?: -[piA46q] ?[\w/.~-]*)*$/.test(call.args[index + 1]?.text ?? '')) ||
      /^--(?:rsh=|rsync-path)/.test(field.text) ||
      (field.text === '-D' && call.name === 'sftp'),
  )
  return worst(
    [
      ask('network', 'It copies to or from another machine.'),
      ...(runs ? [deny('option-runs', `${call.name} runs the program named by the option.`)] : []),
      scanForSecrets(call.args, shell),
    ],
    { origin: 'remote' },
  )
}

export const rsync: Judge = (call, shell) => {
  const found = copies(call, shell)
  const operands = call.args.filter((field) => !field.text.startsWith('-'))
  const target = operands.at(-1)
  if (!target || target.text.includes(':')) return found
  const deletes = call.args.some(
    (field) => field.text.startsWith('--delete') || field.text === '--remove-source-files',
  )
  const written = writePath(target, shell, { keeps: true })
  const top =
    deletes && written.verdict !== 'allow'
      ? deny('destroys-files', 'Files outside the project would be deleted.')
      : written
  return worst([found, top])
}

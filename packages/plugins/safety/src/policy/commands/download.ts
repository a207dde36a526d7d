import { type Field, HOLE } from '../field.ts'
import { allow, ask, deny, type Outcome, worst } from '../outcome.ts'
import { optionSchema } from '../option-schema.ts'
import { hasOption, type ParsedArguments, parseOptions } from '../parse-options.ts'
import { readPath, scanForSecrets } from '../path-rules.ts'
import { placesOf } from '../project-path.ts'
import type { Call, Judge, Shell } from '../shell.ts'
import { askAbout, isHelp, judgeOption } from '../tool.ts'
import { writePath } from '../write-rules.ts'

export const loopback: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]', '0.0.0.0', '::1'])

/** Whether an address points to this machine; the host may not be hidden behind `user@`. */
const isLoopback = (address: string): boolean => {
  const afterScheme = address.includes('://') ? address.slice(address.indexOf('://') + 3) : address
  const authority = afterScheme.split(/[/?#\\]/)[0] ?? ''
  if (
    authority.includes('@') ||
    (address.includes('://') && !address.startsWith('http://') && !address.startsWith('https://'))
  )
    return false
  const host = authority.startsWith('[')
    ? authority.slice(0, authority.indexOf(']') + 1)
    : (authority.split(':')[0] ?? '')
  return loopback.has(host) || host.endsWith('.localhost')
}

const curlSchema =
  optionSchema(`-sSfvILikgGqN46aMn#0O -o> -H= -m= -w= -A= -e= -u=~ -b=~ -c>~ -X= -d= -F= -T= -x=~ -K! -E<~ -D> -r= -Y= -y= -C= -Q=~ -U=~ -P= -t= -z= -J --silent --show-error --fail --verbose --head --location --include --insecure --get --globoff --output> --header= --max-time= --connect-timeout= --write-out=
  --user-agent= --referer= --user=~ --cookie=~ --cookie-jar>~ --request= --data= --data-raw= --data-binary= --data-ascii= --data-urlencode= --json= --form= --form-string= --upload-file= --proxy=~ --config! --cert<~ --key<~ --dump-header> --range= --retry= --retry-delay= --retry-connrefused --retry-all-errors --retry-max-time= --compressed --http1.1 --http2 --no-progress-meter --progress-bar
  --fail-with-body --remote-name --remote-header-name --output-dir> --create-dirs --url= --resolve=~ --connect-to=~ --unix-socket=~ --no-buffer --fail-early --parallel --max-redirs= --ipv4 --ipv6 --oauth2-bearer=~ --proto= --tlsv1.2 --netrc~ --trace~ --stderr> --cacert< --http1.0 --keepalive-time= --no-keepalive --path-as-is --raw --tr-encoding --limit-rate= --max-filesize= --variable=~ --expand-url=~ --engine! --libcurl>~`)

const uploads = [
  '-d',
  '-F',
  '-T',
  '--data',
  '--data-raw',
  '--data-binary',
  '--data-ascii',
  '--data-urlencode',
  '--json',
  '--form',
  '--upload-file',
  '--form-string',
]

/** What leaves with the request: files that are named, what comes in by the pipe, and what other commands said. */
const judgeUpload = (
  parsed: ParsedArguments,
  call: Call,
  { shell, remote }: { shell: Shell; remote: boolean },
): Outcome => {
  const found: Outcome[] = []
  for (const { name, value } of parsed.options.filter((option) => uploads.includes(option.name))) {
    const text = value?.text ?? ''
    const isFile =
      name === '-T' ||
      name === '--upload-file' ||
      text.startsWith('@') ||
      (name === '--data-urlencode' && /^[\w.-]*@/.test(text)) ||
      text.includes('=@') ||
      text.includes('=<')
    const path =
      name === '-T' || name === '--upload-file'
        ? text
        : text.slice(Math.max(text.indexOf('@'), text.indexOf('<')) + 1)
    if (isFile && path !== '-')
      found.push(
        readPath(
          { text: path.split(';')[0] ?? '', ...(value?.unknown && { unknown: value.unknown }) },
          shell,
        ),
      )
    if (isFile && path === '-' && remote)
      found.push(deny('exfiltration', 'What comes through the pipe would be sent to another machine.'))
    if (isFile && remote && found.some(({ rule }) => rule === 'outside-project'))
      found.push(deny('exfiltration', 'A file from outside the project would be sent to another machine.'))
    if (
      remote &&
      value &&
      (value.unknown === 'data' || value.unknown === 'path' || value.unknown === 'secret')
    )
      found.push(deny('exfiltration', 'The output of a command would be sent to another machine.'))
  }
  if (call.stdin.origin === 'secret' && remote)
    found.push(deny('exfiltration', 'Credentials would be sent to another machine.'))
  return worst(found)
}

export const hidesData = (field: Field): boolean =>
  field.unknown === 'data' ||
  field.unknown === 'path' ||
  field.unknown === 'name' ||
  field.unknown === 'secret'

const download = (target: Field | undefined, shell: Shell): void => {
  if (target)
    for (const { path } of placesOf(target, shell)) shell.state.written.set(path, { origin: 'remote' })
}

const lastPart = (address: string): string => address.split(/[?#]/)[0]?.split('/').at(-1) ?? ''

const inAddress = ['-d', '--data', '--data-raw', '--data-urlencode', '--data-ascii']

/** Whether the request may change what it is sent to; with `-G` the data becomes a part of the address. */
const changesService = (parsed: ParsedArguments): boolean => {
  const method = parsed.options.findLast(({ name }) => name === '-X' || name === '--request')?.value?.text
  const gets = hasOption(parsed, '-G', '--get')
  return (
    !['GET', 'HEAD', 'OPTIONS'].includes(method?.toUpperCase() ?? 'GET') ||
    hasOption(parsed, ...uploads.filter((name) => !gets || !inAddress.includes(name)))
  )
}

export const curl: Judge = (call, shell) => {
  if (isHelp(call)) return allow()
  const parsed = parseOptions(call.args, curlSchema)
  const addresses = [
    ...parsed.operands,
    ...parsed.options.filter(({ name }) => name === '--url').flatMap(({ value }) => (value ? [value] : [])),
  ]
  const remote =
    addresses.length === 0 ||
    addresses.some(
      (field) =>
        !isLoopback(field.text) ||
        (field.unknown !== undefined && !isLoopback(field.text.split(HOLE)[0] ?? '')),
    )
  const found = parsed.options.map((option) => judgeOption(option, call, shell))
  if (parsed.unknown)
    found.push(
      askAbout('unknown-option', `curl is not known to be safe with "${parsed.unknown.text}".`, {
        call,
        shell,
      }),
    )
  const targets = parsed.options
    .filter(({ name }) => name === '-o' || name === '--output')
    .map(({ value }) => value)
  if (hasOption(parsed, '-O', '--remote-name'))
    targets.push(...addresses.map((field) => ({ ...field, text: lastPart(field.text) })))
  for (const target of targets) download(target, shell)
  // `@file` stands for the content of a file (-w, -H, --json …).
  for (const { value } of parsed.options)
    if (value?.text.startsWith('@') && value.text !== '@-')
      found.push(readPath({ ...value, text: value.text.slice(1) }, shell))
  found.push(judgeUpload(parsed, call, { shell, remote }))
  if (remote && addresses.some(hidesData))
    found.push(deny('exfiltration', 'The output of a command would be sent as part of an address.'))
  found.push(
    ...addresses
      .filter((field) => field.text.startsWith('file:'))
      .map((field) => readPath({ text: field.text.replace(/^file:(?:\/\/)?/, '') }, shell)),
  )
  const changes = changesService(parsed)
  if (remote) found.push(ask('network', 'It contacts another machine.'))
  else if (changes) found.push(ask('network', 'It changes something in a local service.'))
  if (hasOption(parsed, '-L', '--location') && !remote) found.push(allow())
  return worst(
    [
      ...found,
      scanForSecrets(
        call.args.filter((field) => field.text.startsWith('@') || field.text.startsWith('/')),
        shell,
      ),
    ],
    { origin: 'remote' },
  )
}

const wgetSchema = optionSchema(
  '-qvcNSbkKpEHrnx4 -O= -P/ -o> -a> -t= -T= -U= -i<~ -e! -A= -R= -l= -nv -nc -nd -np --quiet --output-document= --directory-prefix/ --tries= --timeout= --user-agent= --header= --spider --no-check-certificate --continue --post-data= --post-file= --body-data= --body-file= --method= --use-askpass=! --config<! --execute=! --load-cookies<~ --no-verbose --content-disposition --show-progress --server-response --max-redirect= --rsh-command=! --recursive --level= --mirror --no-parent --progress= --waitretry= --retry-connrefused',
)

export const wget: Judge = (call, shell) => {
  if (isHelp(call)) return allow()
  const parsed = parseOptions(call.args, wgetSchema)
  const remote = parsed.operands.length === 0 || parsed.operands.some((field) => !isLoopback(field.text))
  const prints =
    parsed.options.findLast(({ name }) => name === '-O' || name === '--output-document')?.value?.text === '-'
  const isLocal =
    prints &&
    !remote &&
    !parsed.unknown &&
    !hasOption(
      parsed,
      '--post-data',
      '--body-data',
      '--method',
      '--post-file',
      '--body-file',
      '--recursive',
      '-r',
    )
  const found: Outcome[] = [
    isLocal ? allow() : ask('network', 'It downloads to a file.'),
    ...parsed.options.map((option) => judgeOption(option, call, shell)),
  ]
  const target = parsed.options.findLast(({ name }) => name === '-O' || name === '--output-document')?.value
  const folder = parsed.options.findLast(({ name }) => name === '-P' || name === '--directory-prefix')?.value
  if (target && target.text !== '-') found.push(writePath(target, shell))
  for (const field of target
    ? [target]
    : parsed.operands.map((address) => ({
        ...address,
        text: `${folder ? `${folder.text}/` : ''}${lastPart(address.text) || 'index.html'}`,
      })))
    download(field, shell)
  for (const { name, value } of parsed.options) {
    if (!value || !['--post-file', '--body-file'].includes(name)) continue
    const read = readPath(value, shell)
    found.push(
      read.rule === 'outside-project'
        ? deny('exfiltration', 'A file from outside the project would be sent to another machine.')
        : read,
    )
  }
  if (remote && call.args.some((field) => hidesData(field)))
    found.push(deny('exfiltration', 'The output of a command would be sent to another machine.'))
  return worst([...found, scanForSecrets(call.args, shell)], { origin: 'remote' })
}

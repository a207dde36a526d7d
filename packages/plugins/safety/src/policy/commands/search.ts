import { type Field, literal } from '../field.ts'
import { allow, ask, deny, noInput, type Outcome, type Stream, worst } from '../outcome.ts'
import { hasOption, type ParsedArguments } from '../parse-options.ts'
import { aimsAtSecret, isSecretFileName } from '../sensitive-path.ts'
import { isSecretName } from '../secret-name.ts'
import { readPath } from '../path-rules.ts'
import type { Call, Judge, Shell } from '../shell.ts'
import { tool } from '../tool.ts'

/** The operands of grep: a pattern unless an option gave one, then files. */
const searched = (parsed: ParsedArguments, patternOptions: readonly string[]): readonly Field[] =>
  hasOption(parsed, ...patternOptions) ? parsed.operands : parsed.operands.slice(1)

/** `--include=.env`, `-g '.env*'`: made to find credentials. */
const aims = (parsed: ParsedArguments): readonly Outcome[] =>
  parsed.options
    .filter(
      ({ name, value }) =>
        ['--include', '-g', '--glob', '--iglob', '-G'].includes(name) && value && !value.text.startsWith('!'),
    )
    .filter(({ value }) => {
      const last = value?.text.split('/').at(-1) ?? ''
      return isSecretFileName(last) || aimsAtSecret(last)
    })
    .map(() => deny('secret', 'It looks into files that hold credentials.'))

const output = (parsed: ParsedArguments, call: Call, files: readonly Field[]): Stream => {
  if (hasOption(parsed, '-l', '-L', '--files-with-matches', '--files-without-match', '--files'))
    return { origin: 'paths' }
  if (hasOption(parsed, '-c', '--count', '--count-matches', '-q', '--quiet')) return { origin: 'words' }
  return files.length === 0 && call.stdin.origin !== 'none'
    ? { origin: call.stdin.origin, ...(call.stdin.decoded && { decoded: true }) }
    : { origin: 'data' }
}

const search =
  (patternOptions: readonly string[], recursive: (parsed: ParsedArguments) => boolean) =>
  (parsed: ParsedArguments, call: Call, shell: Shell): Outcome => {
    const files = searched(parsed, patternOptions)
    if (
      call.stdin.origin === 'secret' &&
      parsed.operands.some((field) => isSecretName(field.text.toUpperCase()))
    )
      return deny('secret', 'It looks for credentials in the environment.')
    const tree = recursive(parsed)
    const found = files.map((field) => readPath(field, shell, tree ? 'tree' : 'content'))
    if (tree && files.length === 0 && call.stdin.origin === 'none')
      found.push(readPath(literal('.'), shell, 'tree'))
    return worst([allow(), ...aims(parsed), ...found], output(parsed, call, files))
  }

const grepOptions = `-# -EFGPivwxcLlqsbHhnoTZzarRIU -e= -f< -m= -A= -B= -C= -d= -D= --extended-regexp --fixed-strings --perl-regexp --basic-regexp --regexp= --file< --ignore-case
  --no-ignore-case --invert-match --word-regexp --line-regexp --count --color? --colour? --files-with-matches --files-without-match --max-count= --only-matching --quiet --silent
  --no-messages --byte-offset --with-filename --no-filename --line-number --null --after-context= --before-context= --context= --text --binary-files= --include= --exclude=
  --exclude-dir= --exclude-from< --recursive --dereference-recursive --null-data --line-buffered --initial-tab --label= --directories=`
const grep: Judge = tool({
  options: grepOptions,
  operands: 'text',
  refine: search(['-e', '-f', '--regexp', '--file'], (parsed) =>
    hasOption(parsed, '-r', '-R', '--recursive', '--dereference-recursive'),
  ),
})

/** Without these, ripgrep and its kind leave hidden and ignored files alone. */
const showsHidden = (parsed: ParsedArguments): boolean =>
  hasOption(parsed, '-u', '--hidden', '-.', '--unrestricted', '--no-ignore', '--no-ignore-vcs')

const rg: Judge = tool({
  options: `-# -acFHhIiLlNnoPpqsSUuvwxz0. -e= -f< -g= -t= -T= -m= -A= -B= -C= -d= -E= -j= -M= -r= --regexp= --file< --glob= --iglob= --type= --type-not= --type-list --max-count= --max-depth=
    --maxdepth= --after-context= --before-context= --context= --count --count-matches --files --files-with-matches --files-without-match --fixed-strings --follow --heading --no-heading
    --hidden --ignore-case --case-sensitive --smart-case --invert-match --json --line-number --no-line-number --line-regexp --max-columns= --max-columns-preview --multiline
    --multiline-dotall --no-filename --with-filename --no-ignore --no-ignore-vcs --no-messages --null --only-matching --passthru --pcre2 --pretty --quiet --replace= --sort= --sortr=
    --stats --text --trim --unrestricted --vimgrep --word-regexp --color= --colors= --column --no-config --no-require-git --max-filesize= --encoding= --threads= --debug --glob-case-insensitive
    --pre! --pre-glob= --hostname-bin! --search-zip --type-add= --one-file-system --null-data --byte-offset --stop-on-nonmatch --path-separator= --crlf`,
  operands: 'text',
  refine: (parsed, call, shell) => {
    const listing = hasOption(parsed, '--files', '--type-list')
    const files =
      listing || hasOption(parsed, '-e', '-f', '--regexp', '--file')
        ? parsed.operands
        : parsed.operands.slice(1)
    const found = files.map((field) => readPath(field, shell, listing ? 'names' : 'tree'))
    const here = files.length === 0 && showsHidden(parsed) ? [readPath(literal('.'), shell, 'tree')] : []
    const visible = showsHidden(parsed)
      ? found
      : found.map((outcome) => (outcome.rule === 'secret-in-tree' ? allow() : outcome))
    return worst([allow(), ...aims(parsed), ...visible, ...here], output(parsed, call, files))
  },
})

const ag: Judge = tool({
  options:
    '-# -aAcilLnqQrsStuUvwzHo -A= -B= -C= -G= -m= --ignore= --hidden --nocolor --color --count --files-with-matches --ignore-case --literal --no-numbers --column --vimgrep --ts --js --python --go',
  operands: 'text',
  refine: (parsed, _call, shell) =>
    worst([allow(), ...parsed.operands.slice(1).map((field) => readPath(field, shell, 'tree'))]),
})

const lists: Judge = tool({
  options: `-HIusigFpLla01q -e= -t= -d= -E= -c= -S= -j= -o= --hidden --no-ignore --unrestricted --case-sensitive --ignore-case --glob --fixed-strings --absolute-path --full-path --follow
    --extension= --type= --max-depth= --min-depth= --exact-depth= --exclude= --size= --changed-within= --changed-before= --color= --print0 --max-results= --list-details --prune
    --and= --strip-cwd-prefix`,
  operands: 'text',
  refine: (parsed, _call, shell) =>
    worst([allow(), ...parsed.operands.slice(1).map((field) => readPath(field, shell, 'names'))], {
      origin: 'paths',
    }),
})

const finds = ['-x', '-X', '--exec', '--exec-batch']

/** `fd pattern path -x command {}` */
const fd: Judge = (call, shell) => {
  const at = call.args.findIndex((field) => finds.includes(field.text))
  if (at < 0) return lists(call, shell)
  const command = call.args.slice(at + 1)
  const places = call.args
    .slice(0, at)
    .filter((field) => !field.text.startsWith('-'))
    .slice(1)
  const runs = (places.length > 0 ? places : [literal('.')]).map((place) =>
    command.some((field) => field.text.includes('{}'))
      ? command.map((field) => ({ ...field, text: field.text.replaceAll('{}', place.text) }))
      : [...command, place],
  )
  return worst([
    lists({ ...call, args: call.args.slice(0, at) }, shell),
    ask('option', 'fd runs a command for what it finds.'),
    ...runs.map((argv) => shell.runCommand(argv, { stdin: noInput })),
  ])
}

export const searchJudges: Readonly<Record<string, Judge>> = {
  grep,
  egrep: grep,
  fgrep: grep,
  rg,
  ag,
  ack: ag,
  fd,
  fdfind: fd,
}

import type { Field } from '../field.ts'
import { allow, ask, deny, noInput, type Outcome, someData, worst } from '../outcome.ts'
import { hasOption, parseOptions } from '../parse-options.ts'
import { optionSchema } from '../option-schema.ts'
import { readPath } from '../path-rules.ts'
import { placesOf } from '../project-path.ts'
import type { Judge, Shell } from '../shell.ts'
import { askAbout, isHelp, tool } from '../tool.ts'
import { writtenTo } from '../run-file.ts'
import { destroyPath, writePath } from '../write-rules.ts'
import { grantsRoot } from './copy-files.ts'
import { find } from './find.ts'
import { lower, cp, install, mv, ln } from './copy-files.ts'

const removeSchema = optionSchema(
  '-rRfivIdx --recursive --force --interactive? --verbose --dir --no-preserve-root --preserve-root? --one-file-system',
)

const rm: Judge = (call, shell) => {
  if (isHelp(call)) return allow()
  const parsed = parseOptions(call.args, removeSchema)
  const found = parsed.operands.map((field) => destroyPath(field, shell, lower(parsed)))
  if (hasOption(parsed, '--no-preserve-root'))
    found.push(deny('destroys-files', 'The guard of the root folder is switched off.'))
  return worst([ask('deletes', 'It deletes files.'), ...found], { origin: 'words' })
}

/** Commands that change what is there for good, each operand of which they touch. */
const destroys = (options: string, { recursive = false, skip = 0 } = {}): Judge => {
  const schema = optionSchema(options)
  return (call, shell) => {
    if (isHelp(call)) return allow()
    const parsed = parseOptions(call.args, schema)
    return worst([
      ask('deletes', `${call.name} changes files for good.`),
      ...parsed.operands.slice(skip).map((field) => destroyPath(field, shell, recursive || lower(parsed))),
    ])
  }
}

const changesMode: Judge = (call, shell) => {
  if (isHelp(call)) return allow()
  const recursive = call.args.some(
    (field) => field.text === '--recursive' || (field.text.startsWith('-') && field.text.includes('R')),
  )
  const [mode, ...targets] = call.args.filter(
    (field) =>
      ![
        '-R',
        '-v',
        '-f',
        '-c',
        '--recursive',
        '--verbose',
        '--changes',
        '-h',
        '-H',
        '-L',
        '-P',
        '--',
      ].includes(field.text),
  )
  if (call.name === 'chmod' && mode && grantsRoot(mode.text))
    return deny('privilege', 'A program would run with the rights of its owner.')
  const found = targets.map((field) => protectFromChange(field, shell, recursive))
  return worst([ask('permissions', `${call.name} changes who may use a file.`), ...found])
}

const protectFromChange = (field: Field, shell: Shell, recursive: boolean): Outcome => {
  const touched = destroyPath(field, shell, recursive)
  const isOwn = placesOf(field, shell).every((place) => place.inside && place.path !== shell.host.home)
  return isOwn ? ask('permissions', 'It changes who may use a file.') : touched
}

const tee: Judge = (call, shell) => {
  if (isHelp(call)) return allow()
  const parsed = parseOptions(call.args, optionSchema('-aip --append --ignore-interrupts --output-error?'))
  if (parsed.unknown)
    return askAbout('unknown-option', 'tee is not known to be safe with this option.', { call, shell })
  for (const field of parsed.operands)
    for (const { path } of placesOf(field, shell)) shell.state.written.set(path, call.stdin)
  return worst(
    parsed.operands.map((field) => writePath(field, shell, { appends: hasOption(parsed, '-a', '--append') })),
    call.stdin,
  )
}

/** dd names its files in `if=` and `of=`. */
const dd: Judge = (call, shell) => {
  const value = (name: string): Field | undefined => {
    const field = call.args.find((arg) => arg.text.startsWith(`${name}=`))
    return field && { ...field, text: field.text.slice(name.length + 1) }
  }
  const source = value('if')
  const target = value('of')
  return worst([
    ask('raw-copy', 'dd writes raw data.'),
    ...(source ? [readPath(source, shell)] : []),
    ...(target ? [writePath(target, shell)] : []),
  ])
}

const cat: Judge = (call, shell) => {
  const found = tool({
    options: '-AbeEnstTuv --number --number-nonblank --show-all --show-ends --show-tabs --squeeze-blank',
  })(call, shell)
  const files = call.args.filter((field) => !field.text.startsWith('-') || field.text === '-')
  const [only] = files
  if (files.length === 0 || (files.length === 1 && only?.text === '-'))
    return { ...found, output: call.stdin.origin === 'none' ? someData : call.stdin }
  const written = files.length === 1 && only ? writtenTo(only, shell) : undefined
  return written ? { ...found, output: written } : found
}

const names = (options: string, prints: 'paths' | 'words' | 'data' = 'data'): Judge =>
  tool({ options, operands: 'names', prints })

/** Names of what lies elsewhere stand for the place they lie in. */
const lists =
  (judge: Judge): Judge =>
  (call, shell) => {
    const found = judge(call, shell)
    const places = call.args.filter((field) => field.text.startsWith('/') || field.text.startsWith('..'))
    return found.verdict === 'allow' || places.length === 0
      ? found
      : { ...found, output: { origin: 'data', text: places.map((field) => field.text).join('\n') } }
  }

export const fileJudges: Readonly<Record<string, Judge>> = {
  ls: lists(
    names(
      `-aAbBcCdDfFgGhHiIklLmnNopqQrRsStTuUvwxXZ1@eO --all --almost-all --classify --color? --directory --full-time --group-directories-first --human-readable --inode --recursive
    --reverse --size --sort= --time= --time-style= -I= --ignore= --si --width= --no-group --format= --hide= --numeric-uid-gid --dereference`,
      'paths',
    ),
  ),
  dir: names('-aAlRh'),
  exa: names('-1laRTrFGhb -s= -L= --git --tree --level= --long --all --icons'),
  eza: names('-1laRTrFGhb -s= -L= --git --tree --level= --long --all --icons --git-ignore'),
  tree: names(
    `-adfilpshugDFrtcUJXCnQNvx -L= -P= -I= -H= -T= -o^ --noreport --dirsfirst --filelimit= --gitignore --prune --matchdirs --ignore-case --du --si --charset= --inodes --device`,
  ),
  stat: names('-Ltfx -c= --format= --printf= -f= --terse'),
  file: names('-bhikLNrsz0 --brief --mime --mime-type --mime-encoding --dereference'),
  du: names(
    '-# -0abcDhHklLmPsSxg -d= -t= -X< -B= --all --apparent-size --block-size= --bytes --total --human-readable --max-depth= --summarize --exclude= --threshold= --time? --si',
  ),
  df: names('-ahHiklmPT -t= -x= -B= --human-readable --total --type= --output? --inodes'),
  realpath: names(
    '-eLmPqsz --canonicalize-existing --canonicalize-missing --relative-to/ --relative-base/',
    'paths',
  ),
  readlink: names('-femnqsvz --canonicalize', 'paths'),
  basename: tool({ options: '-az -s= --multiple --suffix=', operands: 'text', prints: 'words' }),
  dirname: tool({ options: '-z', operands: 'text', prints: 'paths' }),
  mkdir: tool({ options: '-pv -m= --parents --verbose --mode=', operands: 'make', prints: 'words' }),
  touch: tool({
    options: '-acmh -d= -t= -r< --no-create --date= --reference< --time=',
    operands: 'make',
    prints: 'words',
  }),
  cat,
  cp,
  mv,
  ln,
  tee,
  dd,
  rm,
  find,
  unlink: destroys(''),
  rmdir: destroys('-pv --parents --ignore-fail-on-non-empty'),
  shred: destroys('-fuvxz -n= -s= --remove? --iterations= --size= --zero --force', { recursive: true }),
  srm: destroys('-rfvz', { recursive: true }),
  wipe: destroys('-rfviqckszDFS', { recursive: true }),
  rimraf: destroys('-gGv --glob --preserve-root --no-preserve-root --verbose', { recursive: true }),
  'del-cli': destroys('-f --force --dry-run', { recursive: true }),
  trash: destroys('-vF', { recursive: true }),
  'trash-put': destroys('-vfr', { recursive: true }),
  truncate: destroys('-co -s= -r< --size= --no-create --reference<'),
  fallocate: destroys('-l= -o= -cdpxz --length='),
  chmod: changesMode,
  chown: changesMode,
  chgrp: changesMode,
  chattr: changesMode,
  setfacl: changesMode,
  less: tool({
    options:
      '-# -NSRFXEeMmiIqQsGgnKwWUu -P= -p= -x= -j= --LINE-NUMBERS --chop-long-lines --RAW-CONTROL-CHARS -o^ -k! -t=',
    refine: (parsed) =>
      parsed.operands.some((field) => field.text.startsWith('+'))
        ? deny('option-runs', 'less runs the command after "+".')
        : undefined,
  }),
  install,
  rename: (call, shell) => askAbout('moves', 'rename changes the names of files.', { call, shell }),
  mkfifo: (call, shell) =>
    worst([
      ask('pipe-file', 'A named pipe connects commands unseen.'),
      ...call.args.map((field) => writePath(field, shell, { keeps: true })),
    ]),
  patch: (call, shell) => askAbout('changes-files', 'A patch changes files.', { call, shell }),
  split: (call, shell) => {
    const at = call.args.findIndex((field) => field.text.startsWith('--filter'))
    const value = call.args[at]?.text.slice('--filter='.length) || call.args[at + 1]?.text
    return worst([
      askAbout('changes-files', 'split writes files.', { call, shell }),
      ...(at < 0 || value === undefined
        ? []
        : [
            shell.runSource(value, { stdin: noInput }),
            deny('option-runs', 'split runs the command in --filter.'),
          ]),
    ])
  },
  csplit: (call, shell) => askAbout('changes-files', 'csplit writes files.', { call, shell }),
}

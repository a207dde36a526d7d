import { text } from './named-judges.ts'
import { ask } from '../outcome.ts'
import { isPlain } from '../field.ts'
import { hasOption } from '../parse-options.ts'
import type { Judge } from '../shell.ts'
import { askAbout, tool } from '../tool.ts'

/** Tools that know addresses and pseudo files: only plain names of files. */
const plainFiles = (options: string, singleDash = false): Judge =>
  tool({
    options,
    singleDash,
    refine: (parsed) =>
      parsed.operands.every(
        (field) => !field.text.includes(':') && !field.text.startsWith('@') && !field.text.startsWith('|'),
      )
        ? undefined
        : ask('unexpected-operand', 'Only plain files are known to be safe.'),
  })

const millerVerbs = new Set(
  'cat head tail sort uniq count count-distinct cut having-fields label regularize rename reorder sec2gmt stats1 stats2 step top unsparsify nothing tac group-by group-like nidx decimate fill-down histogram altkv flatten unflatten json-parse summary then -f -n -r -nr -g -a -o'.split(
    ' ',
  ),
)

const mlr: Judge = (call, shell) => {
  const at = call.args.findIndex((field) => !field.text.startsWith('-'))
  const verb = call.args[at]?.text ?? ''
  const hasDsl = call.args.some((field) =>
    ['put', 'filter', 'tee', 'split', 'case', '-s', '--from', '--load', '--mload', '-I'].includes(field.text),
  )
  return millerVerbs.has(verb) &&
    !hasDsl &&
    call.args
      .slice(0, at)
      .every((field) =>
        /^--(?:[ico]?(?:csv|json|tsv|jsonl|xtab|pprint|dkvp|nidx|markdown)|[ct]2[jptmx]|implicit-csv-header|headerless-csv-output|barred)$/.test(
          field.text,
        ),
      )
    ? tool({ options: '-f= -n= -r= -nr= -g= -a= -o=', singleDash: true })(
        {
          ...call,
          args: call.args
            .slice(at + 1)
            .filter((field) => field.text !== 'then' && !millerVerbs.has(field.text)),
        },
        shell,
      )
    : askAbout('unknown-command', 'Its language can run programs.', { call, shell })
}

const csv = tool({
  options:
    '-# -d= -t -q= -c= -C= -m= -r= -n -H -l -S -I -y= -v -i -K= -e= -z= -b -p= --names --tabs --no-inference --json --count --csv --columns= --match= --regex= --delimiter= --no-header-row --max-rows= --max-columns= --freq --nulls --unique --mean --sum --min --max --type',
})
const xsv: Judge = (call, shell) =>
  [
    'headers',
    'count',
    'stats',
    'select',
    'slice',
    'frequency',
    'table',
    'search',
    'sample',
    'flatten',
    'sort',
    'nicenames',
    'schema',
  ].includes(call.args[0]?.text ?? '')
    ? tool({
        options:
          '-s= -d= -l= -n -i= -o~ --select= --delimiter= --limit= --no-headers --start= --end= --len= -R -N --output=~ -v',
        first: ['search', 'select', 'sample'].includes(call.args[0]?.text ?? '') ? ['text'] : [],
      })({ ...call, args: call.args.slice(1) }, shell)
    : askAbout('unknown-command', 'It is not known to only read.', { call, shell })

/** Programs that read files of the project and print what is in them. */
export const readers: Readonly<Record<string, Judge>> = {
  mlr,
  xsv,
  qsv: xsv,
  csvstat: csv,
  csvlook: csv,
  csvcut: csv,
  csvgrep: csv,
  csvsort: csv,
  csvjson: csv,
  csvclean: tool({
    options: '-n --dry-run',
    refine: (parsed) =>
      hasOption(parsed, '-n', '--dry-run') ? undefined : ask('changes-files', 'It writes files.'),
  }),
  in2csv: csv,
  gron: plainFiles('-ucmsjv --ungron --stream --monochrome --colorize --no-sort --json'),
  dasel: tool({
    options: '-f< -r= -w= --file< --read= --write= --pretty --compact',
    operands: 'text',
    refine: (parsed) =>
      hasOption(parsed, '-f', '--file') && parsed.operands.length <= 1
        ? undefined
        : ask('changes-files', 'It may write the file.'),
  }),
  hexyl: tool({ options: '-vpC -n= -c= -s= -l= --length= --skip= --plain' }),
  delta: tool({ options: '-ns --side-by-side --line-numbers --paging=never --width=' }),
  difft: tool({ options: '--display= --color= --context= --language= --width= --exit-code' }),
  dyff: (call, shell) =>
    call.args[0]?.text === 'between'
      ? tool({ options: '-b -i -s --omit-header --output= -o= --ignore-order-changes' })(
          { ...call, args: call.args.slice(1) },
          shell,
        )
      : askAbout('unknown-command', 'It is not known to only read.', { call, shell }),
  glow: plainFiles('-w= -s= --width= --style='),
  ffprobe: plainFiles(
    '-v= -loglevel= -hide_banner -show_format -show_streams -show_entries= -select_streams= -print_format= -of= -count_frames -count_packets -pretty -show_chapters -i<',
    true,
  ),
  exiftool: tool({
    options: '-a -G -s -j -u -n -S -T -json -q -m -fast',
    singleDash: true,
    refine: (parsed) =>
      parsed.operands.every((field) => isPlain(field) && !field.text.includes('|'))
        ? undefined
        : ask('unexpected-operand', 'Only plain files are known to be safe.'),
  }),
  mediainfo: plainFiles('--Output='),
  soxi: plainFiles('-trcsdDbBae'),
  pdfinfo: plainFiles('-box -meta -isodates -f= -l=', true),
  pdffonts: plainFiles('-f= -l=', true),
  pdftotext: tool({
    options: '-layout -raw -f= -l= -nopgbrk -enc= -table -q',
    singleDash: true,
    first: ['read', 'write'],
    refine: (parsed) => (parsed.operands.length > 1 ? undefined : ask('changes-files', 'It writes a file.')),
  }),
  qpdf: tool({
    options: '--check --show-npages --json --show-pages --linearize~ --password=~',
    refine: (parsed) =>
      parsed.operands.length === 1 && parsed.options.length > 0
        ? undefined
        : ask('changes-files', 'It writes a file.'),
  }),
  'c++filt': tool({ options: '-_nptr', operands: 'text' }),
  addr2line: tool({
    options: '-aCfipse= -e< -j= --exe< --demangle? --functions --inlines --pretty-print',
    operands: 'text',
  }),
  dwarfdump: tool({ options: '--debug-info --debug-line --verify --all' }),
  'wasm-objdump': tool({ options: '-hxsdj= --headers --details --disassemble' }),
  'wasm-validate': tool({ options: '-v' }),
  lipo: tool({ options: '-info -archs -detailed_info', singleDash: true }),
  ar: (call, shell) =>
    /^-?[tp]v?$/.test(call.args[0]?.text ?? '')
      ? tool({})({ ...call, args: call.args.slice(1) }, shell)
      : askAbout('changes-files', 'It makes or changes an archive.', { call, shell }),
  jar: (call, shell) =>
    /^-?tv?f$|^--list$/.test(call.args[0]?.text ?? '')
      ? tool({ options: '-f< --file<' })({ ...call, args: call.args.slice(1) }, shell)
      : askAbout('changes-files', 'It makes or unpacks an archive.', { call, shell }),
  javap: tool({
    options: '-c -p -v -l -s -private -public -protected -verbose -constants -sysinfo -cp/ -classpath/',
    singleDash: true,
    operands: 'names',
  }),
  jdeps: tool({
    options:
      '-s -v -summary -verbose --print-module-deps --list-deps --ignore-missing-deps --multi-release= -cp/ -R -recursive',
    singleDash: true,
    operands: 'names',
  }),
  jps: text('-lmvq'),
  pathchk: tool({ options: '-pP --portability', operands: 'names' }),
  'pkg-config': tool({
    options:
      '--cflags --libs --exists --modversion --list-all --variable= --print-errors --static --atleast-version= --version --print-variables --short-errors',
    operands: 'text',
  }),
  pkgconf: tool({
    options: '--cflags --libs --exists --modversion --list-all --variable= --static',
    operands: 'text',
  }),
  'llvm-config': text(
    '--version --libs --cflags --cxxflags --ldflags --bindir --includedir --libdir --components --system-libs --host-target',
  ),
  'python3-config': text('--includes --ldflags --cflags --libs --prefix --extension-suffix --embed'),
  'python-config': text('--includes --ldflags --cflags --libs --prefix'),
  pg_config: text('--version --bindir --includedir --libdir --sharedir --configure'),
  'xcode-select': text('-p --print-path -v'),
  xcrun: (call, shell) =>
    call.args.every(
      (field) =>
        [
          '--show-sdk-path',
          '--show-sdk-version',
          '--sdk',
          'macosx',
          'iphoneos',
          'iphonesimulator',
          '--find',
          '-f',
        ].includes(field.text) || /^[a-z][\w-]*$/.test(field.text),
    ) &&
    call.args.some((field) => ['--show-sdk-path', '--show-sdk-version', '--find', '-f'].includes(field.text))
      ? tool({ options: '-f= --find= --sdk= --show-sdk-path --show-sdk-version', operands: 'none' })(
          call,
          shell,
        )
      : call.args
            .slice(0, 2)
            .map((field) => field.text)
            .join(' ') === 'simctl list'
        ? text('-jv --json')({ ...call, args: call.args.slice(2) }, shell)
        : askAbout('runs-file', 'It starts a tool.', { call, shell }),
  'nvidia-smi': text('-L -q -l= --query-gpu= --format= -i= --list-gpus'),
  sensors: text('-ufjA'),
  system_profiler: text('-json -detailLevel='),
  ldconfig: (call, shell) =>
    call.args.length > 0 &&
    call.args.every((field) => ['-p', '-N', '-v', '--print-cache'].includes(field.text)) &&
    call.args.some((field) => field.text.includes('p'))
      ? text('-pNv --print-cache')(call, shell)
      : askAbout('host', 'It changes how programs find libraries.', { call, shell }),
  'fc-list': text('-vbf= -q --format= --verbose --quiet'),
  loginctl: (call, shell) =>
    ['list-sessions', 'list-users', 'show-session'].includes(call.args[0]?.text ?? '') ||
    call.args.length === 0
      ? text('--no-pager --no-legend')(call, shell)
      : askAbout('host', 'It changes sessions.', { call, shell }),
}

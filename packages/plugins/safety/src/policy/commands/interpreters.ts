import { each } from './named-judges.ts'
import { type Field, literal } from '../field.ts'
import { judgeCode } from '../judge-code.ts'
import { optionSchema } from '../option-schema.ts'
import { allow, ask, deny, type Outcome, worst } from '../outcome.ts'
import { type FoundOption, hasOption, parseOptions } from '../parse-options.ts'
import { readPath, scanForSecrets } from '../path-rules.ts'
import { runFile } from '../run-file.ts'
import type { Call, Judge, Shell } from '../shell.ts'
import { askAbout, isHelp, tool } from '../tool.ts'
import { insideOnly } from '../inside-only.ts'
import { pythonModule } from './python-checks.ts'
import { anyCode, editor } from './script-hosts.ts'

interface InterpreterSpec {
  readonly language: 'node' | 'python' | 'other'
  readonly options: string
  readonly singleDash?: boolean
  /** Options whose value is code. */
  readonly code: readonly string[]
  /** A use that is safe although it starts the interpreter. */
  readonly safe?: (call: Call, shell: Shell, options: readonly FoundOption[]) => Outcome | undefined
}

const judgeInline = (code: Field, spec: InterpreterSpec, shell: Shell): Outcome => {
  if (code.unknown === 'remote') return deny('remote-code', 'Code from the network would run unseen.')
  const found = judgeCode(code.text.replaceAll('\0', '_'), spec.language, shell)
  return code.unknown ? worst([ask('dynamic-script', 'The code is only known when it runs.'), found]) : found
}

const fromStdin = (call: Call, spec: InterpreterSpec, shell: Shell): Outcome => {
  if (call.stdin.text !== undefined && call.stdin.text !== '')
    return worst([
      ask('inline-code', 'It runs code it is handed.'),
      judgeCode(call.stdin.text, spec.language, shell),
    ])
  if (call.stdin.origin === 'remote') return deny('remote-code', 'Code from the network would run unseen.')
  if (call.stdin.decoded) return deny('hidden-code', 'Code that was encoded to hide it would run.')
  return ask('interactive', 'It runs the code it is handed.')
}

/** Scripts of a framework that lie in the project, and what they only check or test. */
const projectTools: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['manage.py', new Set(['check', 'test', 'showmigrations', 'version'])],
  ['artisan', new Set(['test', 'route:list', 'about', '--version', 'list'])],
])

const interpreter = (spec: InterpreterSpec): Judge => {
  const schema = optionSchema(spec.options, spec.singleDash)
  return (call, shell) => {
    if (
      isHelp(call) ||
      (call.args.length === 1 && ['-v', '-V', '-version', '-VV'].includes(call.args[0]?.text ?? ''))
    )
      return allow()
    const at =
      spec.language === 'python'
        ? call.args.findIndex((field) => field.text === '-m' || field.text === '-c')
        : -1
    const own = at < 0 ? call.args : call.args.slice(0, at + 2)
    const head = parseOptions(own, schema, true)
    const parsed =
      at < 0 || head.operands.length > 0
        ? parseOptions(call.args, schema, true)
        : { ...head, operands: call.args.slice(at + 2) }
    const safe = parsed.unknown ? undefined : spec.safe?.(call, shell, parsed.options)
    if (safe) return safe
    const inline = parsed.options.filter((option) => spec.code.includes(option.name))
    const found = inline.map((option) => judgeInline(option.value ?? literal(''), spec, shell))
    const strange = parsed.options.filter(
      (option) => option.kind === 'asks' || option.kind === 'asks-value' || option.kind === 'runs',
    )
    if (strange.length > 0)
      found.push(ask('option', `${call.name} ${strange[0]?.name ?? ''} needs a person.`))
    if (parsed.unknown)
      found.push(
        askAbout('unknown-option', `${call.name} is not known to be safe with "${parsed.unknown.text}".`, {
          call,
          shell,
        }),
        ...guessInline(call, spec, shell),
      )
    const [file, verb] = parsed.operands
    if (
      inline.length === 0 &&
      found.length === 0 &&
      file &&
      projectTools.get(file.text)?.has(verb?.text ?? '')
    )
      return allow()
    if (inline.length === 0 && file && file.text !== '-') found.push(runFile(file, shell, 'other'))
    if (inline.length === 0 && (!file || file.text === '-') && !parsed.unknown)
      found.push(fromStdin(call, spec, shell))
    return worst([...found, scanForSecrets(parsed.operands, shell)], { origin: 'data' })
  }
}

/** Options not known: any argument with a blank may be the code. Only a refusal counts. */
const guessInline = (call: Call, spec: InterpreterSpec, shell: Shell): readonly Outcome[] =>
  call.args
    .filter((field) => field.text.includes(' ') || field.text.includes('('))
    .map((field) => judgeInline(field, spec, shell))
    .filter(({ verdict }) => verdict === 'deny')

const nodeChecks = (call: Call, shell: Shell, options: readonly FoundOption[]): Outcome | undefined => {
  const names = options.map((option) => option.name)
  const only = (allowed: readonly string[]): boolean => names.every((name) => allowed.includes(name))
  const files = call.args.filter((field) => !field.text.startsWith('-'))
  const reads = worst(files.map((field) => readPath(field, shell)))
  if (names.length > 0 && only(['--check', '-c'])) return reads
  const testing = [
    '--test',
    '--test-reporter',
    '--test-concurrency',
    '--test-name-pattern',
    '--test-only',
    '--experimental-test-coverage',
    '--test-timeout',
    '--no-warnings',
    '--enable-source-maps',
    '--watch',
    '--test-coverage-include',
    '--test-coverage-exclude',
    '--experimental-strip-types',
    '--test-skip-pattern',
    '--test-shard',
    '--test-update-snapshots',
  ]
  if (!names.includes('--test') || !only(testing)) return undefined
  const reporters = options
    .filter((option) => option.name === '--test-reporter')
    .every((option) => ['spec', 'tap', 'dot', 'junit', 'lcov'].includes(option.value?.text ?? ''))
  return reporters
    ? worst(
        call.args
          .filter((field) => !field.text.startsWith('-'))
          .map((field) => readPath(field, shell, 'names')),
      )
    : undefined
}

const node: Judge = interpreter({
  language: 'node',
  options: `-e= -p= -c -i~ -r! --eval= --print= --check --interactive~ --require! --import! --loader! --experimental-loader! --test --test-reporter= --test-concurrency= --test-name-pattern=
    --test-only --experimental-test-coverage --test-timeout= --no-warnings --enable-source-maps --watch --test-coverage-include= --test-coverage-exclude= --experimental-strip-types --test-skip-pattern=
    --test-shard= --test-update-snapshots --max-old-space-size= --input-type= --trace-warnings --stack-trace-limit= --inspect?~ --env-file~ --experimental-vm-modules`,
  code: ['-e', '-p', '--eval', '--print'],
  safe: nodeChecks,
})

const pythonChecks = (call: Call, shell: Shell, options: readonly FoundOption[]): Outcome | undefined => {
  const module = options.find((option) => option.name === '-m')?.value
  if (!module) return undefined
  const at = call.args.findIndex((field) => field.text === '-m')
  const args = call.args.slice(at + 2)
  const judge = at >= 0 ? pythonModule(module.text) : undefined
  return judge
    ? judge({ ...call, name: module.text, args }, shell)
    : askAbout('unknown-command', `The module ${module.text} is not on the list.`, { call, shell })
}

const python: Judge = interpreter({
  language: 'python',
  options: '-c= -m= -BbdEhIiOqsSuvxX -W= -X= -V',
  code: ['-c'],
  safe: pythonChecks,
})

const perl: Judge = interpreter({
  language: 'other',
  options: '-e= -E= -n -p -l? -a -w -i? -M= -m= -I= -F= -0? -s -T -c -W',
  code: ['-e', '-E'],
})

const ruby: Judge = interpreter({
  language: 'other',
  options: '-e= -n -p -l -a -w -r= -I= -c -i? -W?',
  code: ['-e'],
})

const php: Judge = interpreter({
  language: 'other',
  options: '-r= -l -f= -n -d= -v -m -i -B= -R= -E=',
  code: ['-r', '-B', '-R', '-E'],
  safe: (call, shell, options) =>
    options.length === 1 && hasOption({ options, operands: [] }, '-l')
      ? worst(call.args.slice(1).map((field) => readPath(field, shell)))
      : undefined,
})

const lua: Judge = interpreter({ language: 'other', options: '-e= -l= -i -v -E', code: ['-e'] })

const denoTool = tool({
  options:
    '-q --check --quiet --ext= --ignore= --json --compact --rules-tags= --no-check --filter= --parallel --fail-fast? --coverage? --doc --all --config< -c<',
  operands: 'names',
})

const deno: Judge = (call, shell) => {
  const [verb, ...args] = call.args
  const inner: Call = { ...call, args }
  if (verb?.text === 'fmt' && args.some((field) => field.text === '--check')) return denoTool(inner, shell)
  if (verb && ['lint', 'test', 'check', 'info', 'doc'].includes(verb.text)) return denoTool(inner, shell)
  return verb?.text === '-V' && args.length === 0 ? allow() : anyCode(call, shell)
}

export const interpreterJudges: Readonly<Record<string, Judge>> = Object.fromEntries([
  ...each('node nodejs', node),
  ...each(
    'python python2 python3 python3.8 python3.9 python3.10 python3.11 python3.12 python3.13 python3.14 pypy pypy3',
    python,
  ),
  ...each('perl', perl),
  ...each('deno', insideOnly(deno)),
  ...each('ruby', ruby),
  ...each('php', php),
  ...each('lua luajit', lua),
  ...each(
    'osascript expect tclsh Rscript julia groovy scala jshell irb gdb lldb ed ex emacs wish elixir iex erl guile sbcl clojure ocaml ghci octave R m4 bc dc jrunscript tsx ts-node',
    anyCode,
  ),
  ...each('vim vi nvim view vimdiff nano pico micro joe', editor),
])

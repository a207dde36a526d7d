import { each } from './named-judges.ts'
import { interpreter } from './script-interpreter.ts'
import { allow, type Outcome, worst } from '../outcome.ts'
import { type FoundOption, hasOption } from '../parse-options.ts'
import { readPath } from '../path-rules.ts'
import type { Call, Judge, Shell } from '../shell.ts'
import { askAbout } from '../tool.ts'
import { insideOnly } from '../inside-only.ts'
import { phpTools } from './php-tools.ts'
import { pythonModule } from './python-checks.ts'
import { deno } from './deno.ts'
import { anyCode, editor, powershell } from './script-hosts.ts'

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

/** `-c` parses the file and runs none of it. */
const parsesOnly =
  (letters: RegExp) =>
  (call: Call, shell: Shell): Outcome | undefined => {
    const [option, ...files] = call.args
    return option &&
      letters.test(option.text) &&
      files.length > 0 &&
      files.every((field) => !field.text.startsWith('-'))
      ? worst(files.map((field) => readPath(field, shell)))
      : undefined
  }

const ruby: Judge = interpreter({
  language: 'other',
  safe: parsesOnly(/^-(?:w?c|cw)$/),
  options: '-e= -n -p -l -a -w -r= -I= -c -i? -W?',
  code: ['-e'],
})

const php: Judge = interpreter({
  language: 'other',
  options: '-r= -l -f= -n -d= -v -m -i -B= -R= -E=',
  code: ['-r', '-B', '-R', '-E'],
  safe: (call, shell, options) => {
    if (call.args.length === 1 && ['-m', '--ini'].includes(call.args[0]?.text ?? '')) return allow()
    const at = call.args.findIndex((field) => !field.text.startsWith('-') && !field.text.includes('='))
    const program = /^(?:\.\/)?vendor\/bin\/([\w-]+)$/.exec(call.args[at]?.text ?? '')?.[1]
    const judge = program === undefined ? undefined : phpTools[program]
    if (
      judge &&
      program &&
      call.args
        .slice(0, at)
        .every((field) =>
          /^-d(?:memory_limit=[\w-]+|xdebug\.mode=\w+)?$|^(?:memory_limit|xdebug\.mode)=[\w-]+$/.test(
            field.text,
          ),
        )
    )
      return insideOnly(judge)({ ...call, name: program, args: call.args.slice(at + 1) }, shell)
    return options.length === 1 && hasOption({ options, operands: [] }, '-l')
      ? worst(call.args.slice(1).map((field) => readPath(field, shell)))
      : undefined
  },
})

const lua: Judge = interpreter({ language: 'other', options: '-e= -l= -i -v -E', code: ['-e'] })

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
  ...each('pwsh powershell', powershell),
  ...each('vim vi nvim view vimdiff nano pico micro joe', editor),
])

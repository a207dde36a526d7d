import { type Field, literal } from '../field.ts'
import { judgeCode } from '../judge-code.ts'
import { optionSchema } from '../option-schema.ts'
import { allow, ask, deny, type Outcome, worst } from '../outcome.ts'
import { type FoundOption, parseOptions } from '../parse-options.ts'
import { scanForSecrets } from '../path-rules.ts'
import { runFile } from '../run-file.ts'
import type { Call, Judge, Shell } from '../shell.ts'
import { askAbout, isHelp } from '../tool.ts'

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
  [
    'artisan',
    new Set(['test', 'route:list', 'about', '--version', 'list', 'event:list', 'schedule:list', 'help']),
  ],
  [
    'bin/console',
    new Set([
      'lint:yaml',
      'lint:twig',
      'lint:container',
      'debug:router',
      'debug:autowiring',
      'about',
      'list',
    ]),
  ],
  ['bin/rails', new Set(['test', 'routes', 'stats', 'about', 'zeitwerk:check'])],
])

/** A program that runs files, or code that stands on its command line. */
export const interpreter = (spec: InterpreterSpec): Judge => {
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

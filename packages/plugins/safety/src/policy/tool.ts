import { type Field, isPlain, shown } from './field.ts'
import { allow, ask, deny, mergeOrigins, type Origin, type Outcome, type Stream, worst } from './outcome.ts'
import { type OptionSchema, optionSchema } from './option-schema.ts'
import { type FoundOption, type ParsedArguments, parseOptions } from './parse-options.ts'
import { type Look, readPath, scanForSecrets } from './path-rules.ts'
import type { Call, Judge, Shell } from './shell.ts'
import { writePath } from './write-rules.ts'

/** What an operand is. */
export type OperandKind = 'read' | 'tree' | 'names' | 'write' | 'make' | 'replace' | 'text' | 'none'

/** A command that is safe with the options named here and asks for any other. */
export interface ToolSpec {
  /** See `optionSchema`. */
  readonly options?: string
  readonly singleDash?: boolean
  /** @default 'read' */
  readonly operands?: OperandKind
  /** The kinds of the first operands, where they differ from the rest. */
  readonly first?: readonly OperandKind[]
  /** What it prints. @default what it reads */
  readonly prints?: Origin
  /** Its operand may be `$(git ls-files)` or what xargs adds: it has no option that writes or runs. */
  readonly reader?: boolean
  /** Decides more, after options and operands passed. */
  readonly refine?: (parsed: ParsedArguments, call: Call, shell: Shell) => Outcome | undefined
}

const looks: Readonly<Record<string, Look>> = { read: 'content', tree: 'tree', names: 'names' }

const judgeOperand = (field: Field, kind: OperandKind, shell: Shell): Outcome => {
  const look = looks[kind]
  if (look) return readPath(field, shell, look)
  if (kind === 'write') return writePath(field, shell)
  if (kind === 'replace')
    return worst([
      ask('unexpected-operand', 'It writes the second file it is given.'),
      writePath(field, shell),
    ])
  if (kind === 'make') return writePath(field, shell, { keeps: true })
  if (kind === 'none') return ask('unexpected-operand', `The operand "${field.text}" is not expected here.`)
  if (field.unknown === 'secret') return deny('secret', 'The value of a credential would be shown.')
  return field.unknown === 'env'
    ? ask('unknown-value', 'A variable that may hold anything would be shown.')
    : allow()
}

/** The verdict about the value of one known option. */
export const judgeOption = (option: FoundOption, call: Call, shell: Shell): Outcome => {
  const { name, kind, value } = option
  switch (kind) {
    case 'runs':
      return deny('option-runs', `${call.name} ${name} runs another program.`)
    case 'asks':
    case 'asks-value':
      return ask('option', `${call.name} ${name} needs a person.`)
    case 'read':
      return value ? readPath(value, shell) : allow()
    case 'write':
      return value ? writePath(value, shell) : allow()
    case 'replaces':
      return worst([
        ask('option', `${call.name} ${name} writes a file.`),
        ...(value ? [writePath(value, shell)] : []),
      ])
    case 'folder':
      return value ? readPath(value, shell, 'names') : allow()
    default:
      return value?.unknown === 'secret' ? deny('secret', 'A credential would be passed on.') : allow()
  }
}

/** What is asked about arguments nobody knows: still deny what names a secret. */
export const askAbout = (rule: string, why: string, { call, shell }: { call: Call; shell: Shell }): Outcome =>
  worst([ask(rule, why), scanForSecrets(call.args, shell)], ask(rule, why).output)

export const isHelp = ({ args }: Call): boolean =>
  args.length === 1 &&
  args[0] !== undefined &&
  isPlain(args[0]) &&
  (args[0].text === '--help' || args[0].text === '--version')

const outputOf = (call: Call, parsed: ParsedArguments, spec: ToolSpec): Stream => {
  if (spec.prints) return { origin: spec.prints }
  const fromFiles: Origin = parsed.operands.length > 0 ? 'data' : 'none'
  const origin = mergeOrigins(call.stdin.origin, fromFiles)
  return { origin: origin === 'none' ? 'data' : origin, ...(call.stdin.decoded && { decoded: true }) }
}

const judgeTool =
  (spec: ToolSpec, schema: OptionSchema): Judge =>
  (call, shell) => {
    if (isHelp(call)) return allow({ origin: 'data' })
    const parsed = parseOptions(call.args, schema)
    const runs = parsed.options.map((option) => judgeOption(option, call, shell))
    if (parsed.unknown) {
      const why = `${call.name} is not known to be safe with "${shown([parsed.unknown])}".`
      return worst([askAbout('unknown-option', why, { call, shell }), ...runs])
    }
    const operands = parsed.operands.map((field, index) =>
      judgeOperand(field, spec.first?.[index] ?? spec.operands ?? 'read', shell),
    )
    const refined = spec.refine?.(parsed, call, shell)
    return worst(
      [...runs, ...operands, ...(refined ? [refined] : [])],
      refined?.output && refined.verdict === 'allow' ? refined.output : outputOf(call, parsed, spec),
    )
  }

/** A judge by schema. */
export const tool = (spec: ToolSpec): Judge =>
  judgeTool(spec, optionSchema(spec.options ?? '', spec.singleDash))

const startsOthers = new Set(['run', 'exec', 'x', 'dlx', 'create', 'foreach'])

/** `tool subcommand --help`, where the subcommand does not start another program. */
const asksForHelp = ({ name, args: [first, second, ...rest] }: Call): boolean =>
  name !== 'git' &&
  rest.length === 0 &&
  second?.text === '--help' &&
  first !== undefined &&
  isPlain(first) &&
  /^[a-z][a-z-]*$/.test(first.text) &&
  !startsOthers.has(first.text)

export interface ToolsOptions {
  /** Without a subcommand. */
  readonly alone?: Judge
  /** What is not a subcommand is judged by this. */
  readonly otherwise?: Judge
}

/** A command with subcommands: its own options, then one of these. */
export const tools = (
  options: string,
  subcommands: ReadonlyMap<string, Judge>,
  { alone, otherwise }: ToolsOptions = {},
): Judge => {
  const schema = optionSchema(options)
  return (call, shell) => {
    if (isHelp(call) || asksForHelp(call)) return allow()
    const parsed = parseOptions(call.args, schema, true)
    const own = parsed.options.map((option) => judgeOption(option, call, shell))
    const [name, ...args] = parsed.operands
    const inner: Call = { ...call, name: name ? `${call.name} ${name.text}` : call.name, args }
    const judge = !parsed.unknown && name && isPlain(name) ? subcommands.get(name.text) : undefined
    const whole = judge ? undefined : name ? otherwise : (alone ?? otherwise)
    const found =
      judge?.(inner, shell) ??
      whole?.(call, shell) ??
      askAbout(
        'unknown-command',
        `"${shown([{ text: call.name }, ...call.args])}" is not known to be safe.`,
        { call, shell },
      )
    return worst([found, ...own], found.output)
  }
}

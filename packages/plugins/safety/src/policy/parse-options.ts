import { type Field, HOLE } from './field.ts'
import type { OptionKind, OptionSchema } from './option-schema.ts'

export interface FoundOption {
  readonly name: string
  readonly kind: OptionKind
  readonly value?: Field
}

/** The arguments of a command, told apart. */
export interface ParsedArguments {
  readonly options: readonly FoundOption[]
  readonly operands: readonly Field[]
  /** The first argument that the schema does not know. */
  readonly unknown?: Field
  /** The operands after `--`. */
  readonly rest?: readonly Field[]
}

const takesValue = (kind: OptionKind): boolean =>
  kind === 'text' ||
  kind === 'pair' ||
  kind === 'asks-value' ||
  kind === 'read' ||
  kind === 'write' ||
  kind === 'replaces' ||
  kind === 'folder' ||
  kind === 'runs'

const cut = (field: Field, from: number): Field => ({
  text: field.text.slice(from),
  ...(field.unknown && field.text.slice(from).includes(HOLE) && { unknown: field.unknown }),
  ...(field.pattern !== undefined && { pattern: patternFrom(field.pattern, from) }),
})

/** A glob without its first `count` characters, an escape being one. */
const patternFrom = (pattern: string, count: number): string => {
  let at = 0
  for (let left = count; left > 0; left--) at += pattern[at] === '\\' ? 2 : 1
  return pattern.slice(at)
}

const isCount = (text: string): boolean => text.length > 1 && Number.isInteger(Number(text.slice(1)))

/** The one schema name a long option is short for: a dangerous option is known by any prefix of it. */
const resolveLong = (name: string, schema: OptionSchema): string | undefined => {
  if (schema.kinds.has(name)) return name
  const longer = [...schema.kinds.keys()].filter(
    (known) => known.startsWith(name) && schema.kinds.get(known) === 'runs',
  )
  return name.length > 4 ? longer[0] : undefined
}

interface Reader {
  readonly args: readonly Field[]
  at: number
}

const withNext = (name: string, kind: OptionKind, reader: Reader): FoundOption => {
  if (!takesValue(kind)) return { name, kind }
  if (kind === 'pair') reader.at++
  const value = reader.args[reader.at + 1]
  if (value) reader.at++
  return { name, kind, ...(value && { value }) }
}

const readLong = (field: Field, schema: OptionSchema, reader: Reader): FoundOption | undefined => {
  const equals = field.text.indexOf('=')
  const name = resolveLong(equals < 0 ? field.text : field.text.slice(0, equals), schema)
  const kind = name === undefined ? undefined : schema.kinds.get(name)
  if (name === undefined || !kind) return undefined
  if (equals < 0) return withNext(name, kind, reader)
  return kind === 'flag' ? undefined : { name, kind, value: cut(field, equals + 1) }
}

const readShort = (
  field: Field,
  schema: OptionSchema,
  reader: Reader,
): readonly FoundOption[] | undefined => {
  const found: FoundOption[] = []
  for (let at = 1; at < field.text.length; at++) {
    const name = `-${field.text[at] ?? ''}`
    const kind = schema.kinds.get(name)
    if (!kind) return schema.numeric && isCount(`-${field.text.slice(at)}`) ? found : undefined
    const attached = at + 1 < field.text.length
    if (attached && (takesValue(kind) || kind === 'optional'))
      return [...found, { name, kind, value: cut(field, at + 1) }]
    found.push(takesValue(kind) ? withNext(name, kind, reader) : { name, kind })
  }
  return found
}

const isOption = (field: Field, schema: OptionSchema): boolean =>
  field.text.length > 1 && (field.text.startsWith('-') || (schema.plus && field.text.startsWith('+')))

/** May become an option when it runs: nothing is known of how it begins. */
const mayBeOption = (field: Field): boolean =>
  field.text.startsWith(HOLE) &&
  field.unknown !== 'path' &&
  field.unknown !== 'name' &&
  field.unknown !== undefined

/** Reads arguments by a schema. `firstOnly` stops at the first operand, as commands that run another command do. */
export const parseOptions = (
  args: readonly Field[],
  schema: OptionSchema,
  firstOnly = false,
): ParsedArguments => {
  const options: FoundOption[] = []
  const operands: Field[] = []
  const reader: Reader = { args, at: 0 }
  for (; reader.at < args.length; reader.at++) {
    const field = args[reader.at]
    if (!field) break
    if (field.text === '--') {
      const rest = args.slice(reader.at + 1)
      return { options, operands: [...operands, ...rest], rest }
    }
    if (mayBeOption(field))
      return { options, operands: [...operands, ...args.slice(reader.at)], unknown: field }
    if (!isOption(field, schema)) {
      if (firstOnly) return { options, operands: args.slice(reader.at) }
      operands.push(field)
      continue
    }
    if (schema.numeric && isCount(field.text)) continue
    if (field.text.startsWith('+')) {
      options.push({ name: '+', kind: 'optional', value: cut(field, 1) })
      continue
    }
    const long = field.text.startsWith('--') || schema.singleDash
    const one = long ? readLong(field, schema, reader) : undefined
    const several = one ? [one] : long && !schema.singleDash ? undefined : readShort(field, schema, reader)
    if (!several) return { options, operands: [...operands, ...args.slice(reader.at + 1)], unknown: field }
    options.push(...several)
  }
  return { options, operands }
}

export const hasOption = (parsed: ParsedArguments, ...names: readonly string[]): boolean =>
  parsed.options.some((option) => names.includes(option.name))

export const optionValue = (parsed: ParsedArguments, ...names: readonly string[]): Field | undefined =>
  parsed.options.findLast((option) => names.includes(option.name))?.value

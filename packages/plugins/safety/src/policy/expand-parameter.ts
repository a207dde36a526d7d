import type { ParameterExpansionPart, ParameterOperation, Word } from 'unbash'
import { hole, joinScalars, type Scalar, scalar } from './field.ts'
import { matchesGlob } from './glob-pattern.ts'
import type { Shell, Variable } from './shell.ts'
import { assign, fewVariables, lookUp } from './variables.ts'

/** How the words inside `${…}` are worked out: as text or as a glob. */
export interface Operands {
  text(word: Word): readonly Scalar[]
  pattern(word: Word): readonly Scalar[]
}

const isEmpty = (items: readonly Scalar[]): boolean => items.every((item) => item.text === '')
const isKnown = (items: readonly Scalar[]): boolean => items.every((item) => item.unknown === undefined)

/** `${name:-word}` and its kin. */
const orDefault = (
  values: Variable,
  operation: ParameterOperation & { type: 'Default' },
  operands: readonly Scalar[],
): Variable => {
  const { operator } = operation
  const others = operands.map((operand) => [operand])
  if (operator === '?' || operator === ':?') return values
  const plus = operator === '+' || operator === ':+'
  return fewVariables(
    values.flatMap((items) => {
      if (isEmpty(items)) return plus ? [[scalar('')]] : others
      if (!isKnown(items)) return plus ? [[scalar('')], ...others] : [items, ...others]
      return plus ? others : [items]
    }),
  )
}

const removed = (text: string, operator: string, pattern: string): string => {
  const longest = operator.length === 2
  const cuts = Array.from({ length: text.length + 1 }, (_, index) => index)
  if (operator[0] === '#') {
    const cut = (longest ? cuts.toReversed() : cuts).find((end) => matchesGlob(pattern, text.slice(0, end)))
    return cut === undefined ? text : text.slice(cut)
  }
  const cut = (longest ? cuts : cuts.toReversed()).find((start) => matchesGlob(pattern, text.slice(start)))
  return cut === undefined ? text : text.slice(0, cut)
}

const replaced = (
  text: string,
  operator: string,
  [pattern, replacement]: readonly [string, string],
): string => {
  let result = ''
  let at = 0
  while (at <= text.length) {
    let end = text.length
    while (end >= at && !matchesGlob(pattern, text.slice(at, end))) end--
    const fits = end > at && (operator !== '/%' || end === text.length) && (operator !== '/#' || at === 0)
    if (fits) {
      result += replacement
      at = end
      if (operator !== '//') break
    } else result += text[at++] ?? ''
  }
  return result + text.slice(at)
}

const recased = (text: string, operator: string): string => {
  const change = (part: string): string => (operator[0] === '^' ? part.toUpperCase() : part.toLowerCase())
  return operator.length === 2 ? change(text) : change(text.slice(0, 1)) + text.slice(1)
}

const sliced = (text: string, offset: number, length: number | undefined): string => {
  const start = offset < 0 ? text.length + offset : offset
  if (length === undefined) return text.slice(start)
  return length < 0 ? text.slice(start, text.length + length) : text.slice(start, start + length)
}

const number = ([value]: readonly Scalar[] = []): number | undefined => {
  const found = value && value.unknown === undefined ? Number(value.text.trim()) : Number.NaN
  return Number.isInteger(found) ? found : undefined
}

const mostWork = 256

/** One known value under an operator; undefined where the result is not known. */
const transformed = (text: string, operation: ParameterOperation, operands: Operands): string | undefined => {
  if (text.length > mostWork) return undefined
  switch (operation.type) {
    case 'Remove': {
      const [pattern] = operands.pattern(operation.operand)
      return pattern && !pattern.unknown ? removed(text, operation.operator, pattern.text) : undefined
    }
    case 'Replace': {
      const [pattern] = operands.pattern(operation.pattern)
      const [replacement] = operands.text(operation.replacement)
      if (!pattern || !replacement || pattern.unknown || replacement.unknown) return undefined
      return replaced(text, operation.operator, [pattern.text, replacement.text])
    }
    case 'Slice': {
      const offset = number(operands.text(operation.offset))
      const length = operation.length && number(operands.text(operation.length))
      if (offset === undefined || (operation.length && length === undefined)) return undefined
      return sliced(text, offset, length)
    }
    case 'CaseModification':
      return operation.operand ? undefined : recased(text, operation.operator)
    default:
      return undefined
  }
}

const base = (part: ParameterExpansionPart, shell: Shell, operands: Operands): Variable => {
  const values = lookUp(part.parameter, shell.host, shell.state)
  if (part.prefix === '!')
    return fewVariables(
      values.flatMap(([item]) =>
        item && item.unknown === undefined && item.text !== ''
          ? lookUp(item.text, shell.host, shell.state)
          : [[hole('env')]],
      ),
    )
  if (!part.index)
    return values.map((items) =>
      part.parameter === '@' || part.parameter === '*' ? items : items.slice(0, 1),
    )
  const [index] = operands.text(part.index)
  if (index?.text === '@' || index?.text === '*')
    return shell.state.variables.has(part.parameter) ? values : [[], [hole('env')]]
  const at = index && number([index])
  return values.map((items) => [at === undefined ? joinScalars(items, ' ') : (items.at(at) ?? scalar(''))])
}

/** The values `${…}` may have. */
export const expandParameter = (part: ParameterExpansionPart, shell: Shell, operands: Operands): Variable => {
  if (part.prefix === '#') return [[hole('name')]]
  const { operation } = part
  if (operation?.type === 'Names') return [[hole('name')]]
  const values = base(part, shell, operands)
  if (!operation) return values
  if (operation.type === 'Default') {
    const found = orDefault(values, operation, operands.text(operation.operand))
    if (operation.operator.endsWith('=')) assign(part.parameter, found, shell)
    return found
  }
  return fewVariables(
    values.map((items) => {
      if (operation.type === 'Slice' && items.length > 1) return items
      return items.map((item) => {
        if (item.unknown) return hole(item.unknown)
        const text = transformed(item.text, operation, operands)
        return text === undefined ? hole('data') : scalar(text)
      })
    }),
  )
}

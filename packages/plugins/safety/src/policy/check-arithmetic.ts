import type { ArithmeticExpression, ParsedScript, SyntaxNode } from 'unbash'
import { forEachChild } from 'unbash'
import { allow, ask, noInput, type Outcome, someData, worse } from './outcome.ts'
import type { Shell } from './shell.ts'
import { lookUp } from './variables.ts'

const isNumber = (text: string): boolean => text.trim() === '' || Number.isFinite(Number(text))
const isName = (text: string): boolean => {
  for (const character of text) {
    const word =
      character === '_' || (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z')
    if (!word && !(character >= '0' && character <= '9')) return false
  }
  return text !== ''
}

/** An operand: the shell evaluates the value of a variable again, and an index in it may hold a command. */
const checkOperand = (text: string, shell: Shell): Outcome => {
  const name = text.startsWith('$') ? text.slice(1) : text
  if (isNumber(name) || name === '#' || name === '?' || name === '$') return allow()
  if (!isName(name)) return ask('arithmetic', `"${text}" in arithmetic is more than a number or a name.`)
  const values = lookUp(name, shell.host, shell.state).flat()
  const plain = values.every((value) => value.unknown === 'name' || (!value.unknown && isNumber(value.text)))
  return plain
    ? allow()
    : ask('arithmetic', `The value of ${name} is not known to be a number; arithmetic would evaluate it.`)
}

/** Numbers and variables that hold numbers pass; scripts inside are judged. */
export const checkArithmetic = (expression: ArithmeticExpression | undefined, shell: Shell): Outcome => {
  if (!expression) return allow()
  let found: Outcome = allow()
  const script = (inner: ParsedScript | undefined): void => {
    const judged = inner
      ? shell.runScript(inner, { stdin: noInput })
      : ask('not-understood', 'A substitution in arithmetic could not be read.')
    found = worse(found, judged)
    if (!isNumber(judged.output?.text ?? 'unknown'))
      found = worse(found, ask('arithmetic', 'Arithmetic would evaluate the output of a command.'))
  }
  const visit = (node: SyntaxNode): void => {
    shell.spend()
    if (node.type === 'ArithmeticWord' && !node.parts) found = worse(found, checkOperand(node.value, shell))
    else if (node.type === 'SimpleExpansion') found = worse(found, checkOperand(node.text, shell))
    else if (node.type === 'ParameterExpansion' && (node.index || node.operation || node.prefix === '!'))
      found = worse(found, ask('arithmetic', `The expansion ${node.text} in arithmetic is not followed.`))
    else if (node.type === 'ParameterExpansion' && node.prefix === undefined)
      found = worse(found, checkOperand(node.parameter, shell))
    if (node.type === 'CommandExpansion' || node.type === 'ArithmeticCommandExpansion') script(node.script)
    else forEachChild(node, visit)
  }
  visit(expression)
  return { ...found, output: someData }
}

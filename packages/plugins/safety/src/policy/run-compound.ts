import {
  type CompoundCommand,
  type CompoundList,
  forEachChild,
  type Statement,
  type SyntaxNode,
  type TestExpression,
  type Word,
} from 'unbash'
import { checkArithmetic } from './check-arithmetic.ts'
import type { Interpreter } from './interpreter.ts'
import { createExpander } from './expand-word.ts'
import { type Field, hole, type Scalar } from './field.ts'
import { allow, ask, deny, type Outcome, silence, someData, worst } from './outcome.ts'
import { readPath } from './path-rules.ts'
import type { Surroundings } from './shell.ts'
import { assign } from './variables.ts'

/** What a compound command needs to run its lists: handed in, so that no module imports in a circle. */
export interface CompoundRunner {
  readonly shell: Interpreter
  readonly run: (statements: readonly Statement[], around: Surroundings, shell: Interpreter) => Outcome
}

const mostTurns = 24

const perhaps = (runner: CompoundRunner, work: () => Outcome): Outcome => {
  runner.shell.state.conditional++
  try {
    return work()
  } finally {
    runner.shell.state.conditional--
  }
}

const loopItems = (
  words: readonly Word[] | undefined,
  { shell }: CompoundRunner,
): { items: readonly Scalar[]; outcome: Outcome } => {
  if (!words) return { items: shell.state.positional, outcome: allow() }
  const expander = createExpander(shell)
  const items = expander.fields(words).flat()
  return { items, outcome: expander.outcome ?? allow() }
}

/** A glob in a loop's list stands for names: the variable holds paths below its known folder. */
const loopValue = (item: Field): Scalar =>
  item.pattern === undefined ? { text: item.text, ...(item.unknown && { unknown: item.unknown }) } : item

const runFor = (
  node: CompoundCommand & { type: 'For' | 'Select' },
  around: Surroundings,
  runner: CompoundRunner,
): Outcome => {
  const { items, outcome } = loopItems(node.wordlist, runner)
  if (items.length > mostTurns)
    return worst([
      outcome,
      ask('long-loop', 'The loop has more turns than the policy follows.'),
      perhaps(runner, () => {
        assign(node.name.value, [[hole('env')]], runner.shell)
        return runner.run(node.body.commands, around, runner.shell)
      }),
    ])
  const found = [outcome]
  for (const item of items) {
    runner.shell.state.variables.set(node.name.value, [[loopValue(item)]])
    found.push(perhaps(runner, () => runner.run(node.body.commands, around, runner.shell)))
  }
  if (node.type === 'Select') found.push(ask('interactive', 'A menu waits for a person.'))
  return worst(found, someData)
}

const alwaysTrue = (list: CompoundList, names: readonly string[]): boolean => {
  const command = list.commands[0]?.command
  return (
    command?.type === 'Command' && command.suffix.length === 0 && names.includes(command.name?.value ?? '')
  )
}

const hasBackground = (list: CompoundList): boolean =>
  list.commands.some((statement) => statement.background === true)

/** Runs until the values of its variables settle, at most four times; those that do not become unknown. */
const runRepeated = (
  lists: readonly [CompoundList | undefined, CompoundList],
  around: Surroundings,
  runner: CompoundRunner,
): Outcome => {
  const { shell } = runner
  const [clause, body] = lists
  // The clause runs at least once, the body perhaps not.
  const once = (): Outcome =>
    worst([
      ...(clause ? [runner.run(clause.commands, around, shell)] : []),
      perhaps(runner, () => runner.run(body.commands, around, shell)),
    ])
  const sizes = (): string =>
    [...shell.state.variables]
      .map(
        ([name, value]) =>
          `${name}${value.map((items) => items.map((item) => item.text).join('\u0002')).join('\u0001')}`,
      )
      .join('\u0003')
  const found: Outcome[] = []
  for (let turn = 0; turn < 4; turn++) {
    const before = sizes()
    found.push(once())
    if (sizes() === before) return worst(found, someData)
  }
  const unsettled = sizes()
  for (const name of shell.state.variables.keys())
    if (unsettled.includes(name)) shell.state.variables.set(name, [[hole('data')]])
  return worst([...found, once()], someData)
}

const runWhile = (
  node: CompoundCommand & { type: 'While' },
  around: Surroundings,
  runner: CompoundRunner,
): Outcome => {
  const found = [runRepeated([node.clause, node.body], around, runner)]
  if (alwaysTrue(node.clause, node.kind === 'while' ? ['true', ':'] : ['false']))
    found.push(
      hasBackground(node.body)
        ? deny('fork-bomb', 'The loop starts processes without end.')
        : ask('endless-loop', 'The loop does not end by itself.'),
    )
  return worst(found, someData)
}

const runTest = (expression: TestExpression, { shell }: CompoundRunner): Outcome => {
  const expander = createExpander(shell)
  const found: Outcome[] = []
  const words = (...operands: readonly Word[]): readonly Scalar[] =>
    operands.flatMap((word) => expander.text(word))
  const visit = (node: SyntaxNode): void => {
    if (node.type === 'TestUnary') {
      const values = words(node.operand)
      if (node.operator === '-v' || node.operator === '-R')
        found.push(ask('arithmetic', 'Testing a variable by name may run what is in its index.'))
      else if (node.operator !== '-n' && node.operator !== '-z')
        found.push(...values.map((value) => readPath(value, shell, 'names')))
    } else if (node.type === 'TestBinary') {
      const values = words(node.left, node.right)
      if (
        ['-eq', '-ne', '-lt', '-le', '-gt', '-ge'].includes(node.operator) &&
        values.some(
          (value) => value.text.includes('[') || (value.unknown !== undefined && value.unknown !== 'name'),
        )
      )
        found.push(ask('arithmetic', 'The numbers that are compared are not known to be numbers.'))
      if (['-nt', '-ot', '-ef'].includes(node.operator))
        found.push(...values.map((value) => readPath(value, shell, 'names')))
    } else forEachChild(node, visit)
  }
  visit(expression)
  return worst([...found, expander.outcome ?? allow()], silence)
}

const runIf = (
  node: CompoundCommand & { type: 'If' },
  around: Surroundings,
  runner: CompoundRunner,
): Outcome => {
  const list = (body: CompoundList): Outcome => runner.run(body.commands, around, runner.shell)
  const found = [list(node.clause)]
  const rest = [
    node.then,
    ...node.elif.flatMap((branch) => [branch.clause, branch.then]),
    ...(node.else ? [node.else] : []),
  ]
  for (const body of rest) found.push(perhaps(runner, () => list(body)))
  return worst(found, someData)
}

const runCase = (
  node: CompoundCommand & { type: 'Case' },
  around: Surroundings,
  runner: CompoundRunner,
): Outcome => {
  const expander = createExpander(runner.shell)
  expander.text(node.word)
  const found = node.items.map((item) => {
    for (const pattern of item.pattern) expander.pattern(pattern)
    return perhaps(runner, () => runner.run(item.body.commands, around, runner.shell))
  })
  return worst([...found, expander.outcome ?? allow()], someData)
}

/** Judges a command that holds others. */
export const runCompound = (node: CompoundCommand, around: Surroundings, runner: CompoundRunner): Outcome => {
  const { shell } = runner
  switch (node.type) {
    case 'If':
      return runIf(node, around, runner)
    case 'For':
    case 'Select':
      return runFor(node, around, runner)
    case 'ArithmeticFor':
      if (!node.test)
        return worst([
          ask('endless-loop', 'The loop does not end by itself.'),
          runRepeated([undefined, node.body], around, runner),
        ])
      assignCounter(node, shell)
      return worst(
        [
          checkArithmetic(node.initialize, shell),
          checkArithmetic(node.test, shell),
          checkArithmetic(node.update, shell),
          runRepeated([undefined, node.body], around, runner),
        ],
        someData,
      )
    case 'While':
      return runWhile(node, around, runner)
    case 'Subshell':
      return shell.apart((inner) => runner.run(node.body.commands, around, inner))
    case 'BraceGroup':
      return runner.run(node.body.commands, around, shell)
    case 'Case':
      return runCase(node, around, runner)
    case 'TestCommand':
      return runTest(node.expression, runner)
    case 'ArithmeticCommand':
      return worst([checkArithmetic(node.expression, shell)], silence)
    default:
      return ask('not-understood', 'The command has a part of a kind the policy does not know.')
  }
}

/** The variables a counting loop sets are numbers. */
const assignCounter = (node: CompoundCommand & { type: 'ArithmeticFor' }, shell: Interpreter): void => {
  const visit = (inner: SyntaxNode): void => {
    if (inner.type === 'ArithmeticBinary' && inner.operator === '=' && inner.left.type === 'ArithmeticWord')
      shell.state.variables.set(inner.left.value, [[hole('name')]])
    forEachChild(inner, visit)
  }
  if (node.initialize) visit(node.initialize)
}

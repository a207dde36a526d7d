import type { Assignment, Command } from 'unbash'
import { checkAssignment } from './check-assignment.ts'
import { createExpander, type Expander } from './expand-word.ts'
import { type Field, hole, joinScalars } from './field.ts'
import type { Interpreter } from './interpreter.ts'
import { judgeArgv } from './judge-argv.ts'
import {
  allow,
  ask,
  joinStreams,
  type Outcome,
  silence,
  someData,
  type Stream,
  worse,
  worst,
} from './outcome.ts'
import { runRedirections } from './run-redirections.ts'
import type { Surroundings, Variable } from './shell.ts'
import { append, assign, lookUp } from './variables.ts'

const declarations = new Set(['export', 'declare', 'typeset', 'local', 'readonly'])

const valuesOf = (assignment: Assignment, expander: Expander): Variable =>
  assignment.value.type === 'ArrayValue'
    ? expander.fields(assignment.value.elements)
    : expander.text(assignment.value).map((value) => [value])

/** Sets what `name=value` sets and says whether it may. */
const runAssignment = (
  assignment: Assignment,
  expander: Expander,
  { shell, options }: { shell: Interpreter; options: { exported: boolean; forRead: boolean } },
): Outcome => {
  const { name } = assignment
  const values = valuesOf(assignment, expander)
  const isList = assignment.value.type === 'ArrayValue'
  if (isList && !shell.state.variables.has(name)) shell.state.variables.set(name, [[], [hole('env')]])
  const before = lookUp(name, shell.host, shell.state)
  const next = assignment.append ? append(before, values, isList) : values
  const found = checkAssignment(
    name,
    next.map((items) => joinScalars(items, ' ')),
    { ...options, shell },
  )
  const target = assignment.index
    ? ask('arithmetic', 'The index of an assignment is evaluated.')
    : allow(silence)
  const index = assignment.index && expander.text(assignment.index)
  const plainIndex = index?.every((value) => !value.unknown && Number.isInteger(Number(value.text)))
  if (assignment.index)
    assign(
      name,
      [
        ...before,
        ...values.map((items) => items),
        ...values.flatMap((items) => before.map((old) => [...old, ...items])),
      ],
      shell,
    )
  else if (!options.exported) assign(name, next, shell)
  return worse(found, plainIndex ? allow(silence) : target)
}

const mergedOutput = (outcomes: readonly Outcome[]): Stream => {
  const [first, ...rest] = outcomes.map((outcome) => outcome.output ?? someData)
  if (!first) return silence
  if (rest.length === 0) return first
  const { text: _, ...joined } = rest.reduce(joinStreams, first)
  return joined
}

/** `$(<file)` reads a file without a command. */
const readsAlone = (node: Command): boolean =>
  !node.name &&
  node.prefix.length === 1 &&
  node.prefix[0]?.type === 'Redirect' &&
  node.prefix[0].operator === '<'

const withSpan = (found: Outcome, node: Command): Outcome =>
  found.verdict === 'allow' || found.span ? found : { ...found, span: [node.pos, node.end] }

/** Judges a simple command: its variables, its redirections, then its argv for every way its words may expand. */
export const runCommandNode = (node: Command, around: Surroundings, shell: Interpreter): Outcome => {
  const expander = createExpander(shell)
  const assignments = node.prefix.filter((item) => item.type === 'Assignment')
  const options = { exported: node.name !== undefined, forRead: node.name?.value === 'read' }
  const assigned = assignments.map((assignment) => runAssignment(assignment, expander, { shell, options }))
  const words = [...(node.name ? [node.name] : []), ...node.args]
  const argvs: readonly (readonly Field[])[] =
    words.length > 0 ? expander.fields(words, declarations.has(node.name?.value ?? '')) : []
  const redirected = runRedirections(node.redirects, around, shell)
  const inner: Surroundings = {
    ...around,
    stdin: redirected.stdin,
    piped: around.piped === true && redirected.keepsOutput,
  }
  // With several possible argvs, what each changes may or may not come about.
  if (argvs.length > 1) shell.state.conditional++
  const verdicts = argvs.map((argv) => (argv.length > 0 ? judgeArgv(argv, inner, shell) : allow(silence)))
  if (argvs.length > 1) shell.state.conditional--
  const isEmpty = argvs.length > 0 && argvs.every((argv) => argv.length === 0)
  const output = readsAlone(node)
    ? { origin: 'data' as const }
    : isEmpty || argvs.length === 0
      ? silence
      : mergedOutput(verdicts)
  const wrote = redirected.wrote(output)
  const outcomes = [...verdicts, redirected.outcome, wrote, ...assigned, expander.outcome ?? allow(silence)]
  return withSpan(worst(outcomes, redirected.keepsOutput ? output : silence), node)
}

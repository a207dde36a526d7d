import type {
  AndOr,
  CommandNode,
  CompoundCommand,
  Pipeline,
  PipelineNode,
  Redirected,
  Statement,
} from 'unbash'
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
import type { Interpreter } from './interpreter.ts'
import { runCommandNode } from './run-command-node.ts'
import { runCompound } from './run-compound.ts'
import { runRedirections } from './run-redirections.ts'
import type { Surroundings } from './shell.ts'

/** Judges statements one after the other; what it prints is what all of them print. */
export const runStatements = (
  statements: readonly Statement[],
  around: Surroundings,
  shell: Interpreter,
): Outcome => {
  let found = allow(silence)
  let output: Stream = silence
  for (const statement of statements) {
    shell.spend()
    const next = statement.background
      ? shell.apart((inner) => {
          inner.state.conditional++
          return runNode(statement.command, { ...around, background: true }, inner)
        })
      : runNode(statement.command, around, shell)
    output = joinStreams(output, next.output ?? someData)
    found = worse(found, next)
  }
  return { ...found, output }
}

const runAndOr = (node: AndOr, around: Surroundings, shell: Interpreter): Outcome => {
  const { state } = shell
  const before = state.folders
  const outer = { mustSucceed: state.mustSucceed, assumedFolder: state.assumedFolder }
  state.assumedFolder = false
  const found: Outcome[] = []
  let output: Stream = silence
  node.commands.forEach((command, index) => {
    if (index === 1) state.conditional++
    state.mustSucceed =
      node.operators.slice(index).length > 0 &&
      node.operators.slice(index).every((operator) => operator === '&&')
    const next = runNode(command, around, shell)
    found.push(next)
    output = joinStreams(output, next.output ?? someData)
  })
  if (node.commands.length > 1) state.conditional--
  // After the chain it may be in either: a `cd` that fails only ends the chain.
  if (state.assumedFolder) state.folders = [...new Set([...state.folders, ...before])]
  Object.assign(state, outer)
  return worst(found, output)
}

const runPipeline = (node: Pipeline, around: Surroundings, shell: Interpreter): Outcome => {
  let stdin = around.stdin
  const found: Outcome[] = []
  node.commands.forEach((command, index) => {
    const piped = index < node.commands.length - 1 || around.piped === true
    const next =
      node.commands.length > 1
        ? shell.apart((inner) => runCommand(command, { ...around, stdin, piped }, inner))
        : runCommand(command, { ...around, stdin, piped }, shell)
    found.push(next)
    stdin = next.output ?? someData
  })
  return worst(found, stdin)
}

/** Judges one node of the tree; a kind that is not known asks. */
const runNode = (node: PipelineNode | AndOr, around: Surroundings, shell: Interpreter): Outcome => {
  shell.spend()
  if (node.type === 'AndOr') return runAndOr(node, around, shell)
  return node.type === 'Pipeline' ? runPipeline(node, around, shell) : runCommand(node, around, shell)
}

const runRedirected = (node: Redirected, around: Surroundings, shell: Interpreter): Outcome => {
  const redirected = runRedirections(node.redirects, around, shell)
  const found = runCompound(
    node.command,
    { ...around, stdin: redirected.stdin },
    { shell, run: runStatements },
  )
  const wrote = redirected.wrote(found.output ?? someData)
  return worst([redirected.outcome, wrote, found], redirected.keepsOutput ? found.output : silence)
}

const compounds: ReadonlySet<string> = new Set<CompoundCommand['type']>([
  'If',
  'For',
  'ArithmeticFor',
  'Select',
  'While',
  'Subshell',
  'BraceGroup',
  'Case',
  'TestCommand',
  'ArithmeticCommand',
])
const isCompound = (node: CommandNode): node is CompoundCommand => compounds.has(node.type)

const runCommand = (node: CommandNode, around: Surroundings, shell: Interpreter): Outcome => {
  shell.spend()
  if (node.type === 'Command') return runCommandNode(node, around, shell)
  if (node.type === 'Redirected') return runRedirected(node, around, shell)
  if (isCompound(node)) return runCompound(node, around, { shell, run: runStatements })
  if (node.type === 'Function') {
    shell.state.functions.set(node.name.value, node)
    const found = shell.apart((inner) => {
      inner.state.conditional++
      return inner.call(node, [], around)
    })
    // What it would do is judged again with its arguments when it is called.
    return found.verdict === 'deny' ? found : allow(silence)
  }
  if (node.type === 'Coproc') {
    const body = node.body
    const inner =
      body.type === 'CompoundList'
        ? runStatements(body.commands, around, shell)
        : runCommand(body, around, shell)
    return worst([ask('coprocess', 'A coprocess runs beside the shell.'), inner])
  }
  return ask('not-understood', 'The command has a part of a kind the policy does not know.')
}

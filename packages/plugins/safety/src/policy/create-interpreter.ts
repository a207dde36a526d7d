import { type Function as FunctionNode, type ParsedScript, parse } from 'unbash'
import { ask, deny, noInput, type Outcome, type Stream, worst } from './outcome.ts'
import { type Field, hole } from './field.ts'
import { judgeArgv } from './judge-argv.ts'
import type { Interpreter } from './interpreter.ts'
import { runStatements } from './run-statements.ts'
import { type Host, type ShellState, type Surroundings, TooMuchWork } from './shell.ts'

const mostWork = 6000
const mostDepth = 12

interface Budget {
  work: number
}

interface Frame {
  readonly host: Host
  readonly state: ShellState
  readonly depth: number
  readonly budget: Budget
  readonly functionsRunning: readonly string[]
  readonly isGuess: boolean
}

const newState = (folder: string): ShellState => ({
  variables: new Map(),
  functions: new Map(),
  aliases: new Map(),
  written: new Map(),
  positional: [hole('name')],
  folders: [folder],
  previous: [],
  mustSucceed: false,
  assumedFolder: false,
  conditional: 0,
})

const copyOf = (state: ShellState): ShellState => ({
  ...state,
  variables: new Map(state.variables),
  functions: new Map(state.functions),
  aliases: new Map(state.aliases),
})

const tooDeep = ask('too-nested', 'The command nests commands deeper than the policy follows.')

const inFrame = (frame: Frame): Interpreter => {
  const { host, state, depth, budget, functionsRunning, isGuess } = frame
  const deeper = (): Interpreter => inFrame({ ...frame, state: copyOf(state), depth: depth + 1 })
  const interpreter: Interpreter = {
    host,
    state,
    functionsRunning,
    isGuess,
    spend() {
      if (++budget.work > mostWork) throw new TooMuchWork()
    },
    runScript(script, around, inPlace = false) {
      if (depth > mostDepth) return tooDeep
      const found = runStatements(script.commands, around, inPlace ? interpreter : deeper())
      return withErrors(script, found)
    },
    runSource(source, around, positional) {
      if (depth > mostDepth) return tooDeep
      const inner = inFrame({
        ...frame,
        state: { ...copyOf(state), positional: positional ?? state.positional },
        depth: depth + 1,
      })
      const script = parse(source)
      return checkSource(
        source,
        withoutSpan(withErrors(script, runStatements(script.commands, around, inner))),
      )
    },
    runCommand: (argv, around) =>
      depth > mostDepth ? tooDeep : judgeArgv(argv, around, inFrame({ ...frame, depth: depth + 1 })),
    judge: (source) => {
      const script = parse(source)
      return checkSource(
        source,
        withErrors(script, runStatements(script.commands, { stdin: noInput }, interpreter)),
      )
    },
    guess: (run) => run(inFrame({ ...frame, state: copyOf(state), depth: depth + 1, isGuess: true })),
    apart: (run) => run(deeper()),
    call: (body, args, around) => callFunction(body, args, { frame, around }),
  }
  return interpreter
}

/** A function that calls itself multiplies when it does so twice at once. */
const callFunction = (
  body: FunctionNode,
  args: readonly Field[],
  { frame, around }: { frame: Frame; around: Surroundings },
): Outcome => {
  const name = body.name.value
  if (frame.functionsRunning.includes(name))
    return around.piped || around.background || around.stdin.origin !== 'none'
      ? deny('fork-bomb', `The function ${name} starts itself again and again.`)
      : ask('recursion', `The function ${name} calls itself.`)
  const positional = frame.state.positional
  const inner = inFrame({
    ...frame,
    depth: frame.depth + 1,
    functionsRunning: [...frame.functionsRunning, name],
  })
  frame.state.positional = args
  const found = runStatements(
    [
      {
        type: 'Statement',
        command:
          body.body.type === 'CompoundList'
            ? { type: 'BraceGroup', body: body.body, pos: body.pos, end: body.end }
            : body.body,
        background: undefined,
        pos: body.pos,
        end: body.end,
      },
    ],
    around,
    inner,
  )
  frame.state.positional = positional
  return found
}

const isBlank = (character: string | undefined): boolean =>
  character === undefined || ' \t\n'.includes(character)

/**
 * A line that goes on in the middle of a word: the shell joins the two halves before it looks for names and operators
 * (`$a\⏎b` is `$ab`), so the parts that were read are not the ones that run.
 */
const joinsWords = (source: string): boolean => {
  for (let at = source.indexOf('\\\n'); at >= 0; at = source.indexOf('\\\n', at + 2))
    if (!isBlank(source[at - 1]) && !isBlank(source[at + 2])) return true
  return false
}

const checkSource = (source: string, found: Outcome): Outcome =>
  joinsWords(source)
    ? worst([ask('not-understood', 'A word is broken over two lines.'), found], found.output)
    : found

const withErrors = (script: ParsedScript, found: Outcome): Outcome => {
  const [error] = script.errors ?? []
  if (!error) return found
  const output: Stream = { origin: 'data' }
  return worst([ask('parse-error', `The command could not be read: ${error.message}.`), found], output)
}

const withoutSpan = ({ span: _, ...outcome }: Outcome): Outcome => outcome

export const createInterpreter = (host: Host, folder: string): Interpreter =>
  inFrame({
    host,
    state: newState(folder),
    depth: 0,
    budget: { work: 0 },
    functionsRunning: [],
    isGuess: false,
  })

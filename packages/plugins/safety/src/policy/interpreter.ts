import type { Function as FunctionNode } from 'unbash'
import type { Field } from './field.ts'
import type { Outcome } from './outcome.ts'
import type { Shell, Surroundings } from './shell.ts'

/** The interpreter's own side of a shell: what nodes of the tree need and judges of commands do not. */
export interface Interpreter extends Shell {
  /** Judges the command line itself; spans count from its start. */
  readonly judge: (source: string) => Outcome
  readonly call: (body: FunctionNode, args: readonly Field[], around: Surroundings) => Outcome
  /** Runs in a copy of the state, which is then thrown away. */
  readonly apart: (run: (inner: Interpreter) => Outcome) => Outcome
  readonly functionsRunning: readonly string[]
  /** It tries out what a command may turn into: guesses inside guesses are left out. */
  readonly isGuess: boolean
  readonly guess: (run: (inner: Interpreter) => Outcome) => Outcome
}

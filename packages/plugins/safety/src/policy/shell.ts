import type { Function as FunctionNode, ParsedScript } from 'unbash'
import type { Field } from './field.ts'
import type { FileView } from './file-view.ts'
import type { Outcome, Stream } from './outcome.ts'
import type { Place } from './place.ts'
import type { PathTraits } from './sensitive-path.ts'

/** What surrounds the command and does not change while it is judged. */
export interface Host {
  readonly root: string
  readonly home: string
  readonly files: FileView
  /** What a path is known for; remembered for the time of one judgement, as are the places below. */
  traits(path: string): PathTraits
  readonly places: Map<string, Place>
  /** The verdict of the user's rules about an argv, when one speaks about it. */
  userRule(argv: readonly Field[]): { outcome: Outcome; whole: boolean } | undefined
}

/** The values a variable may have; each is a list, of one item for a plain variable. */
export type Variable = readonly (readonly Field[])[]

/** What earlier parts of the command changed for the later ones. */
export interface ShellState {
  readonly variables: Map<string, Variable>
  readonly functions: Map<string, FunctionNode>
  readonly aliases: Map<string, string>
  /** What earlier parts wrote, by absolute path. */
  readonly written: Map<string, Stream>
  positional: readonly Field[]
  /** The folders the shell may be in; none: it is not known. */
  folders: readonly string[]
  /** Where it was before: `cd -`. */
  previous: readonly string[]
  /** The next part of the command runs only if this one succeeds. */
  mustSucceed: boolean
  /** A change of folder was taken to succeed for that reason. */
  assumedFolder: boolean
  /** How many conditions stand around the current command: above 0 it may not run at all. */
  conditional: number
}

/** A simple command with its words expanded. */
export interface Call {
  readonly name: string
  readonly args: readonly Field[]
  readonly stdin: Stream
  /** Something reads what it prints. */
  readonly piped: boolean
}

export interface Surroundings {
  readonly stdin: Stream
  readonly piped?: boolean
  /** The shell does not wait for it. */
  readonly background?: boolean
}

/** What judges of commands may ask of the interpreter. */
export interface Shell {
  readonly host: Host
  readonly state: ShellState
  /** Counts one unit of work; throws `TooMuchWork` when the command is worth more than the limit. */
  spend(): void
  /** Judges a parsed script, in a subshell unless `inPlace`. */
  runScript(script: ParsedScript, around: Surroundings, inPlace?: boolean): Outcome
  /** Judges a text as a script for a shell, in a subshell. */
  runSource(source: string, around: Surroundings, positional?: readonly Field[]): Outcome
  /** Judges an argv as the shell would run it. */
  runCommand(argv: readonly Field[], around: Surroundings): Outcome
}

/** Decides about one command by its arguments. */
export type Judge = (call: Call, shell: Shell) => Outcome

/** The command is so nested or so branched that judging it was given up. */
export class TooMuchWork extends Error {
  override name = 'TooMuchWork'
}

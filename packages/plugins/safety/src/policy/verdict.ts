/** What may happen to a command: it runs, a person decides, it never runs. */
export type VerdictKind = 'allow' | 'ask' | 'deny'

/** A decision about one command. */
export interface Verdict {
  readonly verdict: VerdictKind
  /** The name of the rule that decided, in kebab-case; stable, made to be counted and matched. */
  readonly rule: string
  /** One sentence for a person. */
  readonly why: string
  /** Which part of the command decided: offsets in UTF-16 units, end exclusive. Absent where it is inside decoded text. */
  readonly span?: readonly [number, number]
  /** Where the user's rule that decided is written, if it says so. */
  readonly source?: string
}

/** Where a command would run. */
export interface CommandContext {
  /** The folder it starts in, absolute. */
  readonly cwd: string
  /** The folder it may work in, absolute. @default cwd */
  readonly root?: string
}

/** Decides about a command: a line for a shell, or an argv that no shell sees. */
export type CommandPolicy = (
  command: string | readonly string[],
  context: CommandContext,
) => Verdict | Promise<Verdict>
